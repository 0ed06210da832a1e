"""Ports of this machine: which are taken, and a few that are free."""

from __future__ import annotations

import os
import random
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Below what Linux and macOS give to outgoing connections: a server that is killed finds its port free again.
LOWEST, HIGHEST = 15000, 30000


def taken(ports: Iterable[int]) -> list[int]:
    """Those on which something listens already, or that this user may not listen on."""
    return [port for port in ports if not _is_free(port)]


def free(count: int) -> list[int]:
    """Ports on which nothing listens now. Each process looks in an order of its own."""
    choice = random.Random(f"{os.getpid()}-{os.urandom(8).hex()}")  # noqa: S311  # not a secret
    found: list[int] = []
    for port in choice.sample(range(LOWEST, HIGHEST), 1000):
        if _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports between {LOWEST} and {HIGHEST}")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just closed counts as free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
