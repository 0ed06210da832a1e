"""The worker: claims due rows of each queue and hands them to the services, until it is told to stop.

Each queue has a consumer of its own, so that a hanging receiver, gateway or WhatsApp takes no other queue's place.
A row is held by a lease; a worker that is killed costs its rows one lease's length, one that is stopped gives them back.
"""

from __future__ import annotations

import os
import platform
import threading
from typing import TYPE_CHECKING

from webapp.jobs.consumer import QueueConsumer
from webapp.jobs.queues import QUEUES, JobQueue

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext


class Worker:
    """Runs every queue until `stop`. Several workers, on one machine or many, share the rows of one database."""

    def __init__(self, context: ServiceContext, queues: tuple[JobQueue, ...] = QUEUES) -> None:
        self._stop = threading.Event()
        self.name = f"{platform.node()}:{os.getpid()}"[-100:]
        self._threads = [
            threading.Thread(target=QueueConsumer(context, queue, self.name, self._stop).run, name=queue.name)
            for queue in queues
        ]

    def run(self) -> None:
        """Work until `stop` is called; then finish what is in hand and give the rest back."""
        for thread in self._threads:
            thread.start()
        self._stop.wait()
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stop.set()
