"""How an order stands, without anything of its buyer: for those who hold its status link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import merchants, orders
from webapp.domain.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.services.runtime.context import ServiceContext


@dataclass(frozen=True)
class PublicOrder:
    """`amount` is what is asked or was paid, None of a registration; `refunded` what went back of it, None for nothing. `merchant` is the shop's
    name, and the rest of the shop is for words and times."""

    merchant: str
    language: str
    country: str
    time_zone: str
    reference: str
    amount: Money | None
    refunded: Money | None
    state: str
    state_at: datetime
    revision: int


def one(context: ServiceContext, token: str) -> PublicOrder:
    """What the holder of a status link sees. Raises `NotFound`."""
    order_id = context.links.read_status(token)
    with context.database.read() as session:
        order = orders.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
        return PublicOrder(
            merchant=merchant.name,
            language=merchant.language,
            country=merchant.country,
            time_zone=merchant.time_zone,
            reference=order.reference,
            amount=Money(order.paid, order.currency) if order.amount is not None else None,
            refunded=Money(order.refunded, order.currency) if order.refunded else None,
            state=order.state,
            state_at=order.state_at,
            revision=order.revision,
        )
