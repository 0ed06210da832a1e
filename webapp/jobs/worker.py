"""The worker: claims due rows of each queue and hands them to the services, until it is told to stop.

Each queue has a consumer of its own, so that a hanging receiver, gateway or WhatsApp takes no other queue's place. One thread, the
scheduler, learns for all of them whether there is anything to do (docs/adr/0017).
A row is held by a lease; a worker that is killed costs its rows one lease's length, one that is stopped gives them back.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
from typing import TYPE_CHECKING

from webapp.db import models
from webapp.domain.errors import Unavailable
from webapp.jobs.callback_consumer import CallbackConsumer
from webapp.jobs.consumer import QueueConsumer
from webapp.jobs.queues import QUEUES, JobQueue
from webapp.jobs.scheduler import Scheduler

if TYPE_CHECKING:
    from webapp.db.clock import DatabaseClock
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

PAUSE = 2.0  # seconds until a database is asked again that did not answer


def consumer_of(queue: JobQueue) -> type[QueueConsumer | CallbackConsumer]:
    """What works on the rows of a queue."""
    return CallbackConsumer if queue.model is models.Callback else QueueConsumer


class Worker:
    """Runs every queue until `stop`. Several workers, on one machine or many, share the rows of one database, whose own address, without a
    pooler, is `direct_url`, if it is PostgreSQL and there is one. `clock` is where the context's time comes from: work begins when the
    database has told it, and ends when the machine's own is too far away (`DatabaseClock.differs`)."""

    def __init__(
        self,
        context: ServiceContext,
        queues: tuple[JobQueue, ...] = QUEUES,
        *,
        direct_url: str | None = None,
        clock: DatabaseClock | None = None,
    ) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self.name = f"{platform.node()}:{os.getpid()}"[-100:]
        self._consumers = {
            queue.model: consumer_of(queue)(context, queue, self.name, self._stop, self._hint) for queue in queues
        }
        self._scheduler = Scheduler(
            context,
            {model: consumer.wake for model, consumer in self._consumers.items()},
            self._stop,
            direct_url,
            clock,
        )
        self._threads = [
            threading.Thread(target=self._scheduler.run, name="scheduler"),
            *(
                threading.Thread(target=consumer.run, name=str(model.__tablename__))
                for model, consumer in self._consumers.items()
            ),
        ]

    def run(self) -> None:
        """Work until `stop` is called; then finish what is in hand and give the rest back."""
        self._learn_the_time()
        if self._stop.is_set():
            return
        for thread in self._threads:
            thread.start()
        self._stop.wait()
        self._hint()
        for consumer in self._consumers.values():
            consumer.wake()
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stop.set()

    def _learn_the_time(self) -> None:
        """Before anything is taken that may not be due."""
        while self._clock is not None and not self._stop.is_set():
            try:
                self._clock.look()
            except Unavailable as error:
                log.warning("the database cannot be reached: %s", error)
                self._stop.wait(PAUSE)
            else:
                if self._clock.differs:
                    self._stop.set()
                return

    def _hint(self) -> None:
        self._scheduler.hint()
