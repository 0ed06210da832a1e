"""What may happen often and is to be written down seldom: counted in this process, told once a minute for each name."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

EVERY = timedelta(minutes=1)


class Pace:
    """Counts by name, from any thread. Names must be few: each is kept for as long as the process lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[datetime, int]] = {}

    def count(self, name: Hashable, now: datetime) -> int:
        """Count once more. How many are to be told now: 0, unless the last time was a minute ago or never."""
        with self._lock:
            told, waiting = self._kept.get(name, (None, 0))
            if told is not None and now - told < EVERY:
                self._kept[name] = told, waiting + 1
                return 0
            self._kept[name] = now, 0
            return waiting + 1
