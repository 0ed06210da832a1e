"""The log of callbacks: which there were, what each said, and what came of each try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import callback_log, models, work
from webapp.domain.retention import Kept
from webapp.services.runtime import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.runtime.context import ServiceContext

Search = callback_log.Search
EVERY = timedelta(days=1)
STEP = 500  # callbacks that are looked at in one transaction of the sweep


@dataclass(frozen=True)
class LoggedCallback:
    """A callback with its tries, oldest first, and the endpoint that is told."""

    callback: models.Callback
    endpoint: models.Endpoint
    deliveries: Sequence[models.Delivery]


def listed(context: ServiceContext, merchant_id: str, search: Search, limit: int) -> Sequence[models.Callback]:
    """The merchant's newest callbacks that match, without their bodies."""
    with context.database.read() as session:
        return callback_log.page(session, merchant_id, search, limit=limit)


def one(context: ServiceContext, merchant_id: str, callback_id: str) -> LoggedCallback:
    """The merchant's callback. Raises `NotFound`, also for another merchant's and one that was kept for long enough."""
    with context.database.read() as session:
        callback = callback_log.of_merchant(session, merchant_id, callback_id)
        endpoint = session.get_one(models.Endpoint, callback.endpoint_id)
        return LoggedCallback(callback, endpoint, callback_log.deliveries(session, callback.id))


def sweep(context: ServiceContext, task: models.ScheduledTask, lease: work.Lease) -> None:
    """Forget the merchant's callbacks that were kept for long enough, with their tries; not what is still to be sent. In small steps: who
    writes meanwhile waits for one of them."""
    before, after = kept.since(context, task.merchant_id, Kept.CALLBACKS), None
    while True:
        with context.database.write() as session:
            after = callback_log.forget(session, task.merchant_id, before, after, limit=STEP)
        if after is None:
            break
    with context.database.write() as session:
        work.finish(session, models.ScheduledTask, task.id, lease, due_at=context.now() + EVERY)
