"""Queries on WhatsApp messages and stored webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, false, func, literal, not_, null, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from webapp.db import buyers, models
from webapp.domain import phone as phones
from webapp.domain.channels import ChannelName
from webapp.domain.errors import NotFound
from webapp.domain.statuses import MailState, MessageState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Session


def by_wamid(session: Session, merchant: str, wamid: str) -> models.Message | None:
    """The message of that id at WhatsApp, locked until the transaction ends."""
    return session.scalars(
        select(models.Message)
        .where(models.Message.merchant_id == merchant, models.Message.wamid == wamid)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def get(session: Session, message: str) -> models.Message | None:
    """The message of our id, locked until the transaction ends."""
    return session.scalars(
        select(models.Message)
        .where(models.Message.id == message)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def of_order(session: Session, order: str) -> Sequence[models.Message]:
    """All messages about an order, oldest first."""
    return session.scalars(
        select(models.Message).where(models.Message.order_id == order).order_by(models.Message.created_at)
    ).all()


def last_request(session: Session, order: str) -> models.Message | None:
    """The last message that brought the order's link to its buyer."""
    return session.scalars(
        select(models.Message)
        .where(models.Message.order_id == order, models.Message.purpose == "request")
        .order_by(models.Message.created_at.desc())
        .limit(1)
    ).first()


def reached(session: Session, order: str) -> bool:
    """Whether the buyer was sent anything about the order, by any channel."""
    to_buyer = select(models.Buyer.phone).join(models.Order).where(models.Order.id == order).scalar_subquery()
    row, mail = models.Message, models.Mail
    sent = (MessageState.SENT, MessageState.DELIVERED, MessageState.READ)
    by_phone = exists().where(row.order_id == order, row.phone == to_buyer, row.direction == "out", row.state.in_(sent))
    by_mail = exists().where(mail.order_id == order, mail.state == MailState.SENT)
    return bool(session.scalar(select(or_(by_phone, by_mail))))


@dataclass(frozen=True)
class SentLink:
    """One message or letter that brings an order's link to its buyer, the first or as a reminder: by which channel, and how far it got."""

    way: ChannelName
    state: str
    at: datetime

    @property
    def is_alive(self) -> bool:
        """Whether it reached the buyer, or still may."""
        return self.state not in {MessageState.FAILED, MessageState.DROPPED}


def links(session: Session, order: str) -> Sequence[SentLink]:
    """All that brought the order's link, or is to bring it, oldest first."""
    row, mail = models.Message, models.Mail
    by_phone = select(row.state, row.created_at).where(row.order_id == order, row.purpose.in_(("request", "reminder")))
    by_mail = select(mail.state, mail.created_at, mail.notices).where(mail.order_id == order)
    found = [SentLink(ChannelName.WHATSAPP, state, at) for state, at in session.execute(by_phone)]
    for state, at, told in session.execute(by_mail):
        if told and told[0].get("kind") in {"payment_request", "payment_reminder"}:
            found.append(SentLink(ChannelName.EMAIL, state, at))
    return sorted(found, key=lambda link: link.at)


NOTICES = "notices that wait, by their order"  # in a session's `info`


def waiting_notices(session: Session, order: str) -> list[models.Message]:
    """Notices of an order that were not tried yet, newest first, which are asked for once in a transaction: locked until it ends, so that no
    worker takes them meanwhile. Who adds one puts it in front."""
    known: dict[str, list[models.Message]] = session.info.setdefault(NOTICES, {})
    if order not in known:
        session.flush()
        row = models.Message
        untried = and_(row.state == MessageState.QUEUED, row.due_at.is_not(None), row.tries == 0, row.lease.is_(None))
        found = session.scalars(
            select(row)
            .where(row.order_id == order, row.direction == "out", row.notice.is_not(None), untried)
            .order_by(row.created_at.desc(), row.id.desc())
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        known[order] = list(found)
    return known[order]


@dataclass(frozen=True)
class Priced:
    """A message that WhatsApp took: to whom, of which order, and what Meta said of its price."""

    phone: str
    reference: str | None
    pricing: dict[str, Any] | None


def priced(
    session: Session,
    *,
    order: str | None = None,
    merchant: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[Priced]:
    """Those of an order, or of a merchant's time; oldest first. What failed or was not sent costs nothing and is left out."""
    row = models.Message
    taken = row.state.in_((MessageState.SENT, MessageState.DELIVERED, MessageState.READ))
    query = select(row.phone, models.Order.reference, row.pricing).outerjoin(
        models.Order, models.Order.id == row.order_id
    )
    query = query.where(row.direction == "out", taken)
    if order is not None:
        query = query.where(row.order_id == order)
    if merchant is not None:
        query = query.where(row.merchant_id == merchant)
    if since is not None and until is not None:
        query = query.where(row.created_at >= since, row.created_at < until)
    return [Priced(*found) for found in session.execute(query.order_by(row.created_at, row.id))]


def thread(session: Session, order: str, phone: str) -> str | None:
    """The wamid that news of an order to that phone reply to: our confirmation, else the command that made the order."""
    about = and_(models.Message.order_id == order, models.Message.phone == phone)
    confirmed = and_(models.Message.purpose == "confirmation", models.Message.state != MessageState.FAILED)
    return session.scalars(
        select(models.Message.wamid)
        .where(about, models.Message.wamid.is_not(None), or_(confirmed, models.Message.direction == "in"))
        .order_by(case((confirmed, 0), else_=1), models.Message.created_at)
        .limit(1)
    ).first()


def has_written(session: Session, merchant: str, names: Sequence[str], since: datetime) -> bool:
    """Whether this phone has written after that moment, under any of its names: free text may be sent to it for 24 hours after."""
    row = models.Message
    own = (row.merchant_id == merchant, row.phone.in_(names), row.created_at > since)
    return session.scalar(select(row.id).where(*own, row.direction == "in").limit(1)) is not None


def was_sent(session: Session, merchant: str, phone: str, purpose: str, since: datetime) -> bool:
    """Whether this phone was sent a message of that purpose at that moment or after."""
    row = models.Message
    own = (row.merchant_id == merchant, row.phone == phone, row.created_at >= since)
    found = select(row.id).where(*own, row.direction == "out", row.purpose == purpose)
    return session.scalar(found.limit(1)) is not None


def open_question(session: Session, merchant: str, phone: str, purpose: str, since: datetime) -> models.Message | None:
    """The newest question of that purpose to this phone since then, if it is still open; locked until the transaction ends."""
    row = models.Message
    query = select(row).where(row.merchant_id == merchant, row.phone == phone, row.created_at >= since)
    query = query.where(row.purpose == purpose).order_by(row.created_at.desc(), row.id).limit(1)
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    return found if found is not None and found.choices is not None else None


@dataclass(frozen=True)
class Due:
    """What is to be known of a message that is to be sent, as it is now.

    `buyer` has its phone; of one about an order to its buyer (`order`), it is that buyer, whatever their phone is now. `before` is how many
    messages to the same phone are to be sent and were written before it, `last` when the last of them is due: not those that failed, for who
    comes after them does not wait until they are tried again. `has_written`: this phone, since the time asked about, under any of its names; None
    when it was not asked.
    """

    merchant: models.Merchant
    order: models.Order | None
    buyer: models.Buyer | None
    before: int
    last: datetime | None
    has_written: bool | None


def due(session: Session, message: models.Message, *, to_buyer: bool, since: datetime | None) -> Due:
    """The same, by one statement. `to_buyer`: it is about its order, to the order's buyer."""
    merchant, buyer, order, row = models.Merchant, models.Buyer, models.Order, models.Message
    waiting = _due_of_pair(message).where(_older(row, message), row.error.is_(None))
    last = waiting.with_only_columns(func.max(row.due_at)).scalar_subquery()
    written = null() if since is None else _has_written(message, since)
    query = select(merchant, buyer, order, waiting.scalar_subquery(), last, written).select_from(merchant)
    if to_buyer:
        query = query.join(order, order.id == message.order_id).join(buyer, buyer.id == order.buyer_id)
    else:
        query = query.outerjoin(buyer, buyer.id == buyers.id_of_phone(message.merchant_id, message.phone))
        query = query.outerjoin(order, false())
    found = session.execute(query.where(merchant.id == message.merchant_id)).one()
    return Due(found[0], found[2], found[1], found[3], found[4], None if since is None else bool(found[5]))


def _has_written(message: models.Message, since: datetime) -> ColumnElement[bool]:
    """`has_written`, beside the buyer's row, if there is one."""
    row, buyer = aliased(models.Message), models.Buyer
    names = row.phone.in_([*phones.forms(message.phone), literal("+") + buyer.wa_id, buyer.user_id])
    own = (row.merchant_id == message.merchant_id, names, row.created_at > since, row.direction == "in")
    return exists().where(*own).correlate(buyer)


def reader_of_newest(session: Session, message: models.Message) -> models.Merchant | None:
    """The merchant who has read the message; None while a later one of the same phone waits to be marked as read."""
    row = models.Message
    later = _due_of_pair(message).where(row.id != message.id, not_(_older(row, message)))
    none_later = later.scalar_subquery() == 0
    return session.scalars(select(models.Merchant).where(models.Merchant.id == message.merchant_id, none_later)).first()


def _due_of_pair(message: models.Message) -> Select[Any]:
    row = models.Message
    pair = and_(row.merchant_id == message.merchant_id, row.phone == message.phone)
    return select(func.count()).where(pair, row.direction == message.direction, row.due_at.is_not(None))


def _older(row: type[models.Message], message: models.Message) -> ColumnElement[bool]:
    """Before it; of two of the same moment, the one of the smaller id."""
    same = and_(row.created_at == message.created_at, row.id < message.id)
    return or_(row.created_at < message.created_at, same)


def ever_sent(session: Session, merchant: str, prefix: str) -> bool:
    """Whether an order's link was ever sent to a buyer's phone that begins so (E.164)."""
    row, buyer = models.Message, models.Buyer
    # All of them are digits behind a plus, so that whatever a database sorts by, those that begin so stand together.
    there = (buyer.merchant_id == merchant, buyer.phone >= prefix, buyer.phone <= prefix.ljust(16, "9"))
    sent = exists().where(row.merchant_id == merchant, row.phone == buyer.phone, row.purpose == "request")
    return session.scalars(select(buyer.id).where(*there, sent).limit(1)).first() is not None


@dataclass(frozen=True)
class Addressee:
    """The number and the account at Meta that a merchant has, and which of the webhooks asked about are there already."""

    number: str | None
    account: str | None
    known: set[str]


def addressee(session: Session, merchant: str, external: Sequence[str]) -> Addressee:
    """Whose webhooks of WhatsApp these may be. Raises `NotFound`."""
    own, row = models.Merchant, models.InboxEvent
    these = and_(row.merchant_id == own.id, row.source == "whatsapp", row.external_id.in_(external))
    query = select(own.phone_number_id, own.business_account_id, row.external_id).outerjoin(row, these)
    found = session.execute(query.where(own.id == merchant)).all()
    if not found:
        raise NotFound(f"no merchant is called {merchant!r}")
    return Addressee(found[0][0], found[0][1], {each for _, _, each in found if each is not None})


def stored(session: Session, merchant: str, source: str, external: Sequence[str]) -> set[str]:
    """Which of these webhooks are there already."""
    rows = models.InboxEvent
    query = select(rows.external_id).where(rows.merchant_id == merchant, rows.source == source)
    return set(session.scalars(query.where(rows.external_id.in_(external))))


def store(session: Session, events: Sequence[dict[str, object]]) -> int:
    """Insert stored webhooks (columns of InboxEvent) that are not there yet; how many were new."""
    if not events:
        return 0
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(models.InboxEvent).values(events).on_conflict_do_nothing().returning(models.InboxEvent.id)
    return len(session.scalars(statement).all())
