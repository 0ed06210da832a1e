"""Ports: free ones, and those that somebody has."""

from __future__ import annotations

import socket

from sandbox import ports


def test_free_ports_differ_and_can_be_listened_on() -> None:
    found = ports.free(5)
    assert len(set(found)) == 5
    assert ports.taken(found) == []


def test_a_port_is_taken_by_whoever_listens_on_any_address() -> None:
    with socket.create_server(("0.0.0.0", ports.free(1)[0])) as server:  # noqa: S104  # that is the case
        port = server.getsockname()[1]
        assert ports.taken([port]) == [port]
    assert ports.taken([port]) == []
