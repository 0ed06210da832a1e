"""Orders as an order backend sees them, by the API: what it is told of them in callbacks, and what is only asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webapp.db import orders
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from webapp.db import models
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

Filter = orders.Filter


@dataclass(frozen=True)
class BackendView:
    """An order; `told` is what callbacks tell of it (`outbox.describe`), `link` its address, None of a charge without the buyer."""

    order: models.Order
    told: Mapping[str, object]
    link: str | None = field(repr=False)


def one(context: ServiceContext, merchant: str, order_id: str) -> BackendView:
    """The merchant's order. Raises `NotFound`, also for another merchant's."""
    with context.database.read() as session:
        return _seen(session, context, [orders.of_merchant(session, merchant, order_id)])[0]


def listed(context: ServiceContext, merchant: str, wanted: Filter, limit: int) -> Sequence[BackendView]:
    """The merchant's newest orders that are wanted."""
    with context.database.read() as session:
        return _seen(session, context, orders.filtered(session, merchant, wanted, limit=limit))


def events(
    context: ServiceContext, merchant: str, order_id: str, after: tuple[datetime, str] | None, limit: int
) -> Sequence[models.OrderEvent]:
    """The timeline of the merchant's order, oldest first; `after` is the last line of the page before. Raises `NotFound`."""
    with context.database.read() as session:
        order = orders.of_merchant(session, merchant, order_id)
        return orders.events(session, order.id, after, limit=limit)


def _seen(session: Session, context: ServiceContext, found: Sequence[models.Order]) -> list[BackendView]:
    return [
        BackendView(
            order,
            told,
            None if order.charges_alias_id is not None else context.links.url(order.id, order.link_version),
        )
        for order, told in zip(found, outbox.describe_all(session, found), strict=True)
    ]
