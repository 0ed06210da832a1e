"""The database's time: what is due is due by it, whatever the clock of the machine says that a worker runs on.

SQLite is the machine's own, and so is its time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.db.session import Database

SKEW = timedelta(minutes=1)  # by which a machine's clock may differ: gateways and receivers allow five
EVERY = 1.0  # seconds between looks
SURE = 5.0  # seconds for which a clock must differ: an answer may be late
_TIME = select(func.clock_timestamp())


class DatabaseClock:
    """The database's time as of the last look, and what has gone by since on a clock that nobody sets."""

    def __init__(
        self,
        database: Database,
        local: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._local, self._steady = database, local, steady
        self._seen: tuple[datetime, float] | None = None
        self._wrong_since: float | None = None
        self.skew = timedelta()
        """By how much the machine's clock was ahead at the last look."""

    def now(self) -> datetime:
        """The database's time; the machine's until the first look."""
        if self._seen is None:
            return self._local()
        there, at = self._seen
        return there + timedelta(seconds=self._steady() - at)

    def look(self) -> None:
        """Ask the database, unless that was done within a second. Raises `Unavailable`."""
        before = self._steady()
        if self._database.is_sqlite or (self._seen is not None and before - self._seen[1] < EVERY):
            return
        row = self._database.read_raw(_TIME)
        here, after = self._local(), self._steady()
        if row is None:
            return
        there: datetime = row[0].astimezone(UTC) + timedelta(seconds=(after - before) / 2)
        self._seen, self.skew = (there, after), here - there
        if abs(self.skew) <= SKEW:
            self._wrong_since = None
        elif self._wrong_since is None:
            self._wrong_since = after

    @property
    def differs(self) -> bool:
        """Whether the machine's clock was too far away at the last look."""
        return self._wrong_since is not None

    @property
    def keeps_differing(self) -> bool:
        """Whether it has been for some seconds."""
        return self._wrong_since is not None and self._steady() - self._wrong_since >= SURE

    def in_words(self) -> str:
        """By how much the machine's clock differs."""
        seconds = round(self.skew.total_seconds())
        return f"this machine's clock is {abs(seconds)} s {'ahead of' if seconds >= 0 else 'behind'} the database's"
