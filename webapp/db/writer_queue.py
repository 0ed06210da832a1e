"""SQLite has one writer at a time. Within a process those that wait stand in a queue, first come, first served: SQLite itself lets each look again
and again, and turns away who was unlucky for long ("database is locked")."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING

from webapp.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10.0  # seconds: for the turn of this process's threads, and for other processes once it has come


class WriterQueue:
    """The threads of a process that write into one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Be the one who writes. Raises `Unavailable` when that takes too long."""
        mine = threading.Event()
        with self._lock:
            if self._is_taken:
                self._waiting.append(mine)
            else:
                self._is_taken = True
                mine.set()
        if not mine.wait(PATIENCE):
            self._leave(mine)
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._is_taken = False

    def _leave(self, mine: threading.Event) -> None:
        with self._lock:
            if not mine.is_set():  # else its turn came at this very moment
                self._waiting.remove(mine)
                raise Unavailable("too many wait to write")
