"""Which addresses the guarded POST calls: names that lie, loopback in disguise, and networks of our own."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from typing import Any

import pytest
from werkzeug import Request, Response

from tests.callbacks.addresses import LOOPBACK, PRIVATE
from tests.callbacks.receivers import noting
from webapp.callbacks import connections, sender

HERE = sender.Sender(allow_loopback=True)
OUTSIDE = sender.Sender(allow_loopback=False)


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Lets every name resolve to these addresses in turn, the last for ever; the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(host)
            return real(host, port, *args, **kwargs)
        turn = sum(not each[0].isdigit() and ":" not in each for each in asked) - 1
        return real(addresses[min(turn, len(addresses) - 1)], port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("host", PRIVATE)
def test_addresses_inside_a_network_are_never_called(host: str, allowed: bool) -> None:
    answer = sender.Sender(allow_loopback=allowed).post(f"https://{host}/", "{}", {})
    assert (answer.status, answer.error) == (None, "the address is not on the public internet")


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_refused_however_it_is_written(serve: Any, host: str) -> None:
    seen: list[Request] = []
    served = serve(noting(seen))
    for url in (f"https://{host}/", f"http://{host}:{served.port}/"):
        assert OUTSIDE.post(url, "{}", {}).error == "the address is not on the public internet"
    assert seen == []


def test_a_name_that_means_loopback_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "127.0.0.1", "1.1.1.1")
    assert OUTSIDE.post("https://shop.example/", "{}", {}).error == "the address is not on the public internet"


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch, serve: Any
) -> None:
    served = serve(lambda request: Response(request.headers["Host"]))
    asked = names(monkeypatch, "127.0.0.1", "10.0.0.1")  # the second answer is the attack
    answer = HERE.post(f"http://shop.example:{served.port}/", "{}", {})
    assert (answer.status, answer.excerpt) == (200, f"shop.example:{served.port}")
    assert asked == ["shop.example", "127.0.0.1"]


def test_a_public_address_is_connected_to_even_if_the_name_means_loopback_by_then(
    monkeypatch: pytest.MonkeyPatch, serve: Any
) -> None:
    seen: list[Request] = []
    served = serve(noting(seen))
    asked = names(monkeypatch, "1.1.1.1", "127.0.0.1")
    called: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        called.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(connections, "PORTS", (served.port,))
    OUTSIDE.post(f"https://shop.example:{served.port}/", "{}", {})
    assert (asked, called, seen) == (["shop.example", "1.1.1.1"], ["1.1.1.1"], [])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://1.1.1.1/", "the address must begin with https://"),
        ("https://1.1.1.1:22/", "the port must be 443 or 8443"),
        ("http://1.1.1.1:443/", "the address must begin with https://"),
        ("https://user:word@1.1.1.1/", "without user or password"),
        ("https://1.1.1.1\\@127.0.0.1/", "without user or password"),
        ("https://1.1.1.1/\r\nX: y", "without user or password"),
        ("ftp://1.1.1.1/", "without user or password"),
        ("file:///etc/passwd", "without user or password"),
        ("", "without user or password"),
        ("https://", "without user or password"),
        ("https://a..b/", "the address cannot be read"),
        ("https://1.1.1.1:99999/", "the address cannot be read"),
        ("https://[::1/", "the address cannot be read"),
    ],
)
@pytest.mark.parametrize("who", [HERE, OUTSIDE])
def test_an_address_of_another_form_is_refused_and_nothing_is_raised(who: sender.Sender, url: str, why: str) -> None:
    answer = who.post(url, "{}", {})
    assert answer.status is None
    assert why in (answer.error or "")
