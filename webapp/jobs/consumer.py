"""A queue consumer: one thread that claims rows of one queue, and a pool of threads that work on them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import heartbeats, work
from webapp.domain.errors import Unavailable
from webapp.jobs import queues

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.jobs.queues import JobQueue
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

PAUSE = 2.0  # seconds after a look that failed
ALONE = 30.0  # seconds after which a queue that nobody wakes looks for itself
BEAT = timedelta(seconds=15)


class QueueConsumer:
    """Claims as many rows of its kind as there are free threads whenever it is woken, until `stop` is set; then finishes what is in hand.

    Its heartbeat follows a look for work that went well: a consumer that fails, hangs or has ended gives none; nor does one that nobody wakes,
    which looks for itself, but late. `finished` is called when a thread has finished a row: what it wrote, and what waited for it, may be due.
    """

    def __init__(
        self, context: ServiceContext, queue: JobQueue, worker: str, stop: threading.Event, finished: Callable[[], None]
    ) -> None:
        self._context, self._queue, self._worker, self._stop = context, queue, worker, stop
        self._finished = finished
        self._woken = threading.Event()
        self._hand = Counter[str]()  # rows in hand, by source
        self._hand_of = Counter[str]()  # and by merchant
        self._freed = threading.Condition()
        self._beaten: datetime | None = None

    def wake(self) -> None:
        """Look: there is something to do, or the end has come. From any thread."""
        self._woken.set()

    def run(self) -> None:
        """Work. Whatever a look meets, the next one follows."""
        woken = True
        with ThreadPoolExecutor(self._queue.threads, self._queue.name) as pool:
            while not self._stop.is_set():
                try:
                    found = self._take(pool)
                    if woken:
                        self._beat()
                except Unavailable as error:
                    log.warning("%s: the database cannot be reached: %s", self._queue.name, error)
                    self._stop.wait(PAUSE)
                except Exception:
                    log.exception("%s: looking for work failed", self._queue.name)
                    self._stop.wait(PAUSE)
                else:
                    if not found:
                        woken = self._sleep()
                with self._freed:
                    self._freed.wait_for(lambda: self._hand.total() < self._queue.threads)

    def _sleep(self) -> bool:
        """Until it is woken. Whether it was, and not left alone."""
        woken = self._woken.wait(ALONE)
        self._woken.clear()
        if not woken:
            log.error("%s: nobody has said for %.0f s whether there is work", self._queue.name, ALONE)
        return woken

    def _take(self, pool: ThreadPoolExecutor) -> bool:
        """Claim what the free threads can take and hand it over. Whether there was anything.

        A claim may bring more of a source or a merchant than its share: that is given back, and so is all of it when the end has come.
        """
        queue, context = self._queue, self._context
        with self._freed:
            room = queue.threads - self._hand.total()
            busy = [
                name
                for share, hand in self._shares()
                for name, count in hand.items()
                if share is not None and count >= share
            ]
        with context.database.read() as session:
            if not work.is_due(session, queue.model, context.now(), busy):
                return False
        limit = min(room, queue.share or room)
        with context.database.write() as session:
            lease, rows = work.claim(session, queue.model, now=context.now(), lease=queue.lease, limit=limit, busy=busy)
        back = [row.id for row in rows if not self._hand_over(pool, row, lease)]
        if back:
            with context.database.write() as session:
                work.release(session, queue.model, back, lease)
        return len(rows) > len(back)

    def _shares(self) -> tuple[tuple[int | None, Counter[str]], ...]:
        """How many rows may be in hand of one source, and of one merchant, and how many are."""
        return (self._queue.share, self._hand), (self._queue.merchant_share, self._hand_of)

    def _hand_over(self, pool: ThreadPoolExecutor, row: Any, lease: work.Lease) -> bool:
        """Have a thread carry it out, unless its source or merchant has its share or the end has come. Whether that was done."""
        whose = self._queue.shared(row), getattr(row, "merchant_id", "")
        with self._freed:
            full = any(
                share is not None and hand[name] >= share
                for (share, hand), name in zip(self._shares(), whose, strict=True)
            )
        if full or self._stop.is_set():
            return False
        future = pool.submit(queues.carry_out, self._context, self._queue, row, lease)
        with self._freed:
            self._hand[whose[0]] += 1
            self._hand_of[whose[1]] += 1
        future.add_done_callback(self._done(whose, row.id))
        return True

    def _done(self, whose: tuple[str, str], row: Any) -> Callable[[Future[None]], None]:
        def done(future: Future[None]) -> None:
            with self._freed:
                for (_, hand), name in zip(self._shares(), whose, strict=True):
                    hand[name] -= 1
                    if not hand[name]:
                        del hand[name]
                self._freed.notify()
            self._finished()
            error = future.exception()
            if error is not None:
                log.error("%s %s comes again when its lease ends", self._queue.name, row, exc_info=error)

        return done

    def _beat(self) -> None:
        now = self._context.now()
        if self._beaten is None or abs(now - self._beaten) >= BEAT:
            with self._context.database.write() as session:
                heartbeats.beat(session, self._worker, self._queue.name, now)
            self._beaten = now
