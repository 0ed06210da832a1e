"""The guarded POST against receivers that misbehave, and what their answers mean."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug import Request, Response

from tests.callbacks.receivers import noting
from webapp.callbacks import sender
from webapp.callbacks.sender import Answer, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HERE = sender.Sender(allow_loopback=True)


def test_the_body_arrives_byte_for_byte_with_the_headers_of_the_try(serve: Any) -> None:
    seen: list[Request] = []
    served = serve(noting(seen, "fine"))
    answer = HERE.post(f"{served.url}/ordo", '{"a":"é"}', {"webhook-id": "msg_1"})
    assert (answer.status, answer.error, answer.excerpt) == (200, None, "fine")
    body, headers = seen[0].get_data(), seen[0].headers
    assert body == '{"a":"é"}'.encode()
    assert headers["Webhook-Id"] == "msg_1"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == sender.AGENT


def test_a_redirect_is_not_followed_and_does_not_count(serve: Any) -> None:
    seen: list[Request] = []
    inside = serve(noting(seen))
    served = serve(lambda _request: Response(status=307, headers={"Location": f"{inside.url}/admin"}))
    answer = HERE.post(served.url, "{}", {})
    assert (answer.status, seen, sender.verdict(answer)) == (307, [], Verdict.RETRY)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, serve: Any) -> None:
    proxied: list[Request] = []
    proxy = serve(noting(proxied))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert HERE.post(serve(lambda _request: Response("direct")).url, "{}", {}).excerpt == "direct"
    assert proxied == []


def drip(before: bytes) -> Callable[[socket.socket], None]:
    """Answers `before` and then a byte every 20 ms, for ever."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(before)
        pause = threading.Event()
        while not pause.wait(0.02):
            connection.sendall(b"x")

    return answer


@pytest.mark.parametrize(
    "before", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_receiver_that_drips_is_cut_off_in_time(monkeypatch: pytest.MonkeyPatch, raw: Any, before: bytes) -> None:
    monkeypatch.setattr(sender, "TOTAL", 0.4)
    answer = HERE.post(raw(drip(before)), "{}", {})  # `raw` waits for the receiver's thread: it ends as the line is cut
    assert "no whole answer" in (answer.error or "")
    assert 400 <= answer.milliseconds < 2000
    assert sender.verdict(answer) is Verdict.RETRY


def test_a_receiver_that_hangs_in_the_tls_handshake_is_cut_off(monkeypatch: pytest.MonkeyPatch, raw: Any) -> None:
    monkeypatch.setattr(sender, "TOTAL", 0.4)
    url = raw(drip(b"\x16\x03\x03\x40\x00")).replace("http:", "https:")
    answer = HERE.post(url, "{}", {})
    assert answer.status is None
    assert answer.milliseconds < 2000


def test_a_name_that_does_not_resolve_in_time_sends_nothing_later(monkeypatch: pytest.MonkeyPatch, serve: Any) -> None:
    seen: list[Request] = []
    served = serve(noting(seen))
    monkeypatch.setattr(sender, "TOTAL", 0.2)
    resolved, real = threading.Event(), socket.getaddrinfo

    def slow(*args: Any, **kwargs: Any) -> Any:
        resolved.wait(5)
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    before = set(threading.enumerate())
    assert "no whole answer" in (HERE.post(f"http://127.0.0.1:{served.port}/", "{}", {}).error or "")
    late = set(threading.enumerate()) - before
    resolved.set()
    for thread in late:
        thread.join(5)
    assert seen == []


def test_only_the_beginning_of_a_long_answer_is_read(raw: Any) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 100_000_000:
            sent += connection.send(b"y" * 65536)

    answer = HERE.post(raw(flood), "{}", {})
    assert (answer.status, len(answer.excerpt)) == (200, sender.EXCERPT)
    assert sent < 20_000_000  # what the kernel's buffers took


def test_a_packed_answer_is_not_unpacked(serve: Any) -> None:
    packed = Response(b"\x1f\x8b\x08" + b"\x00" * 50, headers={"Content-Encoding": "gzip"})
    asked: list[str] = []

    def answer_packed(request: Request) -> Response:
        asked.append(request.headers["Accept-Encoding"])
        return packed

    answer = HERE.post(serve(answer_packed).url, "{}", {})
    assert (answer.status, answer.error, asked) == (200, None, ["identity"])
    assert "\x00" not in answer.excerpt


def test_a_receiver_that_is_down_is_said_to_refuse() -> None:
    with socket.socket() as bound:  # a port that is taken, where nobody listens
        bound.bind(("127.0.0.1", 0))
        answer = HERE.post(f"http://127.0.0.1:{bound.getsockname()[1]}/", "{}", {})
    assert (answer.status, answer.error) == (None, "the connection was refused")


@pytest.mark.parametrize("half", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
def test_half_an_answer_delivers_nothing(raw: Any, half: bytes) -> None:
    answer = HERE.post(raw(lambda connection: connection.sendall(half)), "{}", {})
    assert "the connection broke" in (answer.error or "")
    assert sender.verdict(answer) is Verdict.RETRY


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, raw: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "both.pem"))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as plain:
                context.wrap_socket(plain, server_side=True).close()

        thread = threading.Thread(target=run)
        thread.start()
        answer = HERE.post(f"https://localhost:{listener.getsockname()[1]}/", "{}", {})
        thread.join(5)
    assert answer.error == "the certificate is not valid"


def self_signed(path: Path) -> Path:
    """A key and a certificate for `localhost` that only it has signed, in one file."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]),
    )
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, pkcs8, plain) + builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Tue, 24 Nov 2026 10:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_in_both_forms(raw: Any, header: str, seconds: float | None) -> None:
    head = f"HTTP/1.0 503 Busy\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\nRetry-After: {header}\r\n\r\n"
    assert HERE.post(raw(lambda connection: connection.sendall(head.encode())), "{}", {}).retry_after == seconds


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (200, None, Verdict.DELIVERED),
        (204, None, Verdict.DELIVERED),
        (200, "no whole answer", Verdict.RETRY),
        (301, None, Verdict.RETRY),
        (400, None, Verdict.RETRY),
        (410, None, Verdict.GONE),
        (500, None, Verdict.RETRY),
        (None, "refused", Verdict.RETRY),
    ],
)
def test_only_a_whole_answer_of_success_delivers(status: int | None, error: str | None, expected: Verdict) -> None:
    assert sender.verdict(Answer(status, error, "", 1)) is expected


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_the_schedule_tries_eight_times_or_more_over_three_days(jitter: float) -> None:
    waits: list[dt.timedelta] = []
    while (wait := sender.schedule(len(waits) + 1, jitter)) is not None:
        waits.append(wait)
    assert len(waits) + 1 >= 8
    assert sum(waits, dt.timedelta()) >= dt.timedelta(days=3)
    assert waits == sorted(waits)
    assert waits[0] <= dt.timedelta(seconds=5.5)
