"""The worker: claims due rows of each kind and hands them to the services, until it is told to stop.

Each kind of row has a thread that claims and a pool that works, so that a hanging receiver, gateway or WhatsApp takes no other kind's place.
A row is held by a lease; a worker that is killed costs its rows one lease's length, one that is stopped gives them back.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import models, work
from webapp.domain.errors import OrdoError
from webapp.services import inbox, notify, outbox, reconcile, refunds

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.kit import Kit

log = logging.getLogger(__name__)

IDLE = 0.1  # seconds between looks at an empty queue
PAUSE = 2.0  # seconds after the database could not be reached
BEAT = timedelta(seconds=15)


@dataclass(frozen=True)
class Kind:
    """A kind of row that is work. `lease` must be longer than one piece of work can take; `threads` work at once, and no
    more than `share` of them on one endpoint."""

    model: Any
    carry_out: Callable[[Kit, Any, work.Lease], None]
    threads: int
    lease: timedelta
    share: int | None = None


def _attempt(kit: Kit, attempt: models.Attempt, lease: work.Lease) -> None:
    again = reconcile.attempt(kit, attempt)
    with kit.database.write() as session:
        work.finish(session, models.Attempt, attempt.id, lease, due_at=again)


def _order(kit: Kit, order: models.Order, lease: work.Lease) -> None:
    again = reconcile.order(kit, order.id)
    with kit.database.write() as session:
        work.finish(session, models.Order, order.id, lease, due_at=again)


KINDS = (
    Kind(models.InboxEvent, inbox.work_on, threads=4, lease=timedelta(seconds=60)),
    Kind(models.Message, notify.send, threads=4, lease=timedelta(seconds=60)),
    Kind(models.Attempt, _attempt, threads=4, lease=timedelta(seconds=120)),
    Kind(models.Callback, outbox.deliver, threads=8, lease=timedelta(seconds=60), share=3),
    Kind(models.Order, _order, threads=2, lease=timedelta(seconds=60)),
    Kind(models.Refund, refunds.carry_out, threads=2, lease=timedelta(seconds=60)),
)


class Worker:
    """Runs every kind until `stop`. Several workers, on one machine or many, share the rows of one database."""

    def __init__(self, kit: Kit, kinds: tuple[Kind, ...] = KINDS) -> None:
        self._kit = kit
        self._kinds = kinds
        self._stop = threading.Event()
        self.name = f"{platform.node()}:{os.getpid()}"

    def run(self) -> None:
        """Work until `stop` is called; then finish what is in hand."""
        threads = [
            threading.Thread(target=_Line(self._kit, kind, self._stop).run, name=kind.model.__tablename__)
            for kind in self._kinds
        ]
        for thread in threads:
            thread.start()
        while not self._stop.is_set():
            self._beat()
            self._stop.wait(BEAT.total_seconds())
        for thread in threads:
            thread.join()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stop.set()

    def _beat(self) -> None:
        try:
            with self._kit.database.write() as session:
                session.merge(models.Beat(worker=self.name, seen_at=self._kit.now()))
        except OrdoError as error:
            log.warning("the database cannot be reached: %s", error)


class _Line:
    """One kind of row: claims as many as there are free threads."""

    def __init__(self, kit: Kit, kind: Kind, stop: threading.Event) -> None:
        self._kit, self._kind, self._stop = kit, kind, stop
        self._free = threading.Semaphore(kind.threads)
        self._endpoints: Counter[str] = Counter()
        self._guard = threading.Lock()

    def run(self) -> None:
        with ThreadPoolExecutor(self._kind.threads, self._kind.model.__tablename__) as pool:
            while not self._stop.is_set():
                self._free.acquire()
                self._free.release()
                try:
                    found = self._take(pool)
                except OrdoError as error:
                    log.warning("the database cannot be reached: %s", error)
                    self._stop.wait(PAUSE)
                    continue
                if not found:
                    self._stop.wait(IDLE)

    def _take(self, pool: ThreadPoolExecutor) -> bool:
        """Claim what the free threads can take and hand it over. Whether there was anything."""
        kind, kit = self._kind, self._kit
        with kit.database.read() as session:
            if not work.is_due(session, kind.model, kit.now()):
                return False
        room = 0
        while self._free.acquire(blocking=False):
            room += 1
        if kind.share is not None:
            room, spare = min(room, kind.share), max(0, room - kind.share)
            for _ in range(spare):
                self._free.release()
        taken = 0
        try:
            with self._guard:
                busy = [name for name, count in self._endpoints.items() if kind.share and count >= kind.share]
            with kit.database.write() as session:
                lease, rows = work.claim(session, kind.model, now=kit.now(), lease=kind.lease, limit=room, busy=busy)
            for row in rows:
                taken += 1
                with self._guard:
                    self._endpoints[getattr(row, "endpoint_id", "")] += 1
                pool.submit(kind.carry_out, kit, row, lease).add_done_callback(self._done(row))
        finally:
            for _ in range(room - taken):
                self._free.release()
        return taken > 0

    def _done(self, row: Any) -> Callable[[Future[None]], None]:
        endpoint, name = getattr(row, "endpoint_id", ""), row.id

        def done(future: Future[None]) -> None:
            with self._guard:
                self._endpoints[endpoint] -= 1
            self._free.release()
            error = future.exception()
            if isinstance(error, OrdoError):
                log.warning("%s %s: %s", self._kind.model.__tablename__, name, error)
            elif error is not None:
                log.error(
                    "%s %s failed and is tried again when its lease ends",
                    self._kind.model.__tablename__,
                    name,
                    exc_info=error,
                )

        return done
