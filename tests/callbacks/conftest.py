"""Receivers of callbacks on this machine: an HTTP server, and a bare connection for what no HTTP server answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from sandbox.serve import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TLS = b"\x16"  # the first byte of a handshake


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Request], Response]], Served]]:
    """Starts a receiver that answers each request by a function, and keeps its requests."""
    with contextlib.ExitStack() as stack:

        def start(answer: Callable[[Request], Response]) -> Served:
            served = Served(lambda environ, reply: answer(Request(environ))(environ, reply)).start()
            stack.callback(served.stop)
            return served

        yield start


def ended(thread: threading.Thread) -> None:
    """Nothing is left of the connection once the test is over."""
    thread.join(5)
    assert not thread.is_alive()


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Starts a receiver that is handed the connection, for answers that no HTTP server gives; its address."""
    with contextlib.ExitStack() as stack:

        def start(answer: Callable[[socket.socket], None]) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def run() -> None:
                with contextlib.suppress(OSError), listener.accept()[0] as connection:
                    heard = connection.recv(65536)
                    while not heard.endswith(b"{}") and heard[:1] != TLS:  # unread bytes would reset the connection
                        heard += connection.recv(65536)
                    answer(connection)

            thread = threading.Thread(target=run)
            thread.start()
            stack.callback(ended, thread)
            return f"http://127.0.0.1:{listener.getsockname()[1]}/"

        yield start
