"""What is read of a buyer's orders to tell the person all that is known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webapp.db import buyer_lists, models
from webapp.domain.timeline import EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.domain.pages import Page, Place


@dataclass(frozen=True)
class KnownOrder:
    """An order with its tries, the refunds, and the shop's notes."""

    order: models.Order
    attempts: Sequence[models.Attempt]
    refunds: Sequence[models.Refund]
    notes: Sequence[models.OrderEvent]


def page(session: Session, buyer: str, place: Place, *, limit: int) -> tuple[Page[models.Order], Sequence[KnownOrder]]:
    """The buyer's orders, the newest first, and what belongs to each."""
    found = buyer_lists.orders(session, buyer, place, limit=limit)
    ids = [each.id for each in found.rows]
    attempts = _by_order(session, select(models.Attempt).where(models.Attempt.order_id.in_(ids)))
    refunds = _by_order(session, select(models.Refund).where(models.Refund.order_id.in_(ids)))
    event = models.OrderEvent
    notes = _by_order(session, select(event).where(event.order_id.in_(ids), event.kind == EventKind.NOTED), by="at")
    return found, [KnownOrder(each, attempts[each.id], refunds[each.id], notes[each.id]) for each in found.rows]


def _by_order(session: Session, query: Any, by: str = "created_at") -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in sorted(session.scalars(query), key=lambda each: (getattr(each, by), each.id)):
        found[row.order_id].append(row)
    return found
