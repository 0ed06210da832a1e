"""Reminders: when a link was sent and nothing came of it, by what really happened to it. At most three for an order, none at night,
and none once there is nothing to remind of."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, messages, models, orders, reminders, work
from webapp.domain import phone, quiet
from webapp.domain.channels import ChannelName, OrderChannel
from webapp.domain.states import State
from webapp.domain.statuses import MailState, MessageState
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
    MAILED = "mailed"
    UNPAID = "unpaid"


def restart(session: Session, context: ServiceContext, order: models.Order) -> None:
    """The link was sent, sent again, or is valid for longer: the next reminder counts from now. In the caller's transaction, on an
    order that it has locked. Those that went out already count on."""
    merchant, buyer = merchants.get(session, order.merchant_id), buyers.get(session, order.buyer_id)
    reminders.set_due(session, order.id, lambda sent: _next(context, merchant, buyer, order, sent))


def extended(session: Session, context: ServiceContext, order: models.Order) -> None:
    """The link is valid for longer: reminders that the end of the link cut short have time again. None for a link that was not sent."""
    if how_far(order, messages.links(session, order.id)) is not None:
        restart(session, context, order)


def stop(session: Session, order: models.Order) -> None:
    """No more reminders: they cannot reach the buyer."""
    reminders.set_due(session, order.id, lambda _sent: None)


def carry_out(context: ServiceContext, reminder: models.Reminder, lease: work.Lease) -> None:
    """A reminder is due: remind the buyer, or tell the shop that nothing arrives there. It is written in the transaction that ends the
    lease, so of any number of workers one reminds, once."""
    with context.database.write() as session:
        order = orders.lock(session, reminder.id)
        merchant, buyer = merchants.get(session, order.merchant_id), buyers.get(session, order.buyer_id)
        sent = messages.links(session, order.id)
        standing = how_far(order, sent)
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
            arrived = standing is not Standing.UNDELIVERED
            _remind(session, context, merchant, order, buyer, sent[-1], arrived=arrived)


def wanted(order: models.Order, buyer: models.Buyer) -> bool:
    """Whether there is anything to remind of, and anybody who lets us."""
    reached = (buyer.phone is not None or order.channel is OrderChannel.EMAIL) and buyer.stopped_at is None
    return order.state == State.OPEN and order.pending_transition is None and reached


def how_far(order: models.Order, sent: Sequence[messages.SentLink]) -> Standing | None:
    """How far the order's link has come by all that brought it, oldest first; None where none was sent, the last one did not arrive, or
    it is a letter that was not handed over yet."""
    if not sent or not sent[-1].is_alive:
        return None
    by_mail = sent[-1].way is ChannelName.EMAIL
    if by_mail and sent[-1].state == MailState.QUEUED:
        return None
    if order.opened_at is not None:
        return Standing.UNPAID
    if by_mail:
        return Standing.MAILED
    states = [each.state for each in sent if each.way is ChannelName.WHATSAPP]
    if MessageState.READ in states:
        return Standing.UNOPENED
    return Standing.UNREAD if MessageState.DELIVERED in states else Standing.UNDELIVERED


def _remind(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    buyer: models.Buyer,
    sent: messages.SentLink,
    *,
    arrived: bool,
) -> None:
    """Two messages on a phone that is off, or that has blocked the shop, would both arrive when it is on again, or never: the link goes
    another way, or else it is the shop that can do something."""
    if arrived:
        notify.remind(session, context, merchant, order, sent.way)
    elif not notify.another_way(session, context, merchant, order, sent.way, since=sent.at, why="waits"):
        notify.waits(session, context, merchant, order, buyer.phone or "")


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
