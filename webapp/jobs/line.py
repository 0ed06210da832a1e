"""A line of the worker: one thread that claims rows of one kind, and a pool of threads that work on them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import beats, work
from webapp.domain.errors import Unavailable
from webapp.jobs import kinds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.jobs.kinds import Kind
    from webapp.services.kit import Kit

log = logging.getLogger(__name__)

PAUSE = 2.0  # seconds after a look that failed
ALONE = 30.0  # seconds after which a line that nobody wakes looks for itself
BEAT = timedelta(seconds=15)


class Line:
    """Claims as many rows of its kind as there are free threads whenever it is woken, until `stop` is set; then finishes what is in hand.

    It beats after a look that went well, so that of a line that fails, hangs or has ended nobody hears; nor of one that nobody wakes, which
    looks for itself, but late. `finished` is called when a thread has finished a row: what it wrote, and what waited for it, may be due.
    """

    def __init__(self, kit: Kit, kind: Kind, worker: str, stop: threading.Event, finished: Callable[[], None]) -> None:
        self._kit, self._kind, self._worker, self._stop = kit, kind, worker, stop
        self._finished = finished
        self._woken = threading.Event()
        self._hand = Counter[str]()  # rows in hand, by endpoint
        self._freed = threading.Condition()
        self._beaten: datetime | None = None

    def wake(self) -> None:
        """Look: there is something to do, or the end has come. From any thread."""
        self._woken.set()

    def run(self) -> None:
        """Work. Whatever a look meets, the next one follows."""
        woken = True
        with ThreadPoolExecutor(self._kind.threads, self._kind.name) as pool:
            while not self._stop.is_set():
                try:
                    found = self._take(pool)
                    if woken:
                        self._beat()
                except Unavailable as error:
                    log.warning("%s: the database cannot be reached: %s", self._kind.name, error)
                    self._stop.wait(PAUSE)
                except Exception:
                    log.exception("%s: looking for work failed", self._kind.name)
                    self._stop.wait(PAUSE)
                else:
                    if not found:
                        woken = self._sleep()
                with self._freed:
                    self._freed.wait_for(lambda: self._hand.total() < self._kind.threads)

    def _sleep(self) -> bool:
        """Until it is woken. Whether it was, and not left alone."""
        woken = self._woken.wait(ALONE)
        self._woken.clear()
        if not woken:
            log.error("%s: nobody has said for %.0f s whether there is work", self._kind.name, ALONE)
        return woken

    def _take(self, pool: ThreadPoolExecutor) -> bool:
        """Claim what the free threads can take and hand it over. Whether there was anything.

        A claim may bring more of an endpoint than its share: that is given back, and so is all of it when the end has come.
        """
        kind, kit = self._kind, self._kit
        with self._freed:
            room = kind.threads - self._hand.total()
            busy = [name for name, count in self._hand.items() if kind.share and count >= kind.share]
        with kit.database.read() as session:
            if not work.is_due(session, kind.model, kit.now(), busy):
                return False
        limit = min(room, kind.share or room)
        with kit.database.write() as session:
            lease, rows = work.claim(session, kind.model, now=kit.now(), lease=kind.lease, limit=limit, busy=busy)
        back = [row.id for row in rows if not self._hand_over(pool, row, lease)]
        if back:
            with kit.database.write() as session:
                work.release(session, kind.model, back, lease)
        return len(rows) > len(back)

    def _hand_over(self, pool: ThreadPoolExecutor, row: Any, lease: work.Lease) -> bool:
        """Have a thread carry it out, unless its endpoint has its share or the end has come. Whether that was done."""
        endpoint = getattr(row, "endpoint_id", "")
        with self._freed:
            full = self._kind.share is not None and self._hand[endpoint] >= self._kind.share
        if full or self._stop.is_set():
            return False
        future = pool.submit(kinds.carry_out, self._kit, self._kind, row, lease)
        with self._freed:
            self._hand[endpoint] += 1
        future.add_done_callback(self._done(endpoint, row.id))
        return True

    def _done(self, endpoint: str, row: Any) -> Callable[[Future[None]], None]:
        def done(future: Future[None]) -> None:
            with self._freed:
                self._hand[endpoint] -= 1
                self._hand += Counter()  # forgets endpoints of which nothing is in hand
                self._freed.notify()
            self._finished()
            error = future.exception()
            if error is not None:
                log.error("%s %s comes again when its lease ends", self._kind.name, row, exc_info=error)

        return done

    def _beat(self) -> None:
        now = self._kit.now()
        if self._beaten is None or abs(now - self._beaten) >= BEAT:
            with self._kit.database.write() as session:
                beats.beat(session, self._worker, self._kind.name, now)
            self._beaten = now
