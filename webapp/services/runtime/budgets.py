"""Parts of a count that all processes share, which this process may spend without asking the database each time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass
class Budget:
    """What may still be spent `until` then: `mine` by this process, and `shared` by whichever process takes it first, when this was learned."""

    until: datetime
    mine: int
    shared: int


class Budgets:
    """Budgets by name, from any thread. Names must be few: each is kept for as long as the process lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Budget] = {}

    def spend(self, name: str, now: datetime) -> tuple[Budget, bool] | None:
        """What is left after one more, and whether that was there to spend. None: nothing of this process's own is left, and there may be
        more (`add`)."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.until <= now or (not kept.mine and kept.shared):
                return None
            spent = kept.mine > 0
            kept.mine -= spent
            return Budget(kept.until, kept.mine, kept.shared), spent

    def add(self, name: str, part: Budget) -> None:
        """A part of the shared count is this process's now, beside what it has of the same window."""
        with self._lock:
            kept = self._kept.get(name)
            before = kept.mine if kept is not None and kept.until == part.until else 0
            self._kept[name] = Budget(part.until, before + part.mine, part.shared)
