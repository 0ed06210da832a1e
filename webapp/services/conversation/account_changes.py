"""Phones that have another WhatsApp account than they had. Numbers are given to other people, so whoever has one now must neither order as the
operator nor pay with the card of whom it belonged to: an operator needs a new invitation, a buyer has to prove the phone anew, by a new order.

Known by WhatsApp's own word (`system` messages), and by the business-scoped user id, which changes with the number: a phone that is known
writes, or takes a message of ours, under another id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, messages, models
from webapp.domain import phone as phones
from webapp.services.accounts import operators
from webapp.services.notifications import notify

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext
    from webapp.whatsapp import inbound


def hear(session: Session, context: ServiceContext, merchant: models.Merchant, changed: inbound.AccountChanged) -> None:
    """WhatsApp says that somebody has another number or another id. The operator is told at the new one, the shop in any case."""
    former, former_id = changed.phone if changed.sender else None, changed.former_user_id
    if former is not None and phones.same(former, changed.new_phone):
        former = None  # the same phone under its other form; the id may be new all the same
    for operator in merchants.operators_of_account(session, merchant.id, former, former_id):
        if _is_of(operator.user_id, former_id):
            _suspend(session, context, merchant, operator, changed.new_phone or changed.new_user_id)
    for buyer in buyers.of_account(session, merchant.id, former, former_id):
        if _is_of(buyer.user_id, former_id):
            notify.part(session, context, merchant, buyer)


def written(session: Session, context: ServiceContext, merchant: models.Merchant, heard: inbound.Heard) -> None:
    """Somebody has written: from a known phone, under another id than before?"""
    if heard.sender is not None:
        _compare(session, context, merchant, heard.phone, heard.user_id)


def reported(
    session: Session, context: ServiceContext, merchant: models.Merchant, change: inbound.StatusChange
) -> None:
    """WhatsApp tells what became of a message of ours: has another account than before got it?"""
    message = messages.get(session, change.opaque) if change.opaque else None
    if message is not None and message.merchant_id == merchant.id and message.direction == "out":
        _compare(session, context, merchant, message.phone, change.user_id, message)


def _compare(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    phone: str,
    user_id: str | None,
    message: models.Message | None = None,
) -> None:
    """A `message` from before somebody was known by that phone says nothing of them."""
    if user_id is None:
        return
    for operator in merchants.operators_of_account(session, merchant.id, phone, None):
        since = operator.seen_at
        stale = message is not None and since is not None and message.created_at < since
        if operator.user_id not in {None, user_id} and not stale:
            _suspend(session, context, merchant, operator, None)
    for buyer in buyers.of_account(session, merchant.id, phone, None):
        stale = message is not None and message.created_at < buyer.created_at
        if buyer.user_id not in {None, user_id} and not stale:
            notify.part(session, context, merchant, buyer)


def _suspend(
    session: Session, context: ServiceContext, merchant: models.Merchant, operator: models.Operator, to: str | None
) -> None:
    operators.suspend(context, operator)
    session.flush()
    notify.suspended(session, context, merchant, operator, to)


def _is_of(known: str | None, former: str | None) -> bool:
    """Whether a change of that former id is about somebody known by this id: an older change may be told late."""
    return known is None or former is None or known == former
