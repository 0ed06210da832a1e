"""The guarded POST: a merchant's address must not become a way into our network, nor a slow receiver a way to stop us.

The address that is checked is the one that is connected to, redirects and the environment's proxies are not followed,
and 15 seconds after the start it is over, whatever the receiver does.
"""

from __future__ import annotations

import http.client
import re
import ssl
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests_hardened.ip_filter import InvalidIPAddress

from webapp import metrics
from webapp.callbacks import connections
from webapp.callbacks.connections import Connection, Connections, NobodyAnswersError, Place, Refused, place
from webapp.domain import cards

if TYPE_CHECKING:
    from collections.abc import Mapping

TOTAL = 15.0  # seconds for all of it: name, connection, TLS, headers, body
MOST = 64 * 1024  # bytes read of an answer
EXCERPT = 1000  # characters kept of it
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
    (ssl.SSLError, "the certificate is not valid"),
    ((requests.exceptions.ConnectTimeout, NobodyAnswersError), "nobody answers at the address"),
    ((requests.exceptions.InvalidURL, ValueError), "the address cannot be read"),
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


class Sender:
    """Sends callbacks, from any number of threads.

    `allow_loopback` (development) admits this very machine, over HTTP too and on any port. Other machines must
    always be on the public internet, speak HTTPS and listen on 443 or 8443.
    """

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._connections = Connections(allow_loopback=allow_loopback)

    def post(self, url: str, content: str, headers: Mapping[str, str]) -> Answer:
        """POST once, by a connection that was kept or a new one. Whatever the receiver or its address does becomes an `Answer`, within
        15 seconds.

        A receiver may end a kept connection at the moment at which we write to it. Where it ended before a byte of an answer came, the POST
        is made once more on a new one: the receiver knows a repeat by its id.
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
        asked = _Asked(
            method, content.encode(), {"Accept-Encoding": "identity", "User-Agent": AGENT, **headers}, started + TOTAL
        )
        try:
            _check_form(url)
            answer = self._ask(place(url), asked)
        except (requests.RequestException, http.client.HTTPException, OSError, ValueError) as error:
            late = time.monotonic() >= asked.until
            words = f"no whole answer within {TOTAL:.0f} s" if late else _words(error)
            answer = Answer(asked.status, words, "", 0)
        return replace(answer, milliseconds=round((time.monotonic() - started) * 1000))

    def _ask(self, there: Place, asked: _Asked) -> Answer:
        kept = self._connections.kept(there)
        if kept is not None:
            try:
                return self._exchange(kept, there, asked)
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError):
                if asked.status is not None:
                    raise
        return self._exchange(self._connections.open(there, asked.until), there, asked)

    def _exchange(self, connection: Connection, there: Place, asked: _Asked) -> Answer:
        """Ask by this connection, which is then kept or closed."""
        whole = False
        try:
            response = connection.ask(asked.method, there, asked.body, asked.headers, asked.until)
            asked.status = response.status
            body = _beginning(response)
            whole = response.isclosed() and not response.will_close
        finally:
            if whole:
                self._connections.keep(there, connection)
            else:
                connection.end()
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, None, _excerpt(body), 0, _retry_after(response), headers=names, body=body)


@dataclass
class _Asked:
    """One request, when it must be over, and the status of its answer as soon as it is known."""

    method: str
    body: bytes
    headers: Mapping[str, str]
    until: float
    status: int | None = None


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
    return None if port in connections.PORTS else "the port must be 443 or 8443"


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


def _check_form(url: str) -> None:
    """Refuse what programs read in different ways, and no order backend needs: odd signs, a user before the host."""
    if not re.fullmatch(r"https?://[^\s/?#\\@]+([/?#][!-\[\]-~]*)?", url, re.ASCII):
        raise Refused("the address must be https:// and a host, without user or password")


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """The beginning of the answer, not unpacked; the rest is not read. Raises `http.client.IncompleteRead` where less came than was promised."""
    received = b""
    while len(received) < MOST and (part := response.read(MOST - len(received))):
        received += part
    if len(received) < MOST and response.length:
        raise http.client.IncompleteRead(received, response.length)
    return received


def _excerpt(body: bytes) -> str:
    """As much as is kept, without card numbers. NUL cannot be kept in PostgreSQL."""
    text = body[: 4 * EXCERPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
    return cards.hidden(text)[:EXCERPT]


def _retry_after(response: http.client.HTTPResponse) -> float | None:
    """RFC 9110, 10.2.3: seconds, or a date, which counts from the receiver's own clock."""
    value = response.headers.get("Retry-After")
    if not value:
        return None
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
