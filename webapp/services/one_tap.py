"""One-tap repeat pay: who writes from the order's own phone is offered to pay with a card saved before, and agrees by a button
in the chat (docs/adr/0009). The link alone shows nobody a saved card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict
from webapp.domain.states import State
from webapp.gateways.base import Capability
from webapp.services import details, orders

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.kit import Kit


def card(session: Session, order: models.Order, now: datetime) -> models.Alias | None:
    """The saved card that its buyer may be offered for an order: the one saved last among those that were not tried for it and
    have not expired. None also for an order that cannot be paid now, that is to save a card, or that asks
    for a name and an address first."""
    if order.action != Action.PAYMENT or order.state != State.OPEN or order.closing or order.expires_at <= now:
        return None
    if details.lacking(order):
        return None
    customer = buyers.get(session, order.buyer_id).customer
    tried = {attempt.means for attempt in attempts.of_order(session, order.id)}
    return next(
        (
            alias
            for alias in buyers.aliases(session, order.buyer_id)
            if alias.customer == customer
            and alias.means not in tried
            and (alias.exp_year, alias.exp_month) >= (now.year, now.month)
        ),
        None,
    )


def offered(session: Session, kit: Kit, order: models.Order) -> models.Alias | None:
    """`card`, of a merchant whose gateway lets a buyer pay with one from the chat."""
    provider = kit.provider(merchants.get(session, order.merchant_id))
    return card(session, order, kit.now()) if Capability.CUSTOMER_INITIATED in provider.capabilities else None


def pay(session: Session, kit: Kit, order: models.Order, alias_id: str) -> None:
    """The buyer has said yes: write the try, in the caller's transaction on a locked order; the worker carries it out. Raises
    `Conflict` (wrong_state) when that card cannot be charged for this order any more."""
    found = offered(session, kit, order)
    alias = buyers.lock_alias(session, order.merchant_id, alias_id)
    if found is None or alias.status != "active" or alias.id != found.id:
        raise Conflict("wrong_state", state=order.state)
    attempt = orders.admit(session, kit, order, due=kit.now())
    attempt.customer, attempt.means, attempt.mark = alias.customer, alias.means, alias.means
    attempt.tapped = True
    rows.note(session, order, "tapped", kit.now(), attempt=attempt.number, alias=alias.id)
