"""Who is told what: notices, written in the transaction of what they tell (`channels`), in the words of who reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp import i18n
from webapp.db import buyers, merchants, messages, models, orders
from webapp.domain import phone
from webapp.domain.actors import ActorKind
from webapp.domain.channels import ChannelName, OrderChannel
from webapp.domain.money import Money
from webapp.domain.states import MONEY, UNSUCCESSFUL, State
from webapp.domain.timeline import EventKind
from webapp.services.notifications import buyer_texts, channels, compose, link_channels, merchant_texts, notices
from webapp.services.notifications.channels import Recipient
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext

    Words = Callable[[Texts], str]

LINK_QUEUED = {ChannelName.WHATSAPP: EventKind.QUEUED, ChannelName.EMAIL: EventKind.LINK_MAIL_QUEUED}
TOLD_TOGETHER = 3  # operators, those who wrote last, of what has no operator of its own


def request(session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order) -> str | None:
    """Send the buyer the link, by the first channel of the shop's or the order's that can reach them. The address that it goes to; None, and
    nothing sent, when the buyer has asked for no more messages or has no phone here, or the order names no channel."""
    buyer = buyers.get(session, order.buyer_id)
    way = next(iter(link_channels.ways(context, merchant, order, buyer)), None)
    if way is not None:
        _send_link(session, context, merchant, order, way)
        return link_channels.address(order, buyer, way)
    if order.channel is OrderChannel.NONE:
        return None
    if buyer.phone is None:
        timeline.note(session, context, order, EventKind.NO_PHONE)
    else:
        timeline.note(session, context, order, EventKind.NOT_SENT, why="stopped")
    return None


def _send_link(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, way: ChannelName
) -> None:
    t, to = compose.texts(session, merchant, order), buyers.get(session, order.buyer_id)
    notice = compose.request(context, merchant, order, t)
    channels.queue(session, context, merchant, link_channels.recipient(order, to, way), [notice], order=order)
    timeline.note(session, context, order, LINK_QUEUED[way])


def another_way(  # what a link's failure is made of
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    failed: ChannelName,
    *,
    since: datetime,
    why: str,
) -> bool:
    """The link that was written at `since` does not reach the buyer by that channel (`why`: undelivered, refused, waits): it goes by the
    shop's next one, unless it has since, and the shop is told once. False when there is none, or nothing left to pay."""
    buyer = buyers.get(session, order.buyer_id)
    way = link_channels.after(context, merchant, order, buyer, failed)
    if way is None or not _is_payable(order):
        return False
    if any(link.way is not failed and link.at >= since and link.is_alive for link in messages.links(session, order.id)):
        return True
    _send_link(session, context, merchant, order, way)
    if not orders.has_event(session, order.id, EventKind.ANOTHER_WAY):
        there = {name: link_channels.address(order, buyer, name) for name in ChannelName}
        tell_shop(session, context, merchant, order, lambda t: merchant_texts.another_way(t, order, there, failed, why))
    timeline.note(session, context, order, EventKind.ANOTHER_WAY, failed=failed, to=way)
    return True


def news(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    before: State,
    *,
    why: str,
) -> None:
    """The order has come to something: tell its operator, with why it failed if it did, and send the buyer the receipts."""
    saved = order.alias_id is not None
    if order.operator_id is not None:
        tell_operator(session, context, merchant, order, lambda t: merchant_texts.news(t, order, saved=saved, why=why))
    _receipts(session, context, merchant, order, before)
    match State(order.state):
        case State.CANCELLED:
            _update(session, context, merchant, order, buyer_texts.cancelled)
        case State.VOIDED:
            _update(session, context, merchant, order, lambda t: buyer_texts.released(t, order))


def refunded(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, amount: int
) -> None:
    """So much went back to the buyer, in minor units: tell the buyer."""
    money = Money(amount, order.currency)
    _update(session, context, merchant, order, lambda t: buyer_texts.refunded(t, order, money))


def refund_came_back(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, amount: int
) -> None:
    """A refund that the buyer was told of did not arrive: tell the buyer that too."""
    money = Money(amount, order.currency)
    _update(session, context, merchant, order, lambda t: buyer_texts.refund_came_back(t, money))


def _update(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    news: Callable[[Texts], buyer_texts.News],
) -> None:
    """To the buyer: what became of an order that they have heard of. Who did it knows it, and who was sent nothing hears of no order by
    its end."""
    if context.actor.kind is ActorKind.BUYER or not messages.reached(session, order.id):
        return
    t, buyer = compose.texts(session, merchant, order), buyers.get(session, order.buyer_id)
    told = news(t)
    notice = notices.OrderUpdate(
        language=t.language,
        merchant=merchant.name,
        title=told.title,
        text=told.text,
        order=merchant_texts.subject(t, order),
        url=context.links.url(order.id, order.link_version),
        while_state=order.state if order.state in UNSUCCESSFUL else None,
    )
    channels.queue(session, context, merchant, reachable(buyer, order), [notice], order=order)


def _receipts(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, before: State
) -> None:
    """To the buyer: what was paid just now, and what was agreed to when a card was saved just now."""
    if order.state not in {State.PAID, State.REGISTERED, State.AUTHORISED} or before in MONEY:
        return
    buyer = buyers.get(session, order.buyer_id)
    # Who agrees to anything agrees to the card's being saved.
    consent = buyers.consent(session, order.id) if before != State.AUTHORISED and order.alias_id else None
    t = compose.texts(session, merchant, order)
    told: list[notices.Notice] = [compose.receipt(context, merchant, order, t)] if order.state == State.PAID else []
    if consent is not None:
        told.append(compose.consent(context, merchant, order, consent, t))
    channels.queue(session, context, merchant, reachable(buyer, order), told, order=order)


def reachable(buyer: models.Buyer, order: models.Order) -> Recipient:
    """Where a buyer may be written to of an order: not by WhatsApp once they wrote STOP there."""
    return Recipient(buyer.phone if buyer.stopped_at is None else None, order.email)


def is_over(order: models.Order, told: notices.Notice) -> bool:
    """Whether what was to be told of an order is so no longer."""
    match told:
        case notices.PaymentRequest():
            return not _is_payable(order)
        case notices.PaymentReminder():
            return order.state != State.OPEN or order.pending_transition is not None
        case notices.OrderUpdate(while_state=str(state)):
            return order.state != state
    return False


def _is_payable(order: models.Order) -> bool:
    return order.state in {State.OPEN, State.PROCESSING} and order.pending_transition is None


def needs_buyer(session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order) -> None:
    """A charge without the buyer needs the buyer after all: tell the operator."""
    tell_operator(session, context, merchant, order, lambda t: merchant_texts.needs_buyer(t, order))


def forward(session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order) -> None:
    """The buyer is needed and cannot be written to: give the shop the link."""
    url = context.links.url(order.id, order.link_version)
    tell_shop(session, context, merchant, order, lambda t: merchant_texts.forward(t, order, url))


def alarm(
    session: Session, context: ServiceContext, order: models.Order, *, again: bool = False, **data: object
) -> None:
    """Something about this order needs a person: a line on its timeline and a message to its operator, once for each reason, or `again`
    because it has just come of what somebody asked for."""
    if timeline.alarm(session, context, order, again=again, **data):
        merchant = merchants.get(session, order.merchant_id)
        tell_operator(
            session, context, merchant, order, lambda t: merchant_texts.alarm(t, order, str(data.get("why", "")))
        )


def alias(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    saved: models.Alias,
    kind: str,
) -> None:
    """Something has happened to a saved card: tell the operator of the order that saved it."""
    tell_operator(session, context, merchant, order, lambda t: merchant_texts.alias(t, order, saved, kind))


def refund_failed(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, amount: int
) -> None:
    """A refund did not go through: tell the shop."""
    money = Money(amount, order.currency)
    tell_shop(session, context, merchant, order, lambda t: merchant_texts.refund_failed(t, order, money))


def undelivered(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, failed: ChannelName
) -> None:
    """The link does not reach the buyer: give it to the shop, with its QR code to show or to forward."""
    url = context.links.url(order.id, order.link_version)
    address = link_channels.address(order, buyers.get(session, order.buyer_id), failed)
    words = merchant_texts.undelivered if failed is ChannelName.WHATSAPP else merchant_texts.undelivered_mail
    tell_shop(session, context, merchant, order, lambda t: words(t, order, address, url), qr=url)


def waits(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, number: str
) -> None:
    """WhatsApp has the link and cannot hand it over yet: tell the shop, with the QR code."""
    url = context.links.url(order.id, order.link_version)
    tell_shop(session, context, merchant, order, lambda t: merchant_texts.waits(t, order, number, url), qr=url)


def remind(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, way: ChannelName
) -> None:
    """Remind the buyer of the link, by the channel by which it came."""
    buyer = buyers.get(session, order.buyer_id)
    notice = compose.reminder(context, merchant, order, compose.texts(session, merchant, order))
    channels.queue(session, context, merchant, link_channels.recipient(order, buyer, way), [notice], order=order)


def reply_failed(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, number: str
) -> None:
    """What the shop replied does not reach the buyer."""
    tell_shop(session, context, merchant, order, lambda t: merchant_texts.reply_failed(t, order, phone.spaced(number)))


def tell_operator(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, text: Words
) -> None:
    """Write to the order's operator, if it has one, as a reply to the order's confirmation. `text` makes the words in the operator's
    language."""
    operator = merchants.operator_by_id(session, order.operator_id)
    if operator is not None:
        _tell(session, context, merchant, operator, text, order)


def tell_shop(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    text: Words,
    *,
    qr: str | None = None,
    asker: dict[str, str] | None = None,
) -> None:
    """What somebody has to act on, with the QR code of the address `qr`, if any: to the order's operator; of an order that has none, or none
    any more, to the operators who wrote last. `text` as in `tell_operator`. `asker` is the buyer whose words these are, `phone` and `wamid`:
    what is replied goes there."""
    own = merchants.operator_by_id(session, order.operator_id)
    for operator in [own] if own else merchants.recent_operators(session, merchant.id, TOLD_TOGETHER):
        _tell(session, context, merchant, operator, text, order, qr=qr, choices={"asker": asker} if asker else None)


def suspended(
    session: Session, context: ServiceContext, merchant: models.Merchant, operator: models.Operator, to: str | None
) -> None:
    """Another WhatsApp account has the operator's phone: tell the operator how to get a new invitation, at `to`, the new phone or id, if it
    is known, and the operators who are about."""
    if to is not None:
        t = i18n.texts(operator.language, merchant.country)
        words = merchant_texts.new_invitation(t, merchant.name)
        notice = notices.ShopNotice(language=t.language, merchant=merchant.name, text=words)
        channels.queue(session, context, merchant, Recipient(to), [notice])
    url = f"{context.links.public_url}/office/operators"
    number = operator.phone or ""
    for other in merchants.recent_operators(session, merchant.id, TOLD_TOGETHER):
        _tell(
            session,
            context,
            merchant,
            other,
            lambda t: merchant_texts.operator_suspended(t, operator.name, number, url),
        )


def part(session: Session, context: ServiceContext, merchant: models.Merchant, buyer: models.Buyer) -> None:
    """Another WhatsApp account has the buyer's phone: nothing goes there any more of what was the buyer's, and the shop is told."""
    number = buyer.phone or ""
    buyers.part(buyer)
    session.flush()
    newest = orders.newest_of_buyer(session, buyer.id, {State.OPEN, State.PROCESSING}) or orders.newest_of_buyer(
        session, buyer.id
    )
    if newest is not None:
        order = orders.lock(session, newest.id)
        timeline.note(session, context, order, EventKind.OTHER_ACCOUNT)
        tell_shop(session, context, merchant, order, lambda t: buyer_texts.to_shop_other_account(t, order, number))


def endpoint_disabled(
    session: Session, context: ServiceContext, merchant: models.Merchant, host: str, *, gone: bool
) -> None:
    """Callbacks are not sent to that host any more: tell the operators who are about."""
    tell_recent(session, context, merchant, lambda t: merchant_texts.endpoint_disabled(t, host, gone=gone))


def page_differs(session: Session, context: ServiceContext, merchant: models.Merchant) -> None:
    """The payment page is not what it should be: tell the operators who are about."""
    url = f"{context.links.public_url}/office/safety"
    tell_recent(session, context, merchant, lambda t: merchant_texts.page_differs(t, url))


def tell_recent(session: Session, context: ServiceContext, merchant: models.Merchant, text: Words) -> None:
    """Write to the operators who wrote last, of what is of no order. `text` as in `tell_operator`."""
    for operator in merchants.recent_operators(session, merchant.id, TOLD_TOGETHER):
        _tell(session, context, merchant, operator, text)


def _tell(  # noqa: PLR0913  # what a notice is queued with
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    operator: models.Operator,
    text: Words,
    order: models.Order | None = None,
    *,
    qr: str | None = None,
    choices: dict[str, Any] | None = None,
) -> None:
    if operator.phone is None:
        return
    t = i18n.texts(operator.language, merchant.country)
    notice = notices.ShopNotice(language=t.language, merchant=merchant.name, text=text(t), qr=qr)
    reply_to = messages.thread(session, order.id, operator.phone) if order else None
    to = Recipient(operator.phone)
    channels.queue(session, context, merchant, to, [notice], order=order, reply_to=reply_to, choices=choices)
