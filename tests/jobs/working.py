"""A worker on threads of its own, and stored events for it to carry out."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import models, work
from webapp.jobs.queues import JobQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop
    from webapp.jobs.worker import Worker
    from webapp.services.runtime.context import ServiceContext

LEASE = timedelta(seconds=60)


@contextlib.contextmanager
def at_work(*workers: Worker) -> Iterator[None]:
    """Each worker on a thread of its own; stopped, and seen to end, afterwards."""
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        for thread in threads:
            thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


def events(carry_out: Any, *, threads: int = 2) -> tuple[JobQueue]:
    """A worker's only kind of work: stored events."""
    return (JobQueue(models.InboxEvent, carry_out, threads=threads, lease=LEASE),)


def done(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
    with context.database.write() as session:
        work.finish(session, models.InboxEvent, event.id, lease)


def left(shop: Shop) -> int:
    return len(shop.all(models.InboxEvent, models.InboxEvent.due_at.is_not(None)))
