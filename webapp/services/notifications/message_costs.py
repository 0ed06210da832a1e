"""What WhatsApp's messages cost: of an order, of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from webapp.db import messages
from webapp.domain import message_rates, phone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.domain.message_rates import Cost
    from webapp.services.runtime.context import ServiceContext


@dataclass(frozen=True)
class OrderCost:
    """What the messages of one order cost; `reference` is None for those of none."""

    reference: str | None
    cost: Cost


def of_order(session: Session, context: ServiceContext, order_id: str) -> Cost:
    """What the order's messages cost, those to the shop too."""
    return _cost(context, messages.priced(session, order=order_id))


def of_month(context: ServiceContext, merchant_id: str, year: int, month: int) -> tuple[Cost, Sequence[OrderCost]]:
    """What a merchant's messages cost that were written in that month (UTC, as Meta's bill), in all and by order."""
    begins = datetime(year, month, 1, tzinfo=UTC)
    ends = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    with context.database.read() as session:
        found = messages.priced(session, merchant=merchant_id, since=begins, until=ends)
    by_order: dict[str | None, list[messages.Priced]] = {}
    for each in found:
        by_order.setdefault(each.reference, []).append(each)
    return _cost(context, found), [OrderCost(reference, _cost(context, rows)) for reference, rows in by_order.items()]


def _cost(context: ServiceContext, rows: Sequence[messages.Priced]) -> Cost:
    return message_rates.cost([(_country(row.phone), row.pricing) for row in rows], context.rates)


def _country(number: str) -> str | None:
    return phone.region_of(number) if number.startswith("+") else None
