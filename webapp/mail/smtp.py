"""Speaks SMTP to one server: hands over one letter a connection, and decides nothing; who calls keeps what is to be sent."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import SMTP as POLICY
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from webapp.domain import cards, characters
from webapp.mail.letter_html import LOGO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

TIMEOUT = 10  # seconds, for each step of the exchange
ADDRESS = re.compile(
    r"(?!.*=\?)[^\s()<>\[\]:;@\\,\"\x00-\x1f\x7f]+@[\w.-]+"
)  # one (RFC 5322, 3.4.1; RFC 6531), and no encoded word
PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}


@dataclass(frozen=True)
class Envelope:
    """One letter on its way. `id` makes its Message-ID, the same at every try, so that a copy is known as one. `name` is whose letter
    it is; answers go to `reply_to`, if that is an address. `logo` is the PNG that the HTML names by `letter_html.LOGO`."""

    id: str
    to: str
    name: str
    reply_to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    language: str
    at: datetime
    logo: bytes | None = None


class MailFailed(Exception):
    """The server did not take it, and said why, without card numbers. `final`: it never will, this address or this letter is refused. `mend`: somebody has to look at
    the settings."""

    def __init__(self, detail: str, *, final: bool = False, mend: bool = False) -> None:
        super().__init__(cards.hidden(detail)[:200])
        self.final = final
        self.mend = mend


class Mailer:
    """The server that `url` names, by `smtps` (TLS from the start), `smtp` (STARTTLS, or nothing is sent) or `smtp+plain` (no TLS, for
    this machine only); `sender` is the address that letters come from. Methods raise `MailFailed` and nothing else."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender

    @property
    def place(self) -> str:
        """The server, as an operator knows it."""
        return f"{self._host}:{self._port}"

    def send(self, envelope: Envelope) -> None:
        """Hand one letter over. The server has it then; whether it arrives is told to `sender`, not to us."""
        try:
            message = self._message(envelope)
        except (
            ValueError,
            LookupError,
            AttributeError,
            TypeError,
        ) as error:  # all that the email package raises for odd ones
            raise MailFailed("the address or the letter fits in no message", final=True) from error
        with self._connected() as server:
            try:
                server.send_message(message, self._sender, [envelope.to])
            except smtplib.SMTPRecipientsRefused as error:
                status, words = next(iter(error.recipients.values()))
                raise MailFailed(_words(status, words), final=status >= 500) from error
            except smtplib.SMTPSenderRefused as error:
                raise MailFailed(_words(error.smtp_code, error.smtp_error), mend=error.smtp_code >= 500) from error
            except smtplib.SMTPResponseException as error:
                raise MailFailed(_words(error.smtp_code, error.smtp_error), final=error.smtp_code >= 500) from error
            except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
                raise MailFailed("the server takes no such address", final=True) from error

    def check(self) -> None:
        """Connect, with TLS and password, and go again."""
        with self._connected() as server:
            server.noop()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._opened()
            try:
                if self._scheme == "smtp":
                    server.starttls(context=ssl.create_default_context())
                if self._user:
                    server.login(self._user, self._password)
                yield server
            finally:
                with contextlib.suppress(smtplib.SMTPException, OSError):  # what the server took it keeps
                    server.quit()
                server.close()
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            raise MailFailed(f"{type(error).__name__}: {error}", mend=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailFailed(f"{type(error).__name__}: {error}") from error

    def _opened(self) -> smtplib.SMTP:
        if self._scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)

    def _message(self, envelope: Envelope) -> EmailMessage:
        if not ADDRESS.fullmatch(envelope.to):
            raise ValueError("no e-mail address")
        message = EmailMessage(policy=POLICY)
        message["From"] = Address(_phrase(envelope.name), addr_spec=self._sender)
        message["To"] = envelope.to
        if ADDRESS.fullmatch(envelope.reply_to) and envelope.reply_to.isascii():
            message["Reply-To"] = envelope.reply_to
        message["Subject"] = _phrase(envelope.subject)
        message["Date"] = format_datetime(envelope.at)
        message["Message-ID"] = f"<{envelope.id}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice answers it
        message.set_content(envelope.text)
        message.add_alternative(envelope.html, subtype="html")
        if envelope.logo is not None:
            page = message.get_body(("html",))
            if page is not None:
                page.add_related(
                    envelope.logo, "image", "png", cid=f"<{LOGO}>", disposition="inline", filename="logo.png"
                )
        message["Content-Language"] = envelope.language
        _must_arrive_as_meant(message, {"From": self._sender, "To": envelope.to})
        return message


def _phrase(text: str) -> str:
    """Words for a header, in one line. An encoded word (RFC 2047) that somebody has typed is none any more: what is encoded in it would
    be taken for a part of the header."""
    return " ".join(characters.visible(text).split()).replace("=?", "= ?")


def _must_arrive_as_meant(message: EmailMessage, addresses: Mapping[str, str]) -> None:
    """Read the letter as its receiver will. Raises `ValueError` when a value has become a header of its own, or an address another."""
    policy = POLICY.clone(utf8=not all(map(str.isascii, addresses.values())))  # as smtplib chooses
    head = message.as_bytes(policy=policy).decode().partition("\r\n\r\n")[0]
    read = HeaderParser(policy=policy).parsestr(head)
    if read.keys() != message.keys() or re.search(r"\r(?!\n)|(?<!\r)\n|\0", head):
        raise ValueError("a value has become a header")
    for name, address in addresses.items():
        if [each.addr_spec for each in read[name].addresses] != [address]:
            raise ValueError(f"{name} is another address than the one that was meant")


def _words(status: int, words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{status} {' '.join(said.split())}"
