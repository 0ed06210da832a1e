"""Sending the messages that are rows, and following what becomes of them: again when it may go better, and told when it may not."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp import i18n
from webapp.db import buyers, merchants, messages, models, orders, send_quotas, work
from webapp.domain.states import State
from webapp.domain.statuses import MessageState
from webapp.domain.timeline import EventKind
from webapp.services.notifications import notify, reminders
from webapp.services.runtime import timeline
from webapp.whatsapp import client, pictures, templates
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext
    from webapp.whatsapp.inbound import StatusChange

log = logging.getLogger(__name__)

BACK_OFF = (2, 5, 15, 60, 300, 900, 1800, 3600)
MAX_TRIES = 30
ASK_AGAIN = timedelta(hours=1)  # for the daily limit; then Meta is asked whether it was raised
DAY_FULL = "the day's people are used up"
STEPS = {MessageState.QUEUED: 0, MessageState.SENT: 1, MessageState.DELIVERED: 2, MessageState.READ: 3}
AWAITED = {
    MessageState.QUEUED,
    MessageState.SENT,
}  # what has arrived does not fail, and what has failed does not fail again
NOTED = {
    "request": {
        MessageState.SENT: EventKind.SENT,
        MessageState.DELIVERED: EventKind.DELIVERED,
        MessageState.READ: EventKind.READ,
        MessageState.FAILED: EventKind.FAILED,
        MessageState.DROPPED: EventKind.DROPPED,
    },
    "receipt": {
        MessageState.SENT: EventKind.RECEIPT_SENT,
        MessageState.DELIVERED: EventKind.RECEIPT_DELIVERED,
        MessageState.READ: EventKind.RECEIPT_READ,
        MessageState.FAILED: EventKind.RECEIPT_FAILED,
        MessageState.DROPPED: EventKind.RECEIPT_DROPPED,
    },
    "consent": {
        MessageState.SENT: EventKind.CONSENT_SENT,
        MessageState.DELIVERED: EventKind.CONSENT_DELIVERED,
        MessageState.READ: EventKind.CONSENT_READ,
        MessageState.FAILED: EventKind.CONSENT_FAILED,
        MessageState.DROPPED: EventKind.CONSENT_DROPPED,
    },
    "reminder": {
        MessageState.SENT: EventKind.REMINDER_SENT,
        MessageState.DELIVERED: EventKind.REMINDER_DELIVERED,
        MessageState.READ: EventKind.REMINDER_READ,
        MessageState.FAILED: EventKind.REMINDER_FAILED,
        MessageState.DROPPED: EventKind.REMINDER_DROPPED,
    },
}
"""What a message's way is called on the order's timeline, by purpose and state; of other purposes it says nothing."""

PASSES = {client.Kind.TRANSIENT, client.Kind.UNKNOWN, client.Kind.NOT_SENT}


def send(context: ServiceContext, message: models.Message, lease: work.Lease) -> None:
    """Send a claimed message once; or, for one that came in, tell WhatsApp that it was read."""
    if message.direction == "in":
        _mark_read(context, message, lease)
        return
    if _is_moot(context, message, lease):
        return
    put_off = _room(context, message)
    if put_off is not None:
        with context.database.write() as session:
            work.finish(session, models.Message, message.id, lease, tries=message.tries - 1, **put_off)
        return
    with context.database.read() as session:
        merchant = merchants.get(session, message.merchant_id)
        reply_to = message.reply_to
        if reply_to is None and message.purpose == "notice" and message.order_id is not None:
            reply_to = messages.thread(session, message.order_id, message.phone)
    whatsapp = context.whatsapp(merchant)
    try:
        body = _drawn(whatsapp, message.body)
        accepted = whatsapp.send(shapes.addressed(body, message.phone, opaque=message.id, reply_to=reply_to))
    except client.SendFailed as failure:
        with context.database.write() as session:
            _not_sent(session, context, message, lease, failure)
        return
    with context.database.write() as session:
        buyers.learn(session, merchant.id, message.phone, wa_id=accepted.wa_id, user_id=None)
        current = messages.get(session, message.id)
        if current is not None and work.finish(session, models.Message, message.id, lease, wamid=accepted.wamid):
            session.refresh(current)
            _advance(session, context, current, MessageState.SENT)


def follow(session: Session, context: ServiceContext, merchant_id: str, change: StatusChange) -> None:
    """WhatsApp tells what became of a message of ours. A status never moves backwards, and may overtake our own record."""
    message = messages.get(session, change.opaque) if change.opaque else None
    if message is None or message.merchant_id != merchant_id:
        message = messages.by_wamid(session, merchant_id, change.wamid)
    if message is None or message.direction == "in":
        return
    buyers.learn(session, merchant_id, message.phone, wa_id=change.recipient, user_id=change.user_id)
    if message.due_at is not None and message.wamid != change.wamid:
        # It was sent after all, though we have no answer yet, or never got one: it must not be sent again, and who has it in hand
        # has nothing to add.
        message.wamid = change.wamid
        message.due_at = message.error = message.lease = None
    if change.status == "failed":
        code, title = change.errors[0] if change.errors else (None, "failed")
        _came_back(session, context, message, code, f"{code or ''} {title}".strip())
    elif change.status in STEPS:
        _advance(session, context, message, MessageState(change.status))


def _mark_read(context: ServiceContext, message: models.Message, lease: work.Lease) -> None:
    """Two blue ticks for who wrote: once, and without them the shop still answers. They count for all before it, so of several that
    wait only the newest is told of: who writes a thousand takes nobody else's turn."""
    with context.database.read() as session:
        merchant = merchants.get(session, message.merchant_id)
        newest = messages.is_newest_unread(session, message)
    try:
        if newest:
            context.whatsapp(merchant).mark_read(message.wamid or "")
    except client.SendFailed as failure:
        log.info("message %s was not marked as read: %s", message.id, failure)
    with context.database.write() as session:
        work.finish(session, models.Message, message.id, lease)


def _is_moot(context: ServiceContext, message: models.Message, lease: work.Lease) -> bool:
    """Whether nobody is to hear this any more, because the buyer wrote STOP, or needs no reminder now; then it is dropped."""
    if message.order_id is None or message.purpose not in NOTED:
        return False
    with context.database.read() as session:
        order = orders.get(session, message.order_id)
        buyer = buyers.get(session, order.buyer_id)
    if buyer.stopped_at is None and (message.purpose != "reminder" or reminders.wanted(order, buyer)):
        return False
    with context.database.write() as session:
        if work.finish(session, models.Message, message.id, lease, state=MessageState.DROPPED):
            order = orders.lock(session, message.order_id)
            timeline.note(session, context, order, NOTED[message.purpose][MessageState.DROPPED])
    return True


def _room(context: ServiceContext, message: models.Message) -> dict[str, Any] | None:
    """What is written to the row, because Meta would refuse the message now: the pair's limit, or the day's. None: it may go.

    Nobody takes the turn of an older message to the same phone. What waits for the day's limit has an error, for it may be hours:
    newer ones, which may be answers, do not wait for it.
    """
    now = context.now()
    with context.database.write() as session:
        merchant_id, phone = message.merchant_id, message.phone
        before, last = messages.waiting_before(session, message)
        if last is not None and last > now:
            return {"due_at": last + send_quotas.PAUSE}
        wait = send_quotas.take(session, merchant_id, phone, now, before)
        if wait is not None:
            return {"due_at": wait}
        if message.body.get("type") != "template" or notify.is_open(session, context, merchant_id, phone):
            return None
        wait = send_quotas.reach(session, merchant_id, phone, now)
    wait = _full(context, message, wait) if wait is not None else None
    return {"due_at": wait, "error": DAY_FULL} if wait is not None else None


def _full(context: ServiceContext, message: models.Message, wait: datetime) -> datetime | None:
    """The day's people are used up, as far as we know: ask Meta whether the limit was raised; else say that the message waits."""
    with context.database.read() as session:
        merchant = merchants.get(session, message.merchant_id)
    try:
        limit = context.whatsapp(merchant).daily_limit()
    except client.SendFailed as failure:
        log.warning("%s: the daily limit could not be asked for: %s", merchant.id, failure)
        limit = None
    with context.database.write() as session:
        if limit is not None and limit != merchant.daily_limit:
            merchants.lock(session, merchant.id).daily_limit = limit
            if limit > merchant.daily_limit:
                return send_quotas.reach(session, merchant.id, message.phone, context.now())
        if message.order_id is not None and message.purpose == "request":
            notify.alarm(session, context, orders.lock(session, message.order_id), why="whatsapp_limit")
    return min(wait, context.now() + ASK_AGAIN)


def _drawn(whatsapp: client.Client, body: dict[str, Any]) -> dict[str, Any]:
    """What is sent of a row. The link matters more than its picture: when the picture is not taken, the words go alone."""
    address = shapes.address_of(body)
    if address is None:
        return body
    try:
        return shapes.with_picture(body, whatsapp.upload(pictures.qr(address), pictures.PNG))
    except client.SendFailed as failure:
        log.warning("a QR code was not taken, so its words go without it: %s", failure)
        return shapes.Text(shapes.words(body) or address).payload()


def _advance(session: Session, context: ServiceContext, message: models.Message, state: MessageState) -> None:
    if message.state not in STEPS or STEPS.get(state, -1) <= STEPS.get(message.state, -1):
        return
    sent_now = message.state == MessageState.QUEUED
    message.state = state
    if message.order_id is not None and message.purpose in NOTED:
        order = orders.lock(session, message.order_id)
        timeline.note(session, context, order, NOTED[message.purpose][state], message=message.id)
        if sent_now and message.purpose == "request":
            reminders.restart(session, context, order)


def _not_sent(
    session: Session, context: ServiceContext, message: models.Message, lease: work.Lease, failure: client.SendFailed
) -> None:
    """WhatsApp did not take it. Try again what may succeed later, with an alarm where somebody has to mend something first."""
    why = f"{failure.code or ''} {failure.detail}".strip()
    if failure.kind in {client.Kind.RECIPIENT, client.Kind.WINDOW} or message.tries >= MAX_TRIES:
        current = messages.get(session, message.id)
        if work.finish(session, models.Message, message.id, lease) and current is not None:
            session.refresh(current)
            _give_up(session, context, current, failure.kind, why)
        return
    due = context.now() + _wait(message.tries, failure.retry_after)
    kept = work.finish(session, models.Message, message.id, lease, due_at=due, error=why[:300])
    if kept and failure.kind is client.Kind.OPERATOR:
        _alarm(session, context, message, why)


def _came_back(session: Session, context: ServiceContext, message: models.Message, code: int | None, why: str) -> None:
    """WhatsApp took it and could not deliver it."""
    if message.state not in AWAITED:
        return
    kind = client.kind_of(code)
    if kind in PASSES and message.tries < MAX_TRIES:
        message.state, message.error = MessageState.QUEUED, why[:300]
        message.due_at, message.lease = context.now() + _wait(message.tries, None), None
        return
    if kind is client.Kind.OPERATOR:
        _alarm(session, context, message, why)
    _give_up(session, context, message, kind, why)


def _wait(tries: int, retry_after: float | None) -> timedelta:
    return timedelta(seconds=max(BACK_OFF[min(tries, len(BACK_OFF)) - 1], retry_after or 0))


def _alarm(session: Session, context: ServiceContext, message: models.Message, why: str) -> None:
    """Token, template, account or payment at Meta: the log, the order's timeline, and whoever can still be reached."""
    log.error("message %s to WhatsApp needs somebody: %s", message.id, why)
    if message.order_id is not None:
        notify.alarm(session, context, orders.lock(session, message.order_id), why="whatsapp", detail=why[:200])


def _give_up(session: Session, context: ServiceContext, message: models.Message, kind: client.Kind, why: str) -> None:
    """It will not arrive. What an operator should have read goes by template once more, when it is only the window that closed."""
    if message.state not in AWAITED:
        return
    message.state, message.error = MessageState.FAILED, why[:300]
    message.due_at = message.lease = None
    if kind is client.Kind.WINDOW:
        _by_template(session, context, message)
    if message.order_id is None or message.purpose not in NOTED:
        return
    order = orders.lock(session, message.order_id)
    timeline.note(session, context, order, NOTED[message.purpose][MessageState.FAILED], why=why[:200])
    if message.purpose in {"request", "reminder"}:
        reminders.stop(session, order)
    if message.purpose == "request" and order.state in {State.OPEN, State.PROCESSING}:
        merchant = merchants.get(session, order.merchant_id)
        notify.undelivered(session, context, merchant, order, message.phone)


def _by_template(session: Session, context: ServiceContext, message: models.Message) -> None:
    operator, words = merchants.operator(session, message.merchant_id, message.phone), shapes.words(message.body)
    if operator is None or words is None:
        return
    merchant = merchants.get(session, message.merchant_id)
    t = i18n.texts(operator.language, merchant.country)
    shape = templates.notice(t.language, merchant=merchant.name, text=words)
    order = orders.get(session, message.order_id) if message.order_id else None
    notify.queue(
        session, context, merchant, message.phone, message.purpose, shape, order=order, reply_to=message.reply_to
    )
