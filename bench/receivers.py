"""Order backends that take callbacks, in a process of their own: each answers after 5 ms, 30 % of the time that it failed, some never.

What they heard is what counts: which callbacks arrived, how often, when, and whether those of an order came in sequence.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

DELAY = 0.005  # seconds
FAILING = 0.3
ID, PATH = b"webhook-id: ", b"POST /"
FINE = b"HTTP/1.1 204 No Content\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\n\r\n"
FAILED = b"HTTP/1.1 500 Oh\r\nDate: Tue, 24 Nov 2026 10:00:00 GMT\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Heard:
    """`taken` counts what was answered 204, by its id; `posts` is when each answer was given, by the path."""

    taken: Counter[str] = field(default_factory=Counter)
    posts: dict[str, list[float]] = field(default_factory=dict)
    out_of_sequence: int = 0

    def note(self, path: str, name: str, *, fine: bool) -> None:
        """An id is an order's and its place there: `order.1`, `order.2`."""
        self.posts.setdefault(path, []).append(time.monotonic())
        if fine:
            order, place = name.rsplit(".", 1)
            if int(place) > 1 and not self.taken[f"{order}.{int(place) - 1}"]:
                self.out_of_sequence += 1
            self.taken[name] += 1


class _Protocol(asyncio.Protocol):
    def __init__(self, heard: Heard, hanging: frozenset[str]) -> None:
        self._heard, self._hanging, self._received = heard, hanging, b""
        self._chance = random.Random(len(heard.taken))  # noqa: S311  # no secret

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found or len(rest) < int(_header(head.lower(), b"content-length: ")):
            return
        self._received = b""
        path, name = head[len(PATH) :].split(b" ", 1)[0].decode(), _header(head, ID).decode()
        if path not in self._hanging:
            asyncio.get_running_loop().call_later(DELAY, self._answer, path, name)

    def _answer(self, path: str, name: str) -> None:
        fine = self._chance.random() >= FAILING
        self._heard.note(path, name, fine=fine)
        self._transport.write(FINE if fine else FAILED)


def _header(head: bytes, name: bytes) -> bytes:
    return head.split(name, 1)[1].split(b"\r\n", 1)[0]


class Receivers:
    """All of them, by the paths of one address. `heard` is what they have heard since it was last asked."""

    def __init__(self, hanging: frozenset[str] = frozenset()) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._asked, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, hanging), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._asked.recv()}"

    def heard(self) -> Heard:
        """What they have heard."""
        self._asked.send("?")
        found: Heard = self._asked.recv()
        return found

    def stop(self) -> None:
        """They are gone."""
        self._process.terminate()
        self._process.join()


def _serve(asked: Connection, hanging: frozenset[str]) -> None:
    asyncio.run(_until_asked(asked, hanging))


async def _until_asked(asked: Connection, hanging: frozenset[str]) -> None:
    heard, loop = Heard(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Protocol(heard, hanging), "127.0.0.1", 0, backlog=1024)
    asked.send(server.sockets[0].getsockname()[1])

    def tell() -> None:
        asked.recv()
        asked.send(heard)

    loop.add_reader(asked.fileno(), tell)
    await server.serve_forever()
