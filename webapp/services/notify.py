"""WhatsApp messages: written as rows in the transaction of what they tell, sent by the worker, followed by delivery statuses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp import i18n
from webapp.db import buyers, merchants, messages, models, work
from webapp.db import orders as rows
from webapp.domain import ids, phone
from webapp.domain.money import Money
from webapp.domain.states import MONEY, State
from webapp.services import wording
from webapp.whatsapp import client, templates
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.services.kit import Kit
    from webapp.whatsapp.inbound import StatusChange

WINDOW = timedelta(hours=24)  # Meta: free text only within 24 hours of the recipient's last message
BACK_OFF = (2, 5, 15, 60, 300, 900, 1800, 3600)
MAX_TRIES = 30
TOLD_OF_ENDPOINTS = 3  # operators, those who wrote last
ORDER = {"queued": 0, "sent": 1, "delivered": 2, "read": 3}


def queue(  # noqa: PLR0913  # what a message is made of
    session: Session,
    kit: Kit,
    merchant: models.Merchant,
    to: str,
    purpose: str,
    shape: shapes.Message,
    *,
    order: models.Order | None = None,
    reply_to: str | None = None,
    choices: dict[str, Any] | None = None,
) -> models.Message:
    """Write a message to send, in the caller's transaction."""
    message = models.Message(
        id=ids.new("wam"),
        merchant_id=merchant.id,
        order_id=order.id if order else None,
        direction="out",
        purpose=purpose,
        phone=to,
        reply_to=reply_to,
        body=shape.payload(),
        choices=choices,
        state="queued",
        created_at=kit.now(),
        due_at=kit.now(),
    )
    session.add(message)
    return message


def phone_language(number: str | None) -> str | None:
    """The language of a phone's country, if there is one and it is one of ours."""
    region = phone.region_of(number) if number else None
    return i18n.of_country(region) if region else None


def buyer_language(merchant: models.Merchant, order: models.Order, buyer: models.Buyer) -> str:
    """The language to write to a buyer in: the order's, that of the phone's country, the merchant's."""
    return i18n.choose([order.language, phone_language(buyer.phone), merchant.language])


def request(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order) -> bool:
    """Send the buyer the link. False, and nothing sent, when the buyer has asked for no more messages or has no phone here."""
    buyer = buyers.get(session, order.buyer_id)
    if buyer.phone is None:
        rows.note(session, order, "no_phone", kit.now())
        return False
    if buyer.stopped_at is not None:
        rows.note(session, order, "not_sent", kit.now(), why="stopped")
        return False
    t = i18n.texts(buyer_language(merchant, order, buyer), merchant.country)
    token = kit.links.token(order.id, order.link_version)
    shape = templates.request(
        t.language,
        merchant=merchant.name,
        amount=wording.amount(t, order) or None,
        what=order.description or t.gettext("order %(reference)s", reference=order.reference),
        token=token,
    )
    queue(session, kit, merchant, buyer.phone, "request", shape, order=order)
    rows.note(session, order, "queued", kit.now())
    return True


def news(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order, before: State) -> None:
    """The order has come to something: tell its operator, and send the buyer a receipt when it was paid just now."""
    last = rows.timeline(session, order.id)[-1]
    if order.operator_id is not None:
        text = lambda t: wording.news(t, order, saved=order.alias_id is not None, why=str(last.data.get("reason", "")))  # noqa: E731
        tell_operator(session, kit, merchant, order, text)
    if order.state != State.PAID or before in MONEY:
        return
    buyer = buyers.get(session, order.buyer_id)
    if buyer.phone is not None and buyer.stopped_at is None:
        t = i18n.texts(buyer_language(merchant, order, buyer), merchant.country)
        shape = templates.receipt(
            t.language,
            merchant=merchant.name,
            amount=wording.amount(t, order),
            card=wording.card(order.card) if order.card else t.gettext("card"),
            reference=order.reference,
            token=kit.links.token(order.id, order.link_version),
            unattended=order.charges_alias_id is not None,
        )
        queue(session, kit, merchant, buyer.phone, "receipt", shape, order=order)


def needs_buyer(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order) -> None:
    """A charge without the buyer needs the buyer after all: tell the operator."""
    tell_operator(session, kit, merchant, order, lambda t: wording.needs_buyer(t, order))


def forward(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order) -> None:
    """The buyer is needed and cannot be written to: give the operator the link."""
    url = kit.links.url(order.id, order.link_version)
    tell_operator(session, kit, merchant, order, lambda t: wording.forward(t, order, url))


def alarm(session: Session, kit: Kit, order: models.Order, **data: object) -> None:
    """Something about this order needs a person: a line on its timeline and a message to its operator, once for each reason."""
    if rows.alarm(session, order, kit.now(), **data):
        merchant = merchants.get(session, order.merchant_id)
        tell_operator(session, kit, merchant, order, lambda t: wording.alarm(t, order, str(data.get("why", ""))))


def alias(
    session: Session, kit: Kit, merchant: models.Merchant, order: models.Order, saved: models.Alias, kind: str
) -> None:
    """Something has happened to a saved card: tell the operator of the order that saved it."""
    tell_operator(session, kit, merchant, order, lambda t: wording.alias(t, order, saved, kind))


def refund_failed(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order, amount: int) -> None:
    """A refund did not go through: tell the operator."""
    money = Money(amount, order.currency)
    tell_operator(session, kit, merchant, order, lambda t: wording.refund_failed(t, order, money))


def tell_operator(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order, text: Any) -> None:
    """Write to the order's operator, if it has one: free text inside the 24-hour window, as a reply to the order's
    confirmation; else the template for notices. `text` makes the words in the operator's language."""
    operator = merchants.operator_by_id(session, order.operator_id)
    if operator is not None:
        _tell(session, kit, merchant, operator, text, order)


def tell_shop(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order, text: Any) -> None:
    """Write to the order's operator; of an order that has none, to the operators who wrote last. `text` as in `tell_operator`."""
    if order.operator_id is not None:
        tell_operator(session, kit, merchant, order, text)
        return
    for operator in merchants.recent_operators(session, merchant.id, TOLD_OF_ENDPOINTS):
        _tell(session, kit, merchant, operator, text, order)


def endpoint_disabled(session: Session, kit: Kit, merchant: models.Merchant, host: str, *, gone: bool) -> None:
    """Callbacks are not sent to that host any more: tell the operators who are about."""
    for operator in merchants.recent_operators(session, merchant.id, TOLD_OF_ENDPOINTS):
        _tell(session, kit, merchant, operator, lambda t: wording.endpoint_disabled(t, host, gone=gone))


def _tell(
    session: Session,
    kit: Kit,
    merchant: models.Merchant,
    operator: models.Operator,
    text: Any,
    order: models.Order | None = None,
) -> None:
    if operator.phone is None:
        return
    t = i18n.texts(operator.language, merchant.country)
    words = text(t)
    heard = messages.last_inbound(session, merchant.id, operator.phone)
    is_open = heard is not None and kit.now() - heard < WINDOW
    shape = shapes.Text(words) if is_open else templates.notice(t.language, merchant=merchant.name, text=words)
    confirmation = messages.confirmation(session, order.id) if order else None
    queue(
        session,
        kit,
        merchant,
        operator.phone,
        "notice",
        shape,
        order=order,
        reply_to=confirmation.wamid if confirmation else None,
    )


def send(kit: Kit, message: models.Message, lease: work.Lease) -> None:
    """Send a claimed message once; or, for one that came in, tell WhatsApp that it was read."""
    with kit.database.read() as session:
        merchant = merchants.get(session, message.merchant_id)
    whatsapp = kit.whatsapp(merchant)
    try:
        if message.direction == "in":
            whatsapp.mark_read(message.wamid or "")
            wamid = message.wamid
        else:
            wamid = whatsapp.send(
                shapes.addressed(message.body, message.phone, opaque=message.id, reply_to=message.reply_to)
            )
    except client.SendFailed as failure:
        with kit.database.write() as session:
            _not_sent(session, kit, message, lease, failure)
        return
    with kit.database.write() as session:
        if message.direction == "in":
            work.finish(session, models.Message, message.id, lease)
            return
        current = messages.get(session, message.id)
        if current is not None and work.finish(session, models.Message, message.id, lease, wamid=wamid):
            session.refresh(current)
            _advance(session, kit, current, "sent")


def follow(session: Session, kit: Kit, merchant_id: str, change: StatusChange) -> None:
    """WhatsApp tells what became of a message of ours. A status never moves backwards, and may overtake our own record."""
    message = messages.get(session, change.opaque) if change.opaque else None
    if message is None or message.merchant_id != merchant_id:
        message = messages.by_wamid(session, merchant_id, change.wamid)
    if message is None:
        return
    if message.wamid is None:
        # It was sent after all, though we got no answer: it must not be sent again.
        message.wamid, message.due_at, message.error = change.wamid, None, None
    if change.status == "failed":
        code, title = change.errors[0] if change.errors else (None, "failed")
        _fail(session, kit, message, f"{code or ''} {title}".strip())
    elif change.status in ORDER:
        _advance(session, kit, message, change.status)


def _advance(session: Session, kit: Kit, message: models.Message, state: str) -> None:
    if message.state == "failed" or ORDER.get(state, -1) <= ORDER.get(message.state, -1):
        return
    message.state = state
    if message.order_id is not None and message.purpose in {"request", "receipt"}:
        order = rows.lock(session, message.order_id)
        kind = state if message.purpose == "request" else f"receipt_{state}"
        rows.note(session, order, kind, kit.now(), message=message.id)


def _fail(session: Session, kit: Kit, message: models.Message, why: str) -> None:
    if message.state in {"failed", "delivered", "read"}:
        return
    message.state = "failed"
    message.error = why[:300]
    message.due_at = None
    if message.order_id is None or message.purpose not in {"request", "receipt"}:
        return
    order = rows.lock(session, message.order_id)
    rows.note(session, order, "failed" if message.purpose == "request" else "receipt_failed", kit.now(), why=why[:200])
    if message.purpose == "request" and order.state in {State.OPEN, State.PROCESSING}:
        merchant = merchants.get(session, order.merchant_id)
        url = kit.links.url(order.id, order.link_version)
        tell_operator(session, kit, merchant, order, lambda t: wording.undelivered(t, order, message.phone, url))


def _not_sent(
    session: Session, kit: Kit, message: models.Message, lease: work.Lease, failure: client.SendFailed
) -> None:
    """Try again what may succeed later; what cannot is failed and told."""
    kind = failure.kind
    hopeless = kind in {client.Kind.RECIPIENT, client.Kind.WINDOW} or message.tries >= MAX_TRIES
    if message.direction == "in" or hopeless:
        if work.finish(session, models.Message, message.id, lease) and message.direction == "out":
            current = messages.get(session, message.id)
            if current is not None:
                _fail(session, kit, current, f"{failure.code or ''} {failure.detail}".strip())
        return
    wait = max(BACK_OFF[min(message.tries, len(BACK_OFF)) - 1], failure.retry_after or 0)
    work.finish(
        session,
        models.Message,
        message.id,
        lease,
        due_at=kit.now() + timedelta(seconds=wait),
        error=f"{failure.code or ''} {failure.detail}".strip()[:300],
    )
    if kind is client.Kind.OPERATOR and message.tries == 1 and message.order_id is not None:
        order = rows.lock(session, message.order_id)
        rows.alarm(session, order, kit.now(), why="whatsapp", detail=failure.detail[:200])
