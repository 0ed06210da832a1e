"""The note of a run in its folder: one run at a time holds it, and the last one's stays to be read."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.steps import Halt

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

NAME = "lock"


@dataclass(frozen=True)
class Run:
    """A run of `make run`: its first port, and whether it goes on."""

    port: int
    running: bool


def take(var: Path, port: int) -> TextIO:
    """Two runs in one folder would share its databases. Raises Halt while another one holds the lock."""
    lock = (var / NAME).open("a+", encoding="utf-8")
    lock.seek(0)
    who, _, where = lock.read().strip().partition(" ")
    if not _lock(lock, fcntl.LOCK_EX):
        lock.close()
        told = f"process {who}, port {where}" if where else f"process {who}"
        raise Halt(f"`make run` runs already in this folder ({told}): stop it with Ctrl-C first.")
    lock.truncate(0)
    lock.write(f"{os.getpid()} {port}")
    lock.flush()
    return lock


def last(var: Path) -> Run | None:
    """The run that goes on in this folder, or the last one that did; None when there was none."""
    try:
        with (var / NAME).open(encoding="utf-8") as lock:
            port = lock.read().strip().rpartition(" ")[2]
            running = not _lock(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return None
    return Run(int(port), running) if port.isdecimal() else None


def _lock(lock: TextIO, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
