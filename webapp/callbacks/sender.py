"""The guarded POST: a merchant's address must not become a way into our network, nor a slow receiver a way to stop us.

The address that is checked is the one that is connected to, redirects and the environment's proxies are not followed,
and 15 seconds after the start it is over, whatever the receiver does.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.exceptions import HTTPError

from webapp import metrics
from webapp.domain import cards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import HTTPConnectionPool

TOTAL = 15.0  # seconds for all of it: name, connection, TLS, headers, body
MOST = 64 * 1024  # bytes read of an answer
EXCERPT = 1000  # characters kept of it
PORTS = (443, 8443)
GLOBAL_UNICAST = ipaddress.ip_network(
    "2000::/3"
)  # all that IANA gives out; Python calls site-local addresses global too
AGENT = "Ordo-Callbacks/1.0"

# After the first try, the second, …: thirteen tries in three days. The first waits are short, so that a receiver that restarts
# waits no longer for its callback than it was away.
_HOUR = 3600
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 10, 15, 30, 60, 300, 1800, 2 * _HOUR, 6 * _HOUR, 14 * _HOUR, 24 * _HOUR, 26 * _HOUR)
)


_REASONS = (
    (InvalidIPAddress, "the address is not on the public internet"),
    (requests.exceptions.SSLError, "the certificate is not valid"),
    (requests.exceptions.ConnectTimeout, "nobody answers at the address"),
    (requests.exceptions.InvalidURL, "the address cannot be read"),
)


class Verdict(StrEnum):
    """What an answer means. Anything but a whole 2xx is tried again, a redirect too; 410 asks for no more callbacks."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"


@dataclass(frozen=True)
class Answer:
    """What came of one POST.

    `error` says in words why there is no whole answer. `excerpt` is the beginning of the answer's text, as the receiver
    wrote it: to be escaped when it is shown. `retry_after` is in seconds, and as long as the receiver likes.
    `headers`, by lower-case names, and the first 64 KiB of the `body` are for who has asked for a page of ours.
    """

    status: int | None
    error: str | None
    excerpt: str
    milliseconds: int
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Refused(requests.RequestException):
    """An address that we do not call; the message says why."""


class Sender:
    """Sends callbacks, from any number of threads.

    `allow_loopback` (development) admits this very machine, over HTTP too and on any port. Other machines must
    always be on the public internet, speak HTTPS and listen on 443 or 8443.
    """

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback

    def post(self, url: str, content: str, headers: Mapping[str, str]) -> Answer:
        """POST once. Whatever the receiver or its address does becomes an `Answer`, within 15 seconds.

        The work is done on a thread of its own: time limits of sockets are for one read each, and a receiver that drips
        a byte at a time never reaches them. When the time is over the connection is shut, which ends the thread too.
        """
        answer = self._within("POST", url, content, {"Content-Type": "application/json", **headers})
        metrics.call(
            "endpoint", metrics.by_status(answer.status if answer.error is None else None), answer.milliseconds / 1000
        )
        return answer

    def reach(self, url: str) -> Answer:
        """GET once, under the same rules: whether an address answers at all, and what. In development a name below `.localhost` is
        this machine, though not every resolver knows (RFC 6761, 6.3)."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if self._allow_loopback and host.endswith(".localhost"):
            there = parts._replace(netloc=parts.netloc.replace(host, "127.0.0.1"))
            return self._within("GET", there.geturl(), "", {"Host": parts.netloc})
        return self._within("GET", url, "", {})

    def _within(self, method: str, url: str, content: str, headers: Mapping[str, str]) -> Answer:
        started = time.monotonic()
        line, future = _Line(), Future[Answer]()
        request = (method, url, content, headers)
        threading.Thread(target=self._run, args=(future, line, *request), daemon=True).start()
        try:
            answer = future.result(TOTAL)
        except TimeoutError:
            line.cut()
            answer = Answer(line.status, f"no whole answer within {TOTAL:.0f} s", "", 0)
        return replace(answer, milliseconds=round((time.monotonic() - started) * 1000))

    def _run(self, future: Future[Answer], line: _Line, *request: Any) -> None:
        try:
            future.set_result(self._ask(line, *request))
        except BaseException as error:  # noqa: BLE001  # a thread's errors belong to who waits for it
            future.set_exception(error)
        finally:
            line.close()

    def _ask(self, line: _Line, method: str, url: str, content: str, headers: Mapping[str, str]) -> Answer:
        try:
            _check_form(url)
            with (
                self._session(line) as session,
                session.request(
                    method,
                    url,
                    data=content.encode(),
                    headers={"Accept-Encoding": "identity", **headers},
                    stream=True,
                    timeout=TOTAL,
                ) as response,
            ):
                line.status = response.status_code
                body = _beginning(response)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(
                    response.status_code, None, _excerpt(body), 0, _retry_after(response), headers=names, body=body
                )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return Answer(line.status, _words(error), "", 0)

    def _session(self, line: _Line) -> HTTPSession:
        config = Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=self._allow_loopback,
            never_redirect=True,
            default_timeout=(TOTAL, TOTAL),
            user_agent_override=AGENT,
        )
        session = HTTPSession(config)
        session.trust_env = False  # neither proxies nor a .netrc
        for scheme in ("https", "http"):
            session.mount(f"{scheme}://", _Guard(scheme, line, allow_loopback=self._allow_loopback))
        return session


def wrong_address(url: str, *, allow_loopback: bool) -> str | None:
    """Why an address can never be called, in words; None where only a call can tell (what its name resolves to)."""
    try:
        _check_form(url)
        parts = urlsplit(url)
        port = parts.port or 443
        if allow_loopback and parts.hostname in {"127.0.0.1", "::1", "localhost"}:
            return None
    except (Refused, ValueError) as error:
        return str(error)
    if parts.scheme != "https":
        return "the address must begin with https://"
    return None if port in PORTS else "the port must be 443 or 8443"


def same_place(url: str) -> str:
    """One spelling of an address that can be called: two that lead to the same place have the same."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    default = 443 if parts.scheme == "https" else 80
    port = f":{parts.port}" if parts.port not in {None, default} else ""
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def verdict(answer: Answer) -> Verdict:
    """What to do after this answer."""
    if answer.status == 410:
        return Verdict.GONE
    delivered = answer.status is not None and 200 <= answer.status < 300 and answer.error is None
    return Verdict.DELIVERED if delivered else Verdict.RETRY


def schedule(tries: int, jitter: float) -> timedelta | None:
    """How long to wait after `tries` tries (from 1), None when all are spent.

    `jitter`, from 0 to 1, adds up to a tenth: what failed together does not come back together.
    """
    return WAITS[tries - 1] * (1 + jitter / 10) if tries <= len(WAITS) else None


class _Line:
    """The connection of one POST, within reach of who watches the clock."""

    def __init__(self) -> None:
        self.status: int | None = None
        self._lock = threading.Lock()
        self._cut = False
        self._spare: socket.socket | None = None

    def watch(self, connected: socket.socket) -> None:
        """Keep a second handle: TLS takes the first one over, and shutting either shuts the connection."""
        with self._lock:
            if self._cut:  # the name took all the time to resolve: nothing is sent any more
                connected.close()
                raise TimeoutError("too late")
            self._spare = connected.dup()

    def cut(self) -> None:
        """End the connection now; its thread reads the end of the stream."""
        with self._lock:
            self._cut = True
            if self._spare is not None:
                with contextlib.suppress(OSError):  # the receiver was faster
                    self._spare.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the handle back."""
        with self._lock:
            if self._spare is not None:
                self._spare.close()
                self._spare = None


class _Guard(IPFilterAdapter):  # type: ignore[misc]
    """Adds to requests-hardened, which resolves a name once, refuses private addresses and connects to what it checked:
    nothing but global addresses, HTTPS and the allowed ports, unless it is loopback where that is allowed."""

    def __init__(self, scheme: str, line: _Line, *, allow_loopback: bool) -> None:
        super().__init__(is_https_proto=scheme == "https", allow_loopback=allow_loopback)
        self._line = line

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        address = ipaddress.ip_address(host["host"].strip("[]"))
        if not address.is_loopback:  # loopback came past requests-hardened, so it is allowed
            if not address.is_global or (address.version == 6 and address not in GLOBAL_UNICAST):
                raise Refused("the address is not on the public internet")
            if host["scheme"] != "https":
                raise Refused("the address must begin with https://")
            if (host["port"] or 443) not in PORTS:
                raise Refused("the port must be 443 or 8443")
        return host, pool

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool: HTTPConnectionPool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._line)
        return pool


def _watched(kind: Any, line: _Line) -> Any:
    class Watched(kind):  # type: ignore[misc]  # urllib3's plain connection or its TLS one
        def _new_conn(self) -> socket.socket:
            connected: socket.socket = super()._new_conn()
            line.watch(connected)
            return connected

    return Watched


def _check_form(url: str) -> None:
    """Refuse what programs read in different ways, and no order backend needs: odd signs, a user before the host."""
    if not re.fullmatch(r"https?://[^\s/?#\\@]+([/?#][!-\[\]-~]*)?", url, re.ASCII):
        raise Refused("the address must be https:// and a host, without user or password")


def _beginning(response: requests.Response) -> bytes:
    """The beginning of the answer, not unpacked; the rest is not read."""
    received = b""
    for part in response.raw.stream(4096, decode_content=False):
        received += part
        if len(received) >= MOST:
            break
    return received[:MOST]


def _excerpt(body: bytes) -> str:
    """As much as is kept, without card numbers. NUL cannot be kept in PostgreSQL."""
    text = body[: 4 * EXCERPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
    return cards.hidden(text)[:EXCERPT]


def _retry_after(response: requests.Response) -> float | None:
    """RFC 9110, 10.2.3: seconds, or a date, which counts from the receiver's own clock."""
    value = response.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)


def _words(error: Exception) -> str:
    """Why there is no answer, for a merchant to read."""
    if isinstance(error, Refused):
        return str(error)
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words
    for sign, words in (("resolve", "the host's name is not known"), ("refused", "the connection was refused")):
        if sign in str(error):
            return words
    return f"the connection broke ({type(error).__name__})"
