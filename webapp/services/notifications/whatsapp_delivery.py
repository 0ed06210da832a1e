"""WhatsApp as a channel: sends the messages that are rows, a notice in the form that its recipient can be written to in now, and follows
what becomes of them: again when it may go better, and told when it may not."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp import i18n
from webapp.db import buyers, merchants, messages, models, orders, send_quotas, surroundings, work
from webapp.domain.channels import ChannelName
from webapp.domain.states import State
from webapp.domain.statuses import MessageState
from webapp.services.notifications import (
    channels,
    delivery_news,
    link_channels,
    notices,
    notify,
    reminders,
    whatsapp_rendering,
)
from webapp.services.notifications.channels import WHATSAPP
from webapp.services.runtime import timeline
from webapp.whatsapp import client, pictures, templates
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext
    from webapp.whatsapp.inbound import StatusChange

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=24)  # Meta: free text only within 24 hours of the recipient's last message
ASK_AGAIN = timedelta(hours=1)  # for the daily limit; then Meta is asked whether it was raised
DAY_FULL = "the day's people are used up"
STEPS = {MessageState.QUEUED: 0, MessageState.SENT: 1, MessageState.DELIVERED: 2, MessageState.READ: 3}
AWAITED = {
    MessageState.QUEUED,
    MessageState.SENT,
}  # what has arrived does not fail, and what has failed does not fail again

SHOP_REPLY = "shop_reply"  # the purpose of what an operator replied to a buyer
LINKS = {channels.REQUEST, channels.REMINDER}  # what brings a buyer the link

PASSES = {client.Kind.TRANSIENT, client.Kind.UNKNOWN, client.Kind.NOT_SENT}


def queue(  # noqa: PLR0913  # what a message is made of
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    to: str,
    purpose: str,
    shape: shapes.Message,
    *,
    order: models.Order | None = None,
    reply_to: str | None = None,
    choices: dict[str, Any] | None = None,
) -> None:
    """Write a message in WhatsApp's own form, as the chat does, in the caller's transaction. It is sent as it is."""
    row = channels.message(context, merchant, to, purpose, order=order, reply_to=reply_to)
    row.body = shape.payload()
    if choices is not None:
        row.choices = choices
    session.add(row)


def send(context: ServiceContext, message: models.Message, lease: work.Lease) -> None:
    """Send a claimed message once; or, for one that came in, tell WhatsApp that it was read."""
    if message.direction == "in":
        _mark_read(context, message, lease)
        return
    sending = _turn(context, message, lease)
    if sending is None:
        return
    whatsapp = context.whatsapp(sending.merchant)
    try:
        drawn = _drawn(whatsapp, sending.body)
        accepted = whatsapp.send(shapes.addressed(drawn, message.phone, opaque=message.id, reply_to=sending.reply_to))
    except client.SendFailed as failure:
        with context.database.write() as session:
            _not_sent(session, context, message, lease, failure, sending.body)
        return
    with context.database.write() as session:
        if sending.is_buyers and accepted.wa_id != sending.known_as:
            buyers.learn(session, message.merchant_id, message.phone, wa_id=accepted.wa_id, user_id=None)
        _sent(session, context, message, lease, accepted.wamid, sending.body)


def _sent(  # what is written of a message
    session: Session,
    context: ServiceContext,
    message: models.Message,
    lease: work.Lease,
    wamid: str,
    body: dict[str, Any],
) -> None:
    """WhatsApp took it."""
    # Whoever hears of its further way first takes the lease away with it: under the lease it is queued.
    written = {"wamid": wamid, "body": body, "state": MessageState.SENT}
    mine = work.finished(session, models.Message, message.id, lease, **written)
    if mine is not None:
        _advanced(session, context, mine, MessageState.SENT, sent_now=True)
        return
    current = messages.get(session, message.id)
    if current is not None and current.phone:  # else its buyer was erased meanwhile
        current.body = body  # WhatsApp's word of it was quicker than its answer


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
    message.pricing = change.pricing or message.pricing
    if change.status == "failed":
        code, title = change.errors[0] if change.errors else (None, "failed")
        _came_back(session, context, message, code, f"{code or ''} {title}".strip())
    elif change.status in STEPS:
        _advance(session, context, message, MessageState(change.status))


def _mark_read(context: ServiceContext, message: models.Message, lease: work.Lease) -> None:
    """Two blue ticks for who wrote: once, and without them the shop still answers. They count for all before it, so of several that
    wait only the newest is told of: who writes a thousand takes nobody else's turn."""
    with context.database.read() as session:
        merchant = messages.reader_of_newest(session, message)
    try:
        if merchant is not None:
            context.whatsapp(merchant).mark_read(message.wamid or "")
    except client.SendFailed as failure:
        log.info("message %s was not marked as read: %s", message.id, failure)
    with context.database.write() as session:
        work.finish(session, models.Message, message.id, lease)


def _is_moot(
    session: Session,
    context: ServiceContext,
    message: models.Message,
    lease: work.Lease,
    order: models.Order,
    buyer: models.Buyer,
) -> bool:
    """Whether the buyer is not to hear this any more, who wrote STOP or no longer has the phone, or it is no longer so; then it is dropped."""
    over = message.notice is not None and notify.is_over(order, notices.read(message.notice))
    if buyer.stopped_at is None and buyer.phone is not None and not over:
        return False
    if work.finish(session, models.Message, message.id, lease, state=MessageState.DROPPED):
        more = {"over": True} if over else {}
        _note(session, context, orders.lock(session, order.id), message, MessageState.DROPPED, **more)
    return True


def _with_current_link(context: ServiceContext, order: models.Order | None, told: notices.Notice) -> notices.Notice:
    """The link may have been replaced since this was written: what is sent now is not to lead to a page that says so."""
    if order is None or isinstance(told, notices.BuyerNotice | notices.ShopNotice):
        return told
    if isinstance(told, notices.OrderUpdate):
        return dataclasses.replace(told, url=context.links.url(order.id, order.link_version))
    return dataclasses.replace(told, token=context.links.token(order.id, order.link_version))


@dataclasses.dataclass(frozen=True)
class _Sending:
    """A message as it is sent now: by whom, what, and in reply to what; whether a buyer has its phone, and what WhatsApp calls them, as far as
    it is known."""

    merchant: models.Merchant
    body: dict[str, Any]
    reply_to: str | None
    is_buyers: bool
    known_as: str | None


def _turn(context: ServiceContext, message: models.Message, lease: work.Lease) -> _Sending | None:
    """What is sent of the row now. None: nothing, and the row says why: nobody is to hear it any more, Meta would refuse it now, by the pair's
    limit or the day's, or it cannot be said in a chat whose window is closed.

    Nobody takes the turn of an older message to the same phone. What waits for the day's limit has an error, for it may be hours:
    newer ones, which may be answers, do not wait for it.
    """
    now = context.now()
    with context.database.write() as session:
        merchant_id, phone = message.merchant_id, message.phone
        to_buyer = message.order_id is not None and message.purpose in WHATSAPP.timeline
        # The chat's own words are an answer to who has just written; whether others may be sent freely is seen now.
        answers = message.notice is None and not _is_template(message.body)
        due = messages.due(session, message, to_buyer=to_buyer, since=None if answers else now - WINDOW)
        order, buyer = due.order, due.buyer
        if order and buyer and _is_moot(session, context, message, lease, order, buyer):
            return None
        wait = due.last + send_quotas.PAUSE if due.last is not None and due.last > now else None
        wait = wait or send_quotas.take(session, merchant_id, phone, now, due.before)
        if wait is not None:
            _put_off(session, message, lease, due_at=wait)
            return None
        told = _with_current_link(context, order, notices.read(message.notice)) if message.notice else None
        is_other = order is not None and buyer is not None and buyer.phone != phone  # of whose names nobody was asked
        open_now = answers or (is_open(session, context, merchant_id, phone) if is_other else bool(due.has_written))
        body = message.body if told is None else whatsapp_rendering.body(told, is_open=open_now)
        if body is None:
            if work.finish(session, models.Message, message.id, lease, state=MessageState.DROPPED):
                _instead(session, context, message)
            return None
        wait = None if open_now or not _is_template(body) else send_quotas.reach(session, merchant_id, phone, now)
        known_as = buyer.wa_id if buyer is not None and buyer.phone == phone else None
        sending = _Sending(due.merchant, body, _replies_to(session, message), buyer is not None, known_as)
    wait = _full(context, message, wait) if wait is not None else None
    if wait is None:
        return sending
    with context.database.write() as session:
        _put_off(session, message, lease, due_at=wait, error=DAY_FULL)
    return None


def _replies_to(session: Session, message: models.Message) -> str | None:
    if message.reply_to is None and message.purpose == "notice" and message.order_id is not None:
        return messages.thread(session, message.order_id, message.phone)
    return message.reply_to


def _put_off(session: Session, message: models.Message, lease: work.Lease, **values: Any) -> None:
    """It was not tried."""
    work.finish(session, models.Message, message.id, lease, tries=message.tries - 1, **values)


def is_open(session: Session, context: ServiceContext, merchant_id: str, number: str) -> bool:
    """Whether that phone has written within 24 hours, so that it may be written to without a template."""
    names = buyers.names(session, merchant_id, number)
    return messages.has_written(session, merchant_id, names, context.now() - WINDOW)


def _is_template(body: dict[str, Any] | None) -> bool:
    return body is not None and body.get("type") == "template"


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
    _advanced(session, context, message, state, sent_now=sent_now)


def _advanced(
    session: Session, context: ServiceContext, message: models.Message, state: MessageState, *, sent_now: bool
) -> None:
    if message.order_id is not None and message.purpose in WHATSAPP.timeline:
        order = orders.lock(session, message.order_id)
        surroundings.hold_around(session, order)
        _note(session, context, order, message, state, message=message.id)
        if sent_now and message.purpose == "request":
            reminders.restart(session, context, order)


def _note(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    sent: models.Message,
    state: MessageState,
    **data: object,
) -> None:
    """A line for each thing that the message says, and a callback of the message."""
    also = [channels.CONSENT] if (sent.notice or {}).get("consent") else []
    for purpose in (sent.purpose, *also):
        timeline.note(session, context, order, WHATSAPP.timeline[purpose][state], **data)
    message = delivery_news.MessageNews(sent.id, ChannelName.WHATSAPP, sent.purpose, sent.phone, sent.error)
    delivery_news.tell(session, context, order, message, WHATSAPP.timeline[sent.purpose][state])


def _not_sent(
    session: Session,
    context: ServiceContext,
    message: models.Message,
    lease: work.Lease,
    failure: client.SendFailed,
    body: dict[str, Any],
) -> None:
    """WhatsApp did not take it. Try again what may succeed later, with an alarm where somebody has to mend something first."""
    why = f"{failure.code or ''} {failure.detail}".strip()
    other = failure.kind is client.Kind.OPERATOR and _has_another_way(session, context, message)
    spent = other or message.tries >= WHATSAPP.max_tries
    if failure.kind in {client.Kind.RECIPIENT, client.Kind.WINDOW} or spent:
        if failure.kind is client.Kind.OPERATOR:
            _alarm(session, context, message, why)
        current = messages.get(session, message.id)
        if work.finish(session, models.Message, message.id, lease, body=body) and current is not None:
            session.refresh(current)
            _give_up(session, context, current, failure.kind, why)
        return
    due = context.now() + max(WHATSAPP.wait(message.tries), timedelta(seconds=failure.retry_after or 0))
    kept = work.finish(session, models.Message, message.id, lease, due_at=due, error=why[:300])
    if kept and failure.kind is client.Kind.OPERATOR:
        _alarm(session, context, message, why)


def _came_back(session: Session, context: ServiceContext, message: models.Message, code: int | None, why: str) -> None:
    """WhatsApp took it and could not deliver it."""
    if message.state not in AWAITED:
        return
    kind = client.kind_of(code)
    if kind in PASSES and message.tries < WHATSAPP.max_tries:
        message.state, message.error = MessageState.QUEUED, why[:300]
        message.due_at, message.lease = context.now() + WHATSAPP.wait(message.tries), None
        return
    if kind is client.Kind.OPERATOR:
        _alarm(session, context, message, why)
    _give_up(session, context, message, kind, why)


def _alarm(session: Session, context: ServiceContext, message: models.Message, why: str) -> None:
    """Token, template, account or payment at Meta: the log, the order's timeline, and whoever can still be reached."""
    log.error("message %s to WhatsApp needs somebody: %s", message.id, why)
    if message.order_id is None:
        return
    order = orders.lock(session, message.order_id)
    if _has_another_way(session, context, message):  # of which the shop is told, with the reason
        timeline.alarm(session, context, order, why="whatsapp", detail=why[:200])
    else:
        notify.alarm(session, context, order, why="whatsapp", detail=why[:200])


def _has_another_way(session: Session, context: ServiceContext, message: models.Message) -> bool:
    """Whether it brings a link that can go by another channel."""
    if message.order_id is None or message.purpose not in LINKS:
        return False
    order, merchant = orders.get(session, message.order_id), merchants.get(session, message.merchant_id)
    buyer = buyers.get(session, order.buyer_id)
    return link_channels.after(context, merchant, order, buyer, ChannelName.WHATSAPP) is not None


def _give_up(session: Session, context: ServiceContext, message: models.Message, kind: client.Kind, why: str) -> None:
    """It will not arrive. When it is only the window that closed, it goes another way."""
    if message.state not in AWAITED:
        return
    message.state, message.error = MessageState.FAILED, why[:300]
    message.due_at = message.lease = None
    instead = kind is client.Kind.WINDOW and _instead(session, context, message)
    if message.purpose == SHOP_REPLY and message.order_id is not None and not instead:
        merchant = merchants.get(session, message.merchant_id)
        notify.reply_failed(session, context, merchant, orders.lock(session, message.order_id), message.phone)
    if instead or message.order_id is None or message.purpose not in WHATSAPP.timeline:
        return
    order = orders.lock(session, message.order_id)
    _note(session, context, order, message, MessageState.FAILED, why=why[:200])
    if message.purpose in LINKS:
        reminders.stop(session, order)
        refused = "refused" if kind is client.Kind.OPERATOR else "undelivered"
        merchant = merchants.get(session, order.merchant_id)
        session.flush()
        sent = notify.another_way(
            session, context, merchant, order, ChannelName.WHATSAPP, since=message.created_at, why=refused
        )
        if not sent and message.purpose == channels.REQUEST and order.state in {State.OPEN, State.PROCESSING}:
            notify.undelivered(session, context, merchant, order, ChannelName.WHATSAPP)


def _instead(session: Session, context: ServiceContext, message: models.Message) -> bool:
    """The window is closed: what was to be read in it goes by template, and the answer to a buyer's tap as the request, while the order
    can be paid, which leads to the same page. Whether there was such a way."""
    merchant = merchants.get(session, message.merchant_id)
    order = orders.lock(session, message.order_id) if message.order_id else None
    told = notices.read(message.notice) if message.notice else None
    if isinstance(told, notices.BuyerNotice):
        payable = order is not None and order.state in {State.OPEN, State.PROCESSING}
        return order is not None and payable and notify.request(session, context, merchant, order) is not None
    shape: shapes.Message | None = None
    if isinstance(told, notices.OrderUpdate):
        shape = whatsapp_rendering.update_template(told)
    else:
        words = told.text if isinstance(told, notices.ShopNotice) else shapes.words(message.body or {})
        operator = merchants.operator(session, message.merchant_id, message.phone)
        if operator is not None and words is not None:
            language = i18n.texts(operator.language, merchant.country).language
            shape = templates.notice(language, merchant=merchant.name, text=words)
    if shape is None:
        return False
    asker = {"asker": message.choices["asker"]} if message.choices and "asker" in message.choices else None
    to, why, reply_to = message.phone, message.purpose, message.reply_to
    queue(session, context, merchant, to, why, shape, order=order, reply_to=reply_to, choices=asker)
    return True
