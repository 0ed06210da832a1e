"""One-tap repeat pay: who writes from the order's own phone is offered to pay with a card saved before, and agrees by a button
in the chat (docs/adr/0009). The link alone shows nobody a saved card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict
from webapp.domain.states import State
from webapp.domain.statuses import AliasStatus
from webapp.domain.timeline import EventKind
from webapp.gateways.base import Capability
from webapp.services.orders import buyer_details, lifecycle
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


def card(session: Session, order: models.Order, now: datetime) -> models.Alias | None:
    """The saved card that its buyer may be offered for an order: the one saved last among those that were not tried for it and
    have not expired. None also for an order that cannot be paid now, that is to save a card, or that asks
    for a name and an address first."""
    if (
        order.action != Action.PAYMENT
        or order.state != State.OPEN
        or order.pending_transition
        or order.expires_at <= now
    ):
        return None
    if buyer_details.lacking(order):
        return None
    customer = buyers.get(session, order.buyer_id).customer
    tried = {attempt.payment_method_id for attempt in attempts.of_order(session, order.id)}
    return next(
        (
            alias
            for alias in buyers.aliases(session, order.buyer_id)
            if alias.customer == customer
            and alias.payment_method_id not in tried
            and (alias.exp_year, alias.exp_month) >= (now.year, now.month)
        ),
        None,
    )


def offered(session: Session, context: ServiceContext, order: models.Order) -> models.Alias | None:
    """`card`, of a merchant whose gateway lets a buyer pay with one from the chat."""
    provider = context.provider(merchants.get(session, order.merchant_id))
    return card(session, order, context.now()) if Capability.CUSTOMER_INITIATED in provider.capabilities else None


def pay(session: Session, context: ServiceContext, order: models.Order, alias_id: str) -> None:
    """The buyer has said yes: write the try, in the caller's transaction on a locked order; the worker carries it out. Raises
    `Conflict` (wrong_state) when that card cannot be charged for this order any more."""
    found = offered(session, context, order)
    alias = buyers.lock_alias(session, order.merchant_id, alias_id)
    if found is None or alias.status != AliasStatus.ACTIVE or alias.id != found.id:
        raise Conflict("wrong_state", state=order.state)
    attempt = lifecycle.admit(session, context, order, due=context.now())
    attempt.customer, attempt.payment_method_id, attempt.gateway_attempt_ref = (
        alias.customer,
        alias.payment_method_id,
        alias.payment_method_id,
    )
    attempt.customer_initiated = True
    timeline.note(session, context, order, EventKind.SAVED_CARD_AGREED, attempt=attempt.number, alias=alias.id)
