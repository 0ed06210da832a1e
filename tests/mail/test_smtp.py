"""Handing letters to a mail server, with and without TLS; and what each refusal asks for."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from sandbox import ports
from webapp.mail import smtp
from webapp.mail.smtp import Envelope, Mailer, MailFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SENDER = "receipts@ordo.example"
ENVELOPE = Envelope(
    id="ml_1",
    to="buyer@example.com",
    name="Café Lumière",
    reply_to="hello@cafe.example",
    subject="Reçu : 10,00 €",
    text="Merci.\n",
    html="<p>Merci.</p>",
    language="fr",
    at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
)


@dataclass
class Server:
    """A mail server that answers as it is told, and keeps what it took."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Any] = field(default_factory=list)

    async def handle_MAIL(self, _s: Any, _x: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _s: Any, _x: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, _s: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        envelope.ssl = session.ssl
        self.taken.append(envelope)
        return self.answers.get("DATA", "250 OK")

    async def handle_QUIT(self, *_args: Any) -> str:  # noqa: N802
        return self.answers.get("QUIT", "221 Bye")

    def letter(self) -> EmailMessage:
        (envelope,) = self.taken
        found: EmailMessage = message_from_bytes(envelope.content, policy=policy.default)
        return found


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def plain(server: Server) -> Iterator[str]:
    """The server on this machine, without TLS."""
    with listening(server) as port:
        yield f"smtp+plain://127.0.0.1:{port}"


class listening:  # noqa: N801  # reads as a sentence
    """The server listens on a free port."""

    def __init__(self, server: Server, **more: Any) -> None:
        (self.port,) = ports.free(1)
        self.controller = Controller(server, hostname="127.0.0.1", port=self.port, **more)

    def __enter__(self) -> int:
        self.controller.start()
        return self.port

    def __exit__(self, *_exception: object) -> None:
        self.controller.stop()


@dataclass(frozen=True)
class Certificate:
    """A certificate of "localhost", and who trusts it."""

    server: ssl.SSLContext
    trusted: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder: Path = tmp_path_factory.mktemp("certificate")
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return Certificate(context, ssl.create_default_context(cafile=str(chain)))


def failure(url: str, envelope: Envelope = ENVELOPE) -> MailFailed:
    with pytest.raises(MailFailed) as caught:
        Mailer(url, SENDER).send(envelope)
    return caught.value


def test_a_letter_arrives_with_both_its_bodies_and_the_shop_s_name(server: Server, plain: str) -> None:
    Mailer(plain, SENDER).send(ENVELOPE)
    letter = server.letter()
    assert (server.taken[0].mail_from, server.taken[0].rcpt_tos) == (SENDER, ["buyer@example.com"])
    assert (letter["From"], letter["To"]) == (f"Café Lumière <{SENDER}>", "buyer@example.com")
    assert (letter["Subject"], letter["Reply-To"]) == ("Reçu : 10,00 €", "hello@cafe.example")
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == ("<ml_1@ordo.example>", "auto-generated")
    bodies = [letter.get_body((kind,)) for kind in ("plain", "html")]
    assert [body.get_content().strip() for body in bodies if body] == ["Merci.", "<p>Merci.</p>"]


@pytest.mark.parametrize(
    "hostile",
    [
        {"name": "Shop\r\nBcc: all@example.com"},
        {"subject": "Receipt\nBcc: all@example.com"},
        {"reply_to": "a@example.com\nBcc: all@example.com"},
        {"name": '"; <evil@example.com>'},
        {"reply_to": "+33 1 23 45 67 89"},
    ],
)
def test_names_of_people_make_no_headers(server: Server, plain: str, hostile: dict[str, Any]) -> None:
    Mailer(plain, SENDER).send(replace(ENVELOPE, **hostile))
    letter = server.letter()
    assert letter["Bcc"] is None
    assert letter["From"].addresses[0].addr_spec == SENDER
    assert server.taken[0].rcpt_tos == ["buyer@example.com"]


CODED = "=?utf-8?q?Shop=0d=0aReply-To:_x=40example.com?="
HOSTILE = [
    CODED,
    f"Café {CODED}",
    "=?utf-8?b?U2hvcA0KQmNjOiB4QGV4YW1wbGUuY29t?=",
    "=\u200b?utf-8?q?=0d=0aBcc:x=40c.d?=",
    "a =?utf-8?q?b?=\r\n =?utf-8?q?=0d=0aBcc:x?=",
    "x\r\nBcc: x@c.d",
    "x\x85Bcc: x@c.d",
    "x\u2028Bcc: x@c.d\u2029",
    "x\0\x0b\x0c\x1b\ud800",
    '", <evil@example.com>, "',
    "a@b.c, evil@example.com; group:",
    "A" * 400,
    "é" * 400,
    "=?" * 99,
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:40])
@pytest.mark.parametrize("field", ["name", "subject", "reply_to", "to"])
def test_no_value_makes_a_header_or_another_address(field: str, value: str) -> None:
    """As its bytes are read again, by the same rules as a mail program's."""
    changed: dict[str, Any] = {field: value}
    try:
        sent = Mailer("smtp+plain://127.0.0.1:1", SENDER)._message(replace(ENVELOPE, **changed)).as_bytes()
    except (ValueError, LookupError, AttributeError, TypeError):  # `send` refuses the letter
        assert field == "to"
        return
    read = message_from_bytes(sent, policy=policy.default)
    assert [name for name in read if name not in {"MIME-Version", "Content-Type"}] in (NAMES, NAMES_WITHOUT_REPLY)
    assert [each.addr_spec for each in read["From"].addresses] == [SENDER]
    assert [each.addr_spec for each in read["To"].addresses] == ["buyer@example.com"]
    assert read["Reply-To"] in {None, "hello@cafe.example"}


def test_a_letter_that_would_not_arrive_as_it_is_meant_is_not_sent() -> None:
    """Should the library, or a header that is added some day, let a value through."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, "buyer@example.com", CODED
    with pytest.raises(ValueError, match="has become a header"):
        smtp._must_arrive_as_meant(message, {"From": SENDER})
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = SENDER, "buyer@example.com, evil@example.com"
    with pytest.raises(ValueError, match="To is another address"):
        smtp._must_arrive_as_meant(message, {"To": "buyer@example.com"})


@given(st.text(st.one_of(st.characters(), st.sampled_from('=?\r\n:<>@,;"')), max_size=60), st.text(max_size=60))
def test_whatever_a_shop_is_called_its_letter_goes_out_as_one(name: str, subject: str) -> None:
    sent = Mailer("smtp+plain://127.0.0.1:1", SENDER)._message(replace(ENVELOPE, name=name, subject=subject))
    read = message_from_bytes(sent.as_bytes(), policy=policy.default)
    assert [each for each in read if each not in {"MIME-Version", "Content-Type"}] == NAMES


NAMES = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"]
NAMES_WITHOUT_REPLY = [name for name in NAMES if name != "Reply-To"]


@pytest.mark.parametrize(
    ("answers", "final", "mend"),
    [
        ({"RCPT": "550 no such mailbox"}, True, False),
        ({"RCPT": "451 later"}, False, False),
        ({"DATA": "554 spam"}, True, False),
        ({"DATA": "452 full"}, False, False),
        ({"MAIL": "550 not from here"}, False, True),
        ({"MAIL": "451 later"}, False, False),
    ],
)
def test_a_refusal_says_whether_it_is_for_good(
    server: Server, plain: str, answers: dict[str, str], final: bool, mend: bool
) -> None:
    server.answers = answers
    failed = failure(plain)
    assert (failed.final, failed.mend) == (final, mend)
    assert next(iter(answers.values())) in str(failed)


def test_what_the_server_took_it_has_even_if_it_takes_no_leave(server: Server, plain: str) -> None:
    server.answers = {"QUIT": "421 in a hurry"}
    Mailer(plain, SENDER).send(ENVELOPE)
    assert len(server.taken) == 1


def test_nobody_there_is_tried_again() -> None:
    failed = failure(f"smtp+plain://127.0.0.1:{ports.free(1)[0]}")
    assert (failed.final, failed.mend) == (False, False)


def test_a_server_that_says_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.mail.smtp.TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failed = failure(f"smtp+plain://127.0.0.1:{silent.getsockname()[1]}")
    assert (failed.final, failed.mend) == (False, False)


def test_an_address_that_the_server_cannot_take_is_refused_for_good(server: Server) -> None:
    with listening(server, enable_SMTPUTF8=False) as port:
        failed = failure(f"smtp+plain://127.0.0.1:{port}", replace(ENVELOPE, to="büyer@example.com"))
    assert (failed.final, server.taken) == (True, [])


def test_an_address_that_hides_a_line_end_is_refused_for_good(server: Server, plain: str) -> None:
    failed = failure(plain, replace(ENVELOPE, to="=?utf-8?q?a=0d=0aBcc=3a_b=40c.d?=@example.com"))
    assert (failed.final, server.taken) == (True, [])


def test_without_starttls_nothing_is_sent(server: Server, plain: str) -> None:
    failed = failure(plain.replace("smtp+plain", "smtp"))
    assert (failed.mend, server.taken) == (True, [])


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_tls_is_for_a_certificate_that_is_trusted(
    server: Server, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    more: dict[str, Any] = (
        {"ssl_context": certificate.server} if scheme == "smtps" else {"tls_context": certificate.server}
    )
    with listening(server, **more) as port:
        url = f"{scheme}://localhost:{port}"
        assert failure(url).mend
        assert server.taken == []
        monkeypatch.setattr(ssl, "create_default_context", lambda: certificate.trusted)
        Mailer(url, SENDER).send(ENVELOPE)
    assert len(server.taken) == 1


def test_user_and_password_are_said_as_they_are(server: Server) -> None:
    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"ordo", b"p@ss/word"), handled=False)

    more = {"authenticator": authenticate, "auth_require_tls": False}
    with listening(server, **more) as port:
        Mailer(f"smtp+plain://ordo:p%40ss%2Fword@127.0.0.1:{port}", SENDER).send(ENVELOPE)
        assert len(server.taken) == 1
        wrong = f"smtp+plain://ordo:other@127.0.0.1:{port}"
        failed = failure(wrong)
        assert failed.mend
        assert "other" not in str(failed)
        with pytest.raises(MailFailed):
            Mailer(wrong, SENDER).check()


def test_a_check_sends_nothing(server: Server, plain: str) -> None:
    Mailer(plain, SENDER).check()
    assert server.taken == []


def test_a_logo_comes_along_with_the_html_that_names_it(server: Server, plain: str) -> None:
    Mailer(plain, SENDER).send(replace(ENVELOPE, html='<img src="cid:logo">', logo=b"\x89PNG logo"))
    message = server.letter()
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    picture = list(message.walk())[-1]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<logo>", "inline")
    assert picture.get_content() == b"\x89PNG logo"
