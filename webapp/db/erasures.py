"""What erases a buyer's rows, and finds what is to be erased. What is written in the place of each column says `personal`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, delete, false, func, literal, null, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from webapp.db import models, order_search, personal
from webapp.domain import phone as phones
from webapp.domain import redaction
from webapp.domain.states import FINAL, State
from webapp.domain.statuses import IN_FLIGHT, DisputeState, MailState, MessageState, RefundState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Session
    from webapp.db.work import Lease

NAMED = 10  # orders that a refusal names
PAGE = 500  # erasures that are read at once


def get(session: Session, buyer: str) -> models.Erasure | None:
    """The buyer's erasure, if it was asked for."""
    return session.get(models.Erasure, buyer, populate_existing=True)


def asked(session: Session, merchant: str | None) -> Iterator[models.Erasure]:
    """Every erasure of the merchant's buyers, or of every merchant's, in the order in which they were asked for."""
    row = models.Erasure
    place = (row.merchant_id, row.asked_at, row.id)
    query = select(row).order_by(*place).limit(PAGE)
    query = query.where(row.merchant_id == merchant) if merchant is not None else query
    found = session.scalars(query).all()
    while found:  # page by page: PostgreSQL keeps no cursor open for who only reads, outside of a transaction
        yield from found
        last = found[-1]
        behind = query.where(
            tuple_(*place)
            > tuple_(literal(last.merchant_id), literal(last.asked_at, row.asked_at.type), literal(last.id))
        )
        found = session.scalars(behind).all() if len(found) == PAGE else ()


def advance(session: Session, erasure: models.Erasure, lease: Lease, **values: Any) -> bool:
    """Write how far a claimed erasure is; False when the lease was lost meanwhile: then the caller's transaction is to be undone."""
    row = models.Erasure
    held = update(row).where(row.id == erasure.id, row.lease == lease.token).values(**values).returning(row.id)
    return session.execute(held.execution_options(synchronize_session=False)).first() is not None


# --- what there is


def lock_open_orders(session: Session, buyer: str) -> Sequence[str]:
    """The ids of the buyer's orders that are not over, locked until the transaction ends."""
    row = models.Order
    query = select(row.id).where(row.buyer_id == buyer, row.state.not_in(FINAL)).order_by(row.id)
    return session.scalars(query.with_for_update()).all()


@dataclass(frozen=True)
class MoneyInFlight:
    """An order of whose money something is still to become: `why` is the state of what is (processing, authorised, refund, dispute)."""

    order: str
    reference: str
    why: str


def in_flight(session: Session, buyer: str) -> Sequence[MoneyInFlight]:
    """The buyer's orders whose money is on its way, is held, goes back or is disputed; some of them, where they are many."""
    order = models.Order
    of_buyer = select(order.id, order.reference, order.state).where(order.buyer_id == buyer)
    moving = of_buyer.where(
        or_(
            order.state.in_((State.PROCESSING, State.AUTHORISED)),
            order.id.in_(_of(models.Attempt, buyer).where(models.Attempt.state.in_(IN_FLIGHT))),
        )
    )
    going = (RefundState.REQUESTED, RefundState.PENDING)
    back = of_buyer.where(order.id.in_(_of(models.Refund, buyer).where(models.Refund.state.in_(going))))
    open_ = models.Dispute.state == DisputeState.OPEN
    disputed = of_buyer.where(order.id.in_(_of(models.Dispute, buyer).where(open_)))
    kinds: dict[str, Any] = {"": moving, "refund": back, "dispute": disputed}
    found = [
        MoneyInFlight(identity, reference, why or str(state))
        for why, query in kinds.items()
        for identity, reference, state in session.execute(query.order_by(order.created_at).limit(NAMED))
    ]
    return found[:NAMED]


def _of(model: Any, buyer: str) -> Select[Any]:
    return (
        select(model.order_id)
        .join(models.Order, models.Order.id == model.order_id)
        .where(models.Order.buyer_id == buyer)
    )


def told(session: Session, buyer: str) -> set[str]:
    """What the buyer's orders say of the person in words: addresses, descriptions, names and streets."""
    row = models.Order
    found = session.execute(select(row.email, row.description, row.details).where(row.buyer_id == buyer))
    words: set[str | None] = set()
    for email, description, details in found.yield_per(500):
        words |= {email, description, *((details or {}).get(name) for name in ("name", "line1", "line2"))}
    return {word for word in words if word}


def of_others(session: Session, merchant: str, buyer: str, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that are an operator's of the merchant's too, or another buyer's by now."""
    written = {form: number for number in numbers for form in phones.forms(number)}
    operators = select(models.Operator.phone).where(
        models.Operator.merchant_id == merchant, models.Operator.phone.in_(written)
    )
    row = models.Buyer
    other = select(row.phone).where(row.merchant_id == merchant, row.phone.in_(written), row.id != buyer)
    return {written[each] for query in (operators, other) for each in session.scalars(query) if each}


def customers(session: Session, buyer: str) -> list[str]:
    """Every customer that the gateway was told of for the buyer."""
    own = select(models.Buyer.customer).where(models.Buyer.id == buyer)
    saved = select(models.Alias.customer).where(models.Alias.buyer_id == buyer)
    return sorted({each for query in (own, saved) for each in session.scalars(query) if each})


def waits_for_gateway(session: Session, buyer: str) -> bool:
    """Whether an order of the buyer's is not over yet, or a card that was revoked is not forgotten."""
    open_ = select(models.Order.id).where(models.Order.buyer_id == buyer, models.Order.state.not_in(FINAL))
    kept = select(models.Alias.id).where(models.Alias.buyer_id == buyer, models.Alias.due_at.is_not(None))
    return any(session.scalar(query.limit(1)) is not None for query in (open_, kept))


# --- what is erased at once


def hide(session: Session, buyer: models.Buyer, numbers: Collection[str]) -> None:
    """Nobody is known by the buyer's row and orders any more, and nothing that waits goes to the person, of whom alone these `numbers` are; under
    the buyer's lock."""
    for name, value in personal.written("buyers").items():
        setattr(buyer, name, value)
    order, message, mail = models.Order, models.Message, models.Mail
    mine = select(order.id).where(order.buyer_id == buyer.id)
    _write(session, order, order.buyer_id == buyer.id, {order.revision: order.revision + 1} | _values(order))
    order_search.refresh(session, order.buyer_id == buyer.id)
    to_them = and_(message.merchant_id == buyer.merchant_id, message.phone.in_(numbers), message.due_at.is_not(None))
    dropped = case((message.direction == "out", literal(MessageState.DROPPED, message.state.type)), else_=message.state)
    _write(session, message, to_them, {message.state: dropped, message.due_at: None, message.lease: None})
    unsent = and_(mail.order_id.in_(mine), mail.due_at.is_not(None))
    _write(session, mail, unsent, {mail.state: MailState.DROPPED, mail.due_at: None, mail.lease: None})


# --- what is erased in steps


def orders_after(session: Session, buyer: str, cursor: str | None, limit: int) -> Sequence[str]:
    """The buyer's next orders after that one, by their time."""
    row = models.Order
    query = select(row.id).where(row.buyer_id == buyer)
    if cursor is not None:
        at = select(row.created_at).where(row.id == cursor).scalar_subquery()
        query = query.where(or_(row.created_at > at, and_(row.created_at == at, row.id > cursor)))
    return session.scalars(query.order_by(row.created_at, row.id).limit(limit)).all()


def are_busy(session: Session, orders: Sequence[str], now: datetime) -> bool:
    """Whether the shop is still to hear something about these orders, or a worker has something about them in hand."""
    message, callback, mail = models.Message, models.Callback, models.Mail
    queries = (
        select(message.id).where(message.order_id.in_(orders), message.due_at.is_not(None)),
        *(
            select(model.id).where(model.order_id.in_(orders), model.lease_until > now)
            for model in (message, callback, mail)
        ),
    )
    return any(session.scalar(query.limit(1)) is not None for query in queries)


def erase_orders(session: Session, merchant: str, orders: Sequence[str]) -> None:
    """Erase what belongs to these orders. What was said to the shop's own phones keeps whose chat it stands in."""
    attempt, refund, mail = models.Attempt, models.Refund, models.Mail
    callback, delivery, message = models.Callback, models.Delivery, models.Message
    for model, which in (
        (models.Order, models.Order.id.in_(orders)),
        (attempt, attempt.order_id.in_(orders)),
        (refund, refund.order_id.in_(orders)),
        (models.Reminder, models.Reminder.id.in_(orders)),
        (mail, mail.order_id.in_(orders)),
    ):
        _write(session, model, which, _values(model))
    order_search.refresh(session, models.Order.id.in_(orders))
    of_orders = select(callback.id).where(callback.order_id.in_(orders))
    _write(session, delivery, delivery.callback_id.in_(of_orders), _values(delivery))
    from_staff = message.phone.in_(_staff(merchant))
    heard = select(message.wamid).where(message.order_id.in_(orders), message.direction == "in", from_staff)
    stored = models.InboxEvent
    came = and_(stored.merchant_id == merchant, stored.source == "whatsapp", stored.external_id.in_(heard))
    _empty(session, came)
    erase_messages(session, merchant, message.order_id.in_(orders))
    event = models.OrderEvent
    lines = session.execute(select(event.id, event.data).where(event.order_id.in_(orders)))
    redacted = [{"id": identity, "data": kept} for identity, data in lines if (kept := redaction.event(data)) != data]
    _rewrite(session, event, redacted)
    bodies = session.execute(select(callback.id, callback.body).where(callback.order_id.in_(orders)))
    _rewrite(session, callback, [{"id": identity, "body": _redacted(body), "error": None} for identity, body in bodies])


def erase_letters(session: Session, which: ColumnElement[bool]) -> None:
    """Erase what these letters say, and to whom they went."""
    _write(session, models.Mail, which, _values(models.Mail))


def erase_chat(session: Session, merchant: str, numbers: Collection[str]) -> None:
    """Erase whatever was said to and by these phones, of no shop's own people, and how much may still be written to them."""
    row = models.Message
    erase_messages(session, merchant, and_(row.merchant_id == merchant, row.phone.in_(numbers)))
    forget_quotas(session, merchant, numbers)


def erase_messages(session: Session, merchant: str, which: ColumnElement[bool]) -> None:
    """Erase what these messages say, and, but for the shop's own phones, who said it."""
    row, staff = models.Message, _staff(merchant)
    columns, values = row.__table__.c, _values(row)
    for column in (columns.phone, columns.wamid, columns.reply_to):
        values[column] = case((row.phone.in_(staff), column), else_=values[column])
    _write(session, row, which, values)


@dataclass(frozen=True)
class Found:
    """A row that may name somebody: `said` is all of it that is text, `is_done`: nobody works on it any more."""

    id: Any
    said: tuple[Any, ...]
    is_done: bool


@dataclass(frozen=True)
class Window:
    """Some rows of a table, one after the other by their ids: those `found` that may name somebody, and the `last` of all, None at the end."""

    last: Any
    found: Sequence[Found]


def events_after(
    session: Session, merchant: str, cursor: int, until: datetime, literally: Iterable[str], size: int
) -> Window:
    """Stored webhooks behind that one: the merchant's of WhatsApp up to that moment that are messages or have one of these texts in them."""
    row, last = _some(session, models.InboxEvent, cursor, size)
    payload = cast(row.payload, Text)
    may = or_(payload.like('%"message"%'), *(payload.contains(text, autoescape=True) for text in literally))
    which = (row.merchant_id == merchant, row.source == "whatsapp", row.received_at <= until, may)
    query = select(row.id, row.due_at, row.external_id, row.payload, row.error).where(*which)
    return Window(last, _found(session, query))


def messages_after(session: Session, merchant: str, cursor: str, until: datetime, size: int) -> Window:
    """Messages behind that one: the merchant's up to that moment that are about no order."""
    row, last = _some(session, models.Message, cursor, size)
    which = (row.merchant_id == merchant, row.order_id.is_(None), row.created_at <= until, row.phone != "")
    said = (row.phone, row.wamid, row.notice, row.body, row.choices, row.error)
    return Window(last, _found(session, select(row.id, row.due_at, *said).where(*which)))


def _some(session: Session, model: Any, cursor: Any, size: int) -> tuple[Any, Any]:
    """So many rows behind that one, by the primary key, whichever of them are wanted: each step costs as little as the others, and the last one's
    id."""
    rows = select(model).where(model.id > cursor).order_by(model.id).limit(size).subquery()
    ids = select(model.id).where(model.id > cursor).order_by(model.id).limit(size).subquery()
    return aliased(model, rows), session.scalar(select(func.max(ids.c.id)))


def _found(session: Session, query: Select[Any]) -> list[Found]:
    return [Found(identity, tuple(said), due is None) for identity, due, *said in session.execute(query)]


def forget_events(session: Session, events: Sequence[int]) -> None:
    """Delete stored webhooks, also those that a worker has in hand: it then does nothing."""
    row = models.InboxEvent
    session.execute(delete(row).where(row.id.in_(events)).execution_options(synchronize_session=False))


def empty_events(session: Session, events: Sequence[int]) -> None:
    """Erase what stored webhooks say that are done: their ids stay, so that one which comes again is known."""
    _empty(session, models.InboxEvent.id.in_(events))


def named(ids: Sequence[str]) -> ColumnElement[bool]:
    """The messages of these ids."""
    return models.Message.id.in_(ids) if ids else false()


def forget_quotas(session: Session, merchant: str, numbers: Collection[str]) -> None:
    """How much may still be written to these phones is not known any more."""
    row = models.SendQuota
    session.execute(delete(row).where(row.merchant_id == merchant, row.phone.in_(numbers)))


def erased_among(session: Session, merchant: str, messages: Collection[str]) -> frozenset[str]:
    """Those of these messages of ours that were to a buyer who was erased since."""
    if not messages:
        return frozenset()
    row = models.Message
    query = select(row.id).where(row.id.in_(messages), row.merchant_id == merchant, row.phone == "")
    return frozenset(session.scalars(query))


def _staff(merchant: str) -> Select[Any]:
    operator = models.Operator
    return select(operator.phone).where(operator.merchant_id == merchant, operator.phone.is_not(None))


def _empty(session: Session, which: ColumnElement[bool]) -> None:
    row = models.InboxEvent
    _write(session, row, and_(which, row.due_at.is_(None)), {row.payload: {}, row.error: None})


def _values(model: Any) -> dict[Any, Any]:
    """What `personal` has written into a table's columns; None is SQL's NULL, in documents too."""
    table = model.__table__
    values = personal.written(table.name)
    return {table.c[name]: null() if value is None else value for name, value in values.items()}


def _write(session: Session, model: Any, which: ColumnElement[bool], values: dict[Any, Any]) -> None:
    session.execute(update(model).where(which).values(values).execution_options(synchronize_session=False))


def _rewrite(session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(update(model), rows, execution_options={"synchronize_session": None})


def _redacted(body: str) -> str:
    return json.dumps(redaction.callback(json.loads(body)), ensure_ascii=False, separators=(",", ":"))
