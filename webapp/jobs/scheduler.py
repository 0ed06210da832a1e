"""The one thread of a worker that finds out which queues have rows that are due, and wakes them."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from webapp.db import work
from webapp.domain.errors import Unavailable
from webapp.jobs.consumer import BEAT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from webapp.db.clock import DatabaseClock
    from webapp.db.wakeups import Hints
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

# Seconds.
EVERY = 1.0  # between looks at the tables, whatever was heard: a hint may be lost, and the end of a lease gives none
ROUND = (
    BEAT.total_seconds() + 1
)  # between wakings of every queue, whatever was found: it looks for itself, and writes its heartbeat
GAP = 0.01  # between looks, however much is heard
PAUSE = 2.0  # after a look that failed


class Scheduler:
    """Looks at all queues in one statement: when a hint says that something was written, when the next row is due by the clock, and every
    second. It claims nothing: a queue that was woken looks for itself.
    """

    def __init__(
        self,
        context: ServiceContext,
        queues: Mapping[Any, Callable[[], None]],
        stop: threading.Event,
        direct_url: str | None,
        clock: DatabaseClock | None = None,
    ) -> None:
        """`queues` are the tables and how each is woken; `clock` is asked along with them, and ends it all when the machine's is wrong."""
        self._clock = clock
        self._context, self._queues, self._stop, self._direct_url = context, queues, stop, direct_url
        self._heard = threading.Event()
        self._round_ends = 0.0

    def hint(self) -> None:
        """There may be work. From any thread, and at the end."""
        self._heard.set()

    def run(self) -> None:
        """Look and wake until `stop`. Whatever a look meets, the next one follows."""
        with self._context.database.hints(self._direct_url, self.hint) as hints:
            while not self._stop.is_set():
                try:
                    self._wait(hints, self._look())
                except Unavailable as error:
                    log.warning("the database cannot be reached: %s", error)
                    self._stop.wait(PAUSE)
                except Exception:
                    log.exception("looking for what is due failed")
                    self._stop.wait(PAUSE)

    def _look(self) -> datetime | None:
        """Wake the queues that have something to do. When the next row of the others is due."""
        self._heard.clear()
        if self._clock is not None:
            self._clock.look()
            if self._clock.keeps_differing:
                self._stop.set()
        everybody = time.monotonic() >= self._round_ends
        if everybody:
            self._round_ends = time.monotonic() + ROUND
        now = self._context.now()
        due = work.next_due(self._context.database, now)
        for model, wake in self._queues.items():
            at = due[model]
            if everybody or (at is not None and at <= now):
                wake()
        self._stop.wait(GAP)
        return min((at for at in due.values() if at is not None and at > now), default=None)

    def _wait(self, hints: Hints, due: datetime | None) -> None:
        """Until there may be something to do."""
        latest = time.monotonic() + EVERY
        while not self._stop.is_set():
            left = (due - self._context.now()).total_seconds() if due is not None else EVERY
            if left <= 0 or time.monotonic() >= latest:
                return
            if self._heard.wait(min(hints.interval, left)) or hints.changed():
                return
