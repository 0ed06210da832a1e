"""Looking at orders: what the merchant's pages show, read in one go and without a write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, callbacks, models, refunds, revisions
from webapp.db import orders as rows
from webapp.db import reminders as reminder_rows
from webapp.domain.money import Money
from webapp.services import reminders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.kit import Kit


@dataclass(frozen=True)
class Watched:
    """One order with all that belongs to it. `revision` is not newer than the rest; `rest` is what can still be refunded, `reminder` is
    when the next is due."""

    revision: revisions.Revision
    order: models.Order
    buyer: models.Buyer
    link: str
    timeline: Sequence[models.OrderEvent]
    attempts: Sequence[models.Attempt]
    callbacks: Sequence[models.Callback]
    deliveries: Sequence[models.Delivery]
    alias: models.Alias | None
    consent: models.Consent | None
    followers: Sequence[models.Order]
    origin: models.Order | None
    reminder: datetime | None
    rest: Money


def revision(kit: Kit, merchant: str, order_id: str) -> revisions.Revision:
    """How the merchant's order stands: what its page asks again and again. Raises `NotFound`, also for another merchant's."""
    return revisions.of_order(kit.database, merchant, order_id)


def one(kit: Kit, merchant: str, order_id: str) -> Watched:
    """The merchant's order. Raises `NotFound`, also for another merchant's."""
    current = revision(kit, merchant, order_id)  # first: what changes from here on is shown by the next poll
    with kit.database.read() as session:
        order = rows.of_merchant(session, merchant, order_id)
        buyer = buyers.get(session, order.buyer_id)
        told = callbacks.of_order(session, order.id)
        rest = (order.amount or 0) - refunds.spoken_for(session, order.id)
        alias_id = order.alias_id or order.charges_alias_id
        return Watched(
            revision=current,
            order=order,
            buyer=buyer,
            link=kit.links.url(order.id, order.link_version),
            timeline=rows.timeline(session, order.id),
            attempts=attempts.of_order(session, order.id),
            callbacks=told,
            deliveries=callbacks.deliveries(session, [callback.id for callback in told]),
            alias=buyers.alias(session, merchant, alias_id) if alias_id else None,
            reminder=_next_reminder(session, order, buyer),
            consent=buyers.consent(session, order.id),
            followers=rows.followers(session, order),
            origin=rows.origin(session, order.charges_alias_id) if order.charges_alias_id else None,
            rest=Money(max(0, rest), order.currency),
        )


def _next_reminder(session: Session, order: models.Order, buyer: models.Buyer) -> datetime | None:
    row = reminder_rows.get(session, order.id) if reminders.wanted(order, buyer) else None
    return row.due_at if row is not None else None


def listed(kit: Kit, merchant: str, search: rows.Search, limit: int) -> Sequence[rows.Line]:
    """The merchant's newest orders that match."""
    with kit.database.read() as session:
        return rows.page(session, merchant, search, limit=limit)
