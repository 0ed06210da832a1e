"""Reminders: when a link was sent and nothing came of it, by what really happened to it. At most three for an order, none at night,
and none once there is nothing to remind of."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, messages, models, orders, reminders, work
from webapp.domain import phone, quiet
from webapp.domain.states import State
from webapp.domain.statuses import MessageState
from webapp.domain.timeline import EventKind
from webapp.services.notifications import notify
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

LOOK_AGAIN = timedelta(minutes=30)  # while the buyer is paying


class Standing(StrEnum):
    """How far the link came."""

    UNDELIVERED = "undelivered"
    UNREAD = "unread"
    UNOPENED = "unopened"
    UNPAID = "unpaid"


def restart(session: Session, context: ServiceContext, order: models.Order) -> None:
    """The link was sent, sent again, or is valid for longer: the next reminder counts from now. In the caller's transaction, on an
    order that it has locked. Those that went out already count on."""
    merchant, buyer = merchants.get(session, order.merchant_id), buyers.get(session, order.buyer_id)
    reminders.set_due(session, order.id, _next(context, merchant, buyer, order, reminders.sent(session, order.id)))


def extended(session: Session, context: ServiceContext, order: models.Order) -> None:
    """The link is valid for longer: reminders that the end of the link cut short have time again. None for a link that was not sent."""
    if how_far(order, messages.of_order(session, order.id)) is not None:
        restart(session, context, order)


def stop(session: Session, order: models.Order) -> None:
    """No more reminders: they cannot reach the buyer."""
    reminders.set_due(session, order.id, None)


def carry_out(context: ServiceContext, reminder: models.Reminder, lease: work.Lease) -> None:
    """A reminder is due: remind the buyer, or tell the shop that nothing arrives there. It is written in the transaction that ends the
    lease, so of any number of workers one reminds, once."""
    with context.database.write() as session:
        order = orders.lock(session, reminder.id)
        merchant, buyer = merchants.get(session, order.merchant_id), buyers.get(session, order.buyer_id)
        standing = how_far(order, messages.of_order(session, order.id))
        if order.state == State.PROCESSING:
            work.finish(session, models.Reminder, reminder.id, lease, due_at=context.now() + LOOK_AGAIN)
            return
        if standing is None or not wanted(order, buyer):
            work.finish(session, models.Reminder, reminder.id, lease)
            return
        wakes = _waking(merchant, buyer, context.now())
        if wakes > context.now():
            work.finish(session, models.Reminder, reminder.id, lease, due_at=wakes)
            return
        number = reminders.sent(session, order.id) + 1
        due = _next(context, merchant, buyer, order, number)
        if work.finish(session, models.Reminder, reminder.id, lease, due_at=due, sent=number, tries=0):
            timeline.note(session, context, order, EventKind.REMINDED, number=number, standing=standing)
            _remind(session, context, merchant, order, buyer, standing)


def wanted(order: models.Order, buyer: models.Buyer) -> bool:
    """Whether there is anything to remind of, and anybody who lets us."""
    reached = buyer.phone is not None and buyer.stopped_at is None
    return order.state == State.OPEN and order.pending_transition is None and reached


def how_far(order: models.Order, sent: Sequence[models.Message]) -> Standing | None:
    """How far the order's link has come by any of its messages, oldest first; None where none was sent, or the last one failed."""
    states = [each.state for each in sent if each.purpose in {"request", "reminder"}]
    if not states or states[-1] in {MessageState.FAILED, MessageState.DROPPED}:
        return None
    if order.opened_at is not None:
        return Standing.UNPAID
    if MessageState.READ in states:
        return Standing.UNOPENED
    return Standing.UNREAD if MessageState.DELIVERED in states else Standing.UNDELIVERED


def _remind(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    buyer: models.Buyer,
    standing: Standing,
) -> None:
    """Two messages on a phone that is off would both arrive when it is on again: then it is the shop that can do something."""
    if standing is Standing.UNDELIVERED:
        notify.waits(session, context, merchant, order, buyer.phone or "")
    else:
        notify.remind(session, context, merchant, order)


def _next(
    context: ServiceContext, merchant: models.Merchant, buyer: models.Buyer, order: models.Order, sent: int
) -> datetime | None:
    """When the next one is due after that many: the merchant's hours, counted from now. None when that was all, or the link is not
    valid until then."""
    hours = merchant.reminders
    if sent >= len(hours) or not wanted(order, buyer):
        return None
    pause = timedelta(hours=hours[sent] - (hours[sent - 1] if sent else 0))
    due = _waking(merchant, buyer, context.now() + pause)
    return due if due < order.expires_at else None


def _waking(merchant: models.Merchant, buyer: models.Buyer, at: datetime) -> datetime:
    return quiet.waking(at, _zone(merchant, buyer), merchant.quiet_from, merchant.quiet_until)


def _zone(merchant: models.Merchant, buyer: models.Buyer) -> str:
    return (phone.zone_of(buyer.phone) if buyer.phone else None) or merchant.time_zone
