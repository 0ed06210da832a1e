"""Connections that are kept: used again while they are good, never for longer than the address that was checked, and no callback is lost by one."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from webapp.callbacks import connections, sender

if TYPE_CHECKING:
    from collections.abc import Iterator

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"


class Receiver:
    """Takes connections, and answers the requests of each by what `answers` has for it; then it ends the connection."""

    def __init__(self, *answers: list[bytes]) -> None:
        self.answers = list(answers)
        self.heard: list[int] = []  # by which connection each request came
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def _run(self) -> None:
        for number, answers in enumerate(self.answers):
            with contextlib.suppress(OSError), self._listener.accept()[0] as connection:
                for answer in answers:
                    heard = b""
                    while not heard.endswith(b"{}"):
                        heard += connection.recv(65536)
                        if not heard:
                            break
                    if heard:
                        self.heard.append(number)
                        connection.sendall(answer)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()
        assert not self._thread.is_alive()


@pytest.fixture
def receive() -> Iterator[Any]:
    with contextlib.ExitStack() as stack:

        def start(*answers: list[bytes]) -> Receiver:
            made = Receiver(*answers)
            stack.callback(made.stop)
            return made

        yield start


def post(who: sender.Sender, receiver: Receiver) -> tuple[int | None, str | None]:
    answer = who.post(receiver.url, "{}", {})
    return answer.status, answer.error


def test_the_next_callback_goes_by_the_connection_of_the_last(receive: Any) -> None:
    receiver, who = receive([FINE] * 3), sender.Sender(allow_loopback=True)
    assert [post(who, receiver) for _ in range(3)] == [(200, None)] * 3
    assert receiver.heard == [0, 0, 0]


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (FINE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), "the receiver closes"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine", "one request a connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000, "more than is read"),
    ],
)
def test_a_connection_whose_answer_was_not_read_to_its_end_is_not_used_again(
    receive: Any, first: bytes, why: str
) -> None:
    receiver, who = receive([first, FINE], [FINE]), sender.Sender(allow_loopback=True)
    assert [post(who, receiver) for _ in range(2)] == [(200, None)] * 2, why
    assert receiver.heard == [0, 1], why


def test_an_answer_that_nobody_asked_for_is_not_the_next_one_s(receive: Any) -> None:
    receiver, who = receive([FINE + FINE.replace(b"200", b"410"), FINE], [FINE]), sender.Sender(allow_loopback=True)
    assert [post(who, receiver) for _ in range(2)] == [(200, None)] * 2


def test_a_connection_that_ended_meanwhile_costs_nothing(receive: Any) -> None:
    receiver, who = receive([FINE], [FINE]), sender.Sender(allow_loopback=True)
    assert [post(who, receiver) for _ in range(2)] == [(200, None)] * 2
    assert receiver.heard == [0, 1]


def test_a_kept_connection_that_ends_instead_of_an_answer_is_followed_by_a_new_one(receive: Any) -> None:
    receiver, who = receive([FINE, b""], [FINE]), sender.Sender(allow_loopback=True)
    assert [post(who, receiver) for _ in range(2)] == [(200, None)] * 2
    assert receiver.heard == [0, 0, 1]  # the second arrived twice


def test_a_kept_connection_that_breaks_within_an_answer_is_a_try_that_failed(receive: Any) -> None:
    receiver, who = (
        receive([FINE, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"], []),
        sender.Sender(allow_loopback=True),
    )
    assert post(who, receiver) == (200, None)
    status, error = post(who, receiver)
    assert (status, error) == (200, "the connection broke (IncompleteRead)")
    assert receiver.heard == [0, 0]


@pytest.mark.parametrize("limit", ["LONGEST_IDLE", "LONGEST_LIFE"])
def test_what_was_checked_holds_for_a_while_and_then_is_checked_again(
    receive: Any, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    receiver, who, real = receive([FINE] * 3), sender.Sender(allow_loopback=True), socket.getaddrinfo
    means = ["127.0.0.1", "10.0.0.1"]

    def resolve(host: str, *args: Any, **named: Any) -> Any:
        return real(means.pop(0) if host == "shop.example" else host, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"http://shop.example:{receiver.port}/"
    assert [who.post(url, "{}", {}).status for _ in range(2)] == [200, 200]
    monkeypatch.setattr(connections, limit, -1.0)
    answer = who.post(url, "{}", {})
    assert (answer.status, answer.error) == (None, "the address is not on the public internet")
    assert receiver.heard == [0, 0]


def test_a_request_s_head_and_body_go_out_as_one(receive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver, sends, here = receive([FINE, FINE]), list[bytes](), threading.get_ident()

    def counted(name: str) -> None:
        real = getattr(socket.socket, name)

        def send(own: socket.socket, data: bytes, *args: Any) -> Any:
            if threading.get_ident() == here:  # and not what the receiver answers
                sends.append(bytes(data))
            return real(own, data, *args)

        monkeypatch.setattr(socket.socket, name, send)

    for name in ("send", "sendall"):
        counted(name)
    who = sender.Sender(allow_loopback=True)
    assert [who.post(receiver.url, "{}", {}).status for _ in range(2)] == [200, 200]
    assert [each.endswith(b"\r\n\r\n{}") for each in sends] == [True, True]
