"""The log of callbacks: which there were, what each said, and what came of each try."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import callback_log, merchants, models, orders, work
from webapp.domain import references
from webapp.domain.errors import Invalid
from webapp.domain.retention import Kept
from webapp.services.runtime import kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.db.session import Session
    from webapp.domain.pages import Page, Place
    from webapp.services.runtime.context import ServiceContext

Search = callback_log.Search
EVERY = timedelta(days=1)
LOOKED_AT = 100
STEP = 500  # callbacks that are looked at in one transaction of the sweep


@dataclass(frozen=True)
class LoggedCallback:
    """A callback with its tries, oldest first, the endpoint that is told, and the order's reference, which a test has not."""

    callback: models.Callback
    endpoint: models.Endpoint
    deliveries: Sequence[models.Delivery]
    reference: str | None


@dataclass(frozen=True)
class LogPage:
    """A page of the log, without the bodies; the merchant's endpoints, those that were removed too, and the references of the orders that
    the page tells of, both by their ids."""

    page: Page[models.Callback]
    endpoints: Mapping[str, models.Endpoint]
    references: Mapping[str, str]


def listed(context: ServiceContext, merchant_id: str, search: Search, limit: int) -> Sequence[models.Callback]:
    """The merchant's newest callbacks that match, without their bodies."""
    with context.database.read() as session:
        return callback_log.page(session, merchant_id, search, limit=limit)


def turned(context: ServiceContext, merchant_id: str, search: Search, about: str, place: Place, limit: int) -> LogPage:
    """The same, both ways from a place; `about`, if it is not empty, is an order's reference or a callback's id."""
    with context.database.read() as session:
        search = _about(session, merchant_id, search, about)
        page = callback_log.turned(session, merchant_id, search, place, limit=limit)
        named = {row.order_id for row in page.rows if row.order_id is not None}
        told = {row.id: row for row in merchants.every_endpoint(session, merchant_id)}
        return LogPage(page, told, orders.references_of(session, merchant_id, named))


def _about(session: Session, merchant_id: str, search: Search, about: str) -> Search:
    if not about:
        return search
    if about.startswith("msg_"):
        return replace(search, ids=(about,))
    try:
        order = orders.by_reference(session, merchant_id, references.tidy(about))
    except Invalid:
        order = None
    return replace(search, order=order.id) if order is not None else replace(search, ids=())


def last_failures(context: ServiceContext, merchant_id: str) -> Mapping[str, models.Delivery]:
    """The last try that failed of each of the merchant's endpoints, by their ids: among the `LOOKED_AT` newest callbacks of each."""
    with context.database.read() as session:
        told = merchants.endpoints(session, merchant_id)
        found = {row.id: callback_log.last_failure(session, row.id, most=LOOKED_AT) for row in told}
        return {endpoint: failure for endpoint, failure in found.items() if failure is not None}


def one(context: ServiceContext, merchant_id: str, callback_id: str) -> LoggedCallback:
    """The merchant's callback. Raises `NotFound`, also for another merchant's and one that was kept for long enough."""
    with context.database.read() as session:
        callback = callback_log.of_merchant(session, merchant_id, callback_id)
        endpoint = session.get_one(models.Endpoint, callback.endpoint_id)
        named = {callback.order_id} if callback.order_id is not None else set()
        reference = orders.references_of(session, merchant_id, named).get(callback.order_id or "")
        return LoggedCallback(callback, endpoint, callback_log.deliveries(session, callback.id), reference)


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
