"""Processes of the product: ended in order, or killed with all that they started."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from sandbox import ports
from sandbox.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[[str], Process]

OBEDIENT = (
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [15]); "
    "print('up', flush=True); signal.sigwait([15]); print('bye', flush=True)"
)
DEAF = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"
PARENT = (
    'import subprocess, sys; listen = \'import socket, signal; s = socket.create_server(("127.0.0.1", {port})); '
    "print(s.fileno(), flush=True); signal.pause()'; subprocess.run([sys.executable, '-c', listen])"
)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Process] = []

    def make(code: str) -> Process:
        command = [sys.executable, "-c", code]
        made.append(Process("it", command, cwd=tmp_path, env=os.environ, log=tmp_path / "log" / "it.log"))
        return made[-1]

    yield make
    for process in made:
        process.kill()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen within ten seconds")


def said(process: Process, words: int = 1) -> None:
    """Wait until it has printed so many words."""
    until(lambda: len(process.last_words().split()) >= words)


def test_it_is_asked_to_end_and_given_the_time(make: Make) -> None:
    process = make(OBEDIENT)
    process.start()
    said(process)
    process.stop()
    assert process.last_words() == "up\nbye"
    assert process.pid is None


def test_one_that_does_not_listen_is_killed(make: Make) -> None:
    process = make(DEAF)
    process.start()
    said(process)
    pid = process.pid
    process.stop(grace=0.2)
    assert pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_kill_reaches_what_it_has_started(make: Make) -> None:
    (port,) = ports.free(1)
    process = make(PARENT.replace("{port}", str(port)))
    process.start()
    said(process)
    assert ports.taken([port]) == [port]
    process.kill()
    until(lambda: ports.taken([port]) == [])


def test_one_that_ends_by_itself_says_how_and_can_be_started_again(make: Make) -> None:
    process = make("import os; print('oh', flush=True); os.kill(os.getpid(), 9)")
    for times in (1, 2):
        process.start()
        said(process, times)
        until(lambda: process.ended is not None)
        assert process.ended == -signal.SIGKILL


def test_a_start_too_many_changes_nothing(make: Make) -> None:
    process = make(DEAF)
    process.start()
    pid = process.pid
    process.start()
    assert process.pid == pid
