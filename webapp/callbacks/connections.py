"""Connections to receivers of callbacks: opened only to an address that was checked, kept for the next POST, and over in time.

A name is resolved once for a connection, what it resolves to is checked, and that very address is connected to. A connection that is kept
stays with the address that was checked, for a minute at most.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import ipaddress
import select
import socket
import ssl
import threading
import time
from collections import defaultdict
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from requests_hardened.ip_filter import filter_host

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS = (443, 8443)
GLOBAL_UNICAST = ipaddress.ip_network(
    "2000::/3"
)  # all that IANA gives out; Python calls site-local addresses global too
LONGEST_IDLE = 5.0  # seconds that a connection is kept unused: shorter than most servers keep theirs
LONGEST_LIFE = 60.0  # seconds that one is used at all: then the name is resolved anew
KEPT = 64  # unused ones of one place: many shops may have theirs with one host
KEPT_OF_ALL = 256


class Refused(requests.RequestException):
    """An address that we do not call; the message says why."""


class NobodyAnswersError(OSError):
    """The connection could not be opened in time."""


@dataclass(frozen=True)
class Place:
    """Where an address leads: `path` with its query, `host` as the header of that name has it."""

    scheme: str
    name: str
    port: int | None
    host: str
    path: str


@functools.lru_cache(maxsize=1024)
def place(url: str) -> Place:
    """Read an address as `requests` does, names in other scripts included. Raises `requests.RequestException`, `ValueError`."""
    prepared = requests.Request("POST", url).prepare()
    parts = urlsplit(str(prepared.url))
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    return Place(
        parts.scheme, name, parts.port, host if parts.port is None else f"{host}:{parts.port}", prepared.path_url
    )


class Connection:
    """One connection to one place; it reads and writes until a moment that is set for each request, whatever the other end does."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = _Socket(connected)
        self._born = self._used = time.monotonic()
        self._http = http.client.HTTPConnection("unused")
        self._http.sock = self._socket

    def ask(
        self, method: str, there: Place, body: bytes, headers: Mapping[str, str], until: float
    ) -> http.client.HTTPResponse:
        """Send a request, and read the answer's head."""
        self._socket.until = until
        self._http.putrequest(method, there.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": there.host, "Connection": "keep-alive", **headers}.items():
            self._http.putheader(name, value)
        if method == "POST":
            self._http.putheader("Content-Length", str(len(body)))
        self._http.endheaders(body)
        return self._http.getresponse()

    def is_fresh(self) -> bool:
        """Whether another request may be sent by it. What can be read from an unused connection is its end."""
        now = time.monotonic()
        if now - self._used > LONGEST_IDLE or now - self._born > LONGEST_LIFE:
            return False
        return not self._socket.can_be_read()

    def rest(self) -> None:
        """It is not used for a while."""
        self._used = time.monotonic()

    def end(self) -> None:
        """Close it."""
        self._socket.end()


class _Socket:
    """What http.client asks of a socket, until a moment: the time limit of a real one is for one read, and who drips never reaches it."""

    def __init__(self, connected: socket.socket) -> None:
        self._connected = connected
        self._unsent = b""
        self.until = 0.0

    def sendall(self, data: bytes) -> None:
        """Sent when the answer is asked for: http.client brings the head and the body one after the other, and they are to go out as one."""
        self._unsent += data

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self))

    def receive_into(self, buffer: Any) -> int:
        self._connected.settimeout(self._left())
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            self._connected.sendall(unsent)  # the limit is for all of it
            self._connected.settimeout(self._left())
        return self._connected.recv_into(buffer)

    def can_be_read(self) -> bool:
        watched = select.poll()
        watched.register(self._connected, select.POLLIN)
        return bool(watched.poll(0))

    def close(self) -> None:
        """Nothing: http.client closes where the other end says that it will, and still reads the answer. `end` does."""

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._connected.close()

    __del__ = end  # one that was kept, when its sender is no more

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is over")
        return left


class _Reading(io.RawIOBase):
    """A connection's socket, as a buffer reads it. Its end is not the connection's."""

    def __init__(self, connected: _Socket) -> None:
        self._connected = connected

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connected.receive_into(buffer)


class Connections:
    """Opens and keeps connections, for any number of threads.

    `allow_loopback` (development) admits this very machine, over HTTP too and on any port.
    """

    def __init__(self, *, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._kept: dict[Place | tuple[str, str, int | None], list[Connection]] = defaultdict(list)
        self._count = 0
        self._lock = threading.Lock()

    def kept(self, there: Place) -> Connection | None:
        """One that was used before, if there is one."""
        key = _key(there)
        while True:
            with self._lock:
                unused = self._kept.get(key)
                if not unused:
                    self._kept.pop(key, None)
                    return None
                found = unused.pop()
                self._count -= 1
            if found.is_fresh():
                return found
            found.end()

    def open(self, there: Place, until: float) -> Connection:
        """A new one. Raises `Refused`, `requests.RequestException` and `OSError`."""
        address = self._checked(there, until)
        port = there.port or (443 if there.scheme == "https" else 80)
        try:
            connected = socket.create_connection((address, port), timeout=max(until - time.monotonic(), 0.001))
        except TimeoutError as error:
            raise NobodyAnswersError("timed out") from error
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if there.scheme == "https":
                connected.settimeout(max(until - time.monotonic(), 0.001))  # for all of the handshake
                connected = _trusting().wrap_socket(connected, server_hostname=there.name)
        except BaseException:
            connected.close()
            raise
        return Connection(connected)

    def keep(self, there: Place, connection: Connection) -> None:
        """For the next request to that place."""
        connection.rest()
        with self._lock:
            unused = self._kept[_key(there)]
            if len(unused) < KEPT and self._count < KEPT_OF_ALL:
                unused.append(connection)
                self._count += 1
                return
        connection.end()
        self._sweep()

    def _sweep(self) -> None:
        """Close those that are too old to be used."""
        with self._lock:
            every, self._kept, self._count = list(self._kept.items()), defaultdict(list), 0
        for key, unused in every:
            for connection in unused:
                if connection.is_fresh():
                    with self._lock:
                        self._kept[key].append(connection)
                        self._count += 1
                else:
                    connection.end()

    def _checked(self, there: Place, until: float) -> str:
        """The address that the name means, if it may be called. Nobody can end the system's look-up: a thread of its own waits for it,
        and what it finds too late is not used."""
        found = Future[str]()
        threading.Thread(target=_resolve, args=(found, there, self._allow_loopback), daemon=True).start()
        written = found.result(max(until - time.monotonic(), 0))
        address = ipaddress.ip_address(written.strip("[]"))
        if not address.is_loopback:  # loopback came past requests-hardened, so it is allowed
            if not address.is_global or (address.version == 6 and address not in GLOBAL_UNICAST):
                raise Refused("the address is not on the public internet")
            if there.scheme != "https":
                raise Refused("the address must begin with https://")
            if (there.port or 443) not in PORTS:
                raise Refused("the port must be 443 or 8443")
        return str(address)


def _key(there: Place) -> tuple[str, str, int | None]:
    return there.scheme, there.name, there.port


def _resolve(found: Future[str], there: Place, allow_loopback: bool) -> None:
    try:
        found.set_result(filter_host(there.name, there.port, allow_loopback=allow_loopback))
    except BaseException as error:  # noqa: BLE001  # a thread's errors belong to who waits for it
        found.set_exception(error)


@functools.cache
def _trusting() -> ssl.SSLContext:
    """TLS to whom the authorities vouch for that `requests` trusts."""
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.set_alpn_protocols(["http/1.1"])
    return context
