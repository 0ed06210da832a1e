"""Web servers that share a port without knowing of each other are seen, as they are on this machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
LISTEN = """
import os, socket, sys
listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listening.bind(("127.0.0.1", int(sys.argv[1])))
listening.listen()
child = os.fork() if sys.argv[2] == "with a child" else None
if child != 0:
    print(listening.getsockname()[1], os.getpid(), flush=True)
sys.stdin.read()
"""
LOOK = "from webapp.services.monitoring import servers; print(dict(servers.sharing()))"
OURS, OTHER = "sqlite:////nowhere/ours.db", "sqlite:////nowhere/other.db"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="proc(5) is Linux's")


@contextlib.contextmanager
def server(port: int, database_url: str, how: str = "alone", **more: str) -> Iterator[tuple[int, int]]:
    """A process that listens; its port and its number."""
    environment = {**os.environ, "DATABASE_URL": database_url, **more}
    command = [sys.executable, "-c", LISTEN, str(port), how]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdin
        found, number = map(int, process.stdout.readline().split())
        yield found, number
        process.stdin.close()


def seen() -> str:
    """What a process of our database sees."""
    environment = {**os.environ, "DATABASE_URL": OURS}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_two_servers_at_one_port_are_seen_and_one_with_all_its_processes_is_one() -> None:
    with server(0, OURS, "with a child") as (port, first), server(0, OURS), server(port, OTHER):
        assert seen() == "{}"
        with server(port, OURS) as (_, second):
            assert seen() == str({port: sorted([first, second])})
        with server(port, OURS, METRICS_PORT=str(port)):  # web server and worker share the metrics' port
            assert seen() == "{}"
