"""Queries on orders and their timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, literal, or_, select, union

from webapp.db import models
from webapp.db.narrow import belongs
from webapp.domain import phone as phones
from webapp.domain import references
from webapp.domain.actors import Actor, ActorKind
from webapp.domain.errors import NotFound
from webapp.domain.states import SUCCESSFUL, UNSUCCESSFUL, State
from webapp.domain.timeline import EventKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Session
    from webapp.domain.money import Money

MOST_COUNTED = 1000
"""Of one card's charges: more are not told apart, so that a page costs the same whatever it is about."""


ALARMING = (
    EventKind.ALARM,
    EventKind.REFUND_FAILED,
    EventKind.DISPUTE_OPEN,
    EventKind.LINK_ASKED,
    EventKind.WRONG_RECIPIENT,
    EventKind.WRONG_RECIPIENT_LINK,
)
"""Lines after which somebody of the shop has to look at the order."""
HOLDS = 200


def lock(session: Session, order: str) -> models.Order:
    """The order, locked until the transaction ends. Raises `NotFound`."""
    row = session.scalars(
        select(models.Order).where(models.Order.id == order).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("no such order")
    return row


def get(session: Session, order: str) -> models.Order:
    """The order, whoever's it is: for a caller that holds the order's own link. Raises `NotFound`."""
    row = session.get(models.Order, order)
    if row is None:
        raise NotFound("no such order")
    return row


def of_merchant(session: Session, merchant: str, order: str) -> models.Order:
    """The merchant's order. Raises `NotFound` also for another merchant's."""
    row = session.scalars(
        select(models.Order).where(models.Order.merchant_id == merchant, models.Order.id == order)
    ).one_or_none()
    if row is None:
        raise NotFound("no such order")
    return row


def find(session: Session, merchant: str, order: str) -> models.Order | None:
    """The merchant's order, if there is one of that id."""
    return session.scalars(
        select(models.Order).where(models.Order.merchant_id == merchant, models.Order.id == order)
    ).one_or_none()


def successful_since(session: Session, merchant: str, since: datetime) -> Sequence[models.Order]:
    """The merchant's orders that came to something since then, with an intent at the gateway."""
    return session.scalars(
        select(models.Order).where(
            models.Order.merchant_id == merchant,
            models.Order.state_at >= since,
            models.Order.state.in_(SUCCESSFUL),
            models.Order.intent.is_not(None),
        )
    ).all()


def held(session: Session, merchant: str) -> Sequence[models.Order]:
    """The merchant's orders whose money is held."""
    return session.scalars(
        select(models.Order).where(models.Order.merchant_id == merchant, models.Order.state == State.AUTHORISED)
    ).all()


def by_reference(session: Session, merchant: str, reference: str) -> models.Order | None:
    """The merchant's order of that reference: written so, else whatever its case."""
    row = models.Order
    written, alike = row.reference == reference, row.reference_key == references.key(reference)
    found = union(*(select(row.id).where(row.merchant_id == merchant, each) for each in (written, alike)))
    query = select(row).where(row.id.in_(found)).order_by(case((written, 0), else_=1))
    return session.scalars(query.limit(1)).first()


def references_among(session: Session, merchant: str, keys: Collection[str]) -> frozenset[str]:
    """Those of the keys that the merchant's orders have."""
    if not keys:
        return frozenset()
    found = select(models.Order.reference_key).where(
        models.Order.merchant_id == merchant, models.Order.reference_key.in_(keys)
    )
    return frozenset(key for key in session.scalars(found) if key)


def references_of(session: Session, merchant: str, order_ids: Collection[str]) -> dict[str, str]:
    """The references of those that are the merchant's, by their ids and as they are given."""
    query = select(models.Order.id, models.Order.reference)
    found = {
        row.id: row.reference
        for row in session.execute(
            query.where(belongs(models.Order.merchant_id, merchant), models.Order.id.in_(order_ids))
        )
    }
    return {order: found[order] for order in order_ids if order in found}


def by_idempotency_key(session: Session, merchant: str, idempotency_key: str | None) -> models.Order | None:
    """The order that this very form made before."""
    if idempotency_key is None:
        return None
    return session.scalars(
        select(models.Order).where(
            models.Order.merchant_id == merchant, models.Order.idempotency_key == idempotency_key
        )
    ).one_or_none()


def by_intent(session: Session, merchant: str, intent: str) -> tuple[str, models.Merchant] | None:
    """The id of the merchant's order that this gateway intent belongs to, also when a later generation replaced it; and the merchant."""
    order, attempt = models.Order, models.Attempt
    own = select(order.id).where(belongs(order.merchant_id, merchant), order.intent == intent)
    tried = select(order.id).join(attempt, attempt.order_id == order.id)
    former = tried.where(belongs(order.merchant_id, merchant), attempt.intent == intent)
    found = union(own, former).limit(1).subquery()  # one OR over two tables would read both whole
    query = select(found.c.id, models.Merchant).join_from(found, models.Merchant, models.Merchant.id == merchant)
    row = session.execute(query).first()
    return None if row is None else (row[0], row[1])


def newest_of_buyer(session: Session, buyer: str, states: Collection[str] = ()) -> models.Order | None:
    """The buyer's newest order in one of these states, in any if none is named."""
    query = select(models.Order).where(models.Order.buyer_id == buyer)
    if states:
        query = query.where(models.Order.state.in_(states))
    return session.scalars(query.order_by(models.Order.created_at.desc(), models.Order.id.desc()).limit(1)).first()


def by_message(session: Session, merchant: str, wamid: str) -> models.Order | None:
    """The order that a WhatsApp message of ours, or the command that made it, was about."""
    return session.scalars(
        select(models.Order)
        .join(models.Message, models.Message.order_id == models.Order.id)
        .where(models.Message.merchant_id == merchant, models.Message.wamid == wamid)
    ).first()


@dataclass(frozen=True)
class Filter:
    """What a list for an order backend is narrowed to. `after` is the last line of the page before: when it was created, and its id, for many
    orders may be of one instant."""

    state: State | None = None
    reference: str | None = None
    after: tuple[datetime, str] | None = None


def filtered(session: Session, merchant: str, wanted: Filter, *, limit: int) -> Sequence[models.Order]:
    """The merchant's newest orders that are wanted, by keyset."""
    query = select(models.Order).where(models.Order.merchant_id == merchant)
    if wanted.state is not None:
        query = query.where(models.Order.state == wanted.state)
    if wanted.reference is not None:
        query = query.where(models.Order.reference_key == references.key(wanted.reference))
    if wanted.after is not None:
        query = query.where(*_behind(wanted.after))
    return session.scalars(query.order_by(models.Order.created_at.desc(), models.Order.id).limit(limit)).all()


def _behind(after: tuple[datetime, str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    at, last = after
    later = or_(models.Order.created_at < at, models.Order.id > last)
    return models.Order.created_at <= at, later  # the first alone is what the index is read by


def since(session: Session, merchant: str, moment: datetime, *, limit: int) -> Sequence[models.Order]:
    """The merchant's newest orders that were made since then."""
    return session.scalars(
        select(models.Order)
        .where(models.Order.merchant_id == merchant, models.Order.created_at >= moment)
        .order_by(models.Order.created_at.desc(), models.Order.id)
        .limit(limit)
    ).all()


def note(session: Session, order: models.Order, kind: EventKind, actor: Actor, at: datetime, **data: object) -> None:
    """Add a line to the order's timeline; whoever watches the order sees it at the next poll."""
    order.revision += 1
    order.emptied_at = None
    if kind in ALARMING:
        order.alarmed_at = at
    session.add(
        models.OrderEvent(order_id=order.id, at=at, kind=kind, actor_kind=actor.kind, actor_id=actor.id, data=data)
    )


def alarm(session: Session, order: models.Order, actor: Actor, at: datetime, **data: object) -> bool:
    """Add a line that somebody has to look at; once for each reason (`why`), though every look at the gateway may find it
    again. Whether it is new."""
    said = session.scalars(
        select(models.OrderEvent.data).where(
            models.OrderEvent.order_id == order.id, models.OrderEvent.kind == EventKind.ALARM
        )
    )
    if data.get("why") in {each.get("why") for each in said}:
        return False
    note(session, order, EventKind.ALARM, actor, at, **data)
    return True


def alarmed(session: Session, merchant: str, *, limit: int) -> Sequence[models.Order]:
    """The merchant's orders that somebody has to look at, the newest alarm first."""
    row = models.Order
    return session.scalars(
        select(row)
        .where(row.merchant_id == merchant, row.alarmed_at.is_not(None))
        .order_by(row.alarmed_at.desc())
        .limit(limit)
    ).all()


def last_alarms(session: Session, orders: Collection[str]) -> dict[str, models.OrderEvent]:
    """Of each of these orders the last line that says what is to be looked at."""
    row = models.OrderEvent
    lines = session.scalars(
        select(row).where(row.order_id.in_(orders), row.kind.in_(ALARMING)).order_by(row.at, row.id)
    )
    return {line.order_id: line for line in lines}


def holds_ending(session: Session, merchant: str, *, before: datetime, limit: int) -> Sequence[models.Order]:
    """The merchant's orders whose held money goes back to the buyer before then, the most urgent first: of the `HOLDS` that have been held
    the longest."""
    row = models.Order
    oldest = session.scalars(
        select(row)
        .where(row.merchant_id == merchant, row.state == State.AUTHORISED)
        .order_by(row.created_at)
        .limit(HOLDS)
    ).all()
    ending = [order for order in oldest if order.capture_before is not None and order.capture_before <= before]
    return sorted(ending, key=lambda order: (order.capture_before, order.id))[:limit]


def has_event(session: Session, order: str, kind: EventKind) -> bool:
    """Whether the order's timeline has a line of that kind."""
    found = select(models.OrderEvent.id).where(models.OrderEvent.order_id == order, models.OrderEvent.kind == kind)
    return session.scalars(found.limit(1)).first() is not None


def has_note(session: Session, order: str, once: str) -> bool:
    """Whether a note of the order was written by that very form."""
    row = models.OrderEvent
    notes = session.scalars(select(row.data).where(row.order_id == order, row.kind == EventKind.NOTED))
    return any(data.get("once") == once for data in notes)


def of_buyer(session: Session, buyer: str, *, limit: int) -> Sequence[models.Order]:
    """The buyer's newest orders."""
    row = models.Order
    return session.scalars(
        select(row).where(row.buyer_id == buyer).order_by(row.created_at.desc(), row.id.desc()).limit(limit)
    ).all()


def asked_by(session: Session, order: str, kinds: Collection[EventKind]) -> Actor | None:
    """Who asked last for something of these kinds."""
    row = session.scalars(
        select(models.OrderEvent)
        .where(models.OrderEvent.order_id == order, models.OrderEvent.kind.in_(kinds))
        .order_by(models.OrderEvent.at.desc(), models.OrderEvent.id.desc())
        .limit(1)
    ).first()
    return Actor(ActorKind(row.actor_kind), row.actor_id) if row is not None and row.actor_kind else None


def timeline(session: Session, order: str) -> Sequence[models.OrderEvent]:
    """The order's events, oldest first."""
    return session.scalars(
        select(models.OrderEvent)
        .where(models.OrderEvent.order_id == order)
        .order_by(models.OrderEvent.at, models.OrderEvent.id)
    ).all()


def events(
    session: Session, order: str, after: tuple[datetime, str] | None, *, limit: int
) -> Sequence[models.OrderEvent]:
    """A part of `timeline`, behind a line of it: its time and its id."""
    row = models.OrderEvent
    query = select(row).where(row.order_id == order)
    if after is not None:
        at, last = after
        query = query.where(row.at >= at, or_(row.at > at, row.id > int(last)))
    return session.scalars(query.order_by(row.at, row.id).limit(limit)).all()


def origin(session: Session, alias: str) -> models.Order | None:
    """The order that saved a card first."""
    return session.scalars(
        select(models.Order)
        .where(models.Order.alias_id == alias)
        .order_by(models.Order.created_at, models.Order.id)
        .limit(1)
    ).first()


def latest(session: Session, alias: str) -> models.Order | None:
    """The order that saved a card last."""
    return session.scalars(
        select(models.Order)
        .where(models.Order.alias_id == alias)
        .order_by(models.Order.created_at.desc(), models.Order.id.desc())
        .limit(1)
    ).first()


@dataclass(frozen=True)
class Likeness:
    """What two orders of one message have in common. `phone` is the buyer's (E.164), None where there is none: then the
    e-mail address and who made it (`made_by`, an id) count."""

    action: str
    amount: int | None
    currency: str
    description: str | None
    phone: str | None
    email: str | None
    made_by: str | None


def made_since(session: Session, merchant: str, like: Likeness, since: datetime) -> models.Order | None:
    """An order of the merchant's like that, which was made since then and came to no end without success."""
    row, buyer = models.Order, models.Buyer
    query = select(row).join(buyer).where(row.merchant_id == merchant, row.created_at > since)
    query = query.where(row.action == like.action, row.currency == like.currency, row.state.not_in(UNSUCCESSFUL))
    query = query.where(
        row.amount.is_not_distinct_from(like.amount), row.description.is_not_distinct_from(like.description)
    )
    same_address = row.email.is_not_distinct_from(like.email)
    to_nobody = and_(buyer.phone.is_(None), row.made_by == like.made_by, same_address)
    query = query.where(to_nobody if like.phone is None else buyer.phone.in_(phones.forms(like.phone)))
    return session.scalars(query.where(row.charges_alias_id.is_(None)).limit(1)).first()


def charged_since(session: Session, alias: str, amount: Money, since: datetime) -> models.Order | None:
    """The last charge of that card, for that much, that was asked for since then and was not refused."""
    much = (models.Order.amount == amount.amount, models.Order.currency == amount.currency)
    same = (*much, models.Order.created_at > since)
    return session.scalars(_charges(alias).where(*same).limit(1)).first()


def last_charge(session: Session, alias: str) -> models.Order | None:
    """The last charge of that card that was not refused."""
    return session.scalars(_charges(alias).limit(1)).first()


def charged_after(session: Session, alias: str, order: str, currency: str) -> int:
    """How much that card was charged in a currency after an order, in minor units; after '', at all. Of the last `MOST_COUNTED` charges."""
    row = models.Order
    charges = _charges(alias).with_only_columns(row.amount, row.currency)
    if order:
        at = select(row.created_at).where(row.id == order).scalar_subquery()
        charges = charges.where(row.created_at >= at, row.id != order)
    last = charges.limit(MOST_COUNTED).subquery()
    total = select(func.sum(last.c.amount)).where(last.c.currency == currency)
    return int(session.scalar(total) or 0)  # PostgreSQL sums into a decimal number


def _charges(alias: str) -> Select[models.Order]:
    """Charges of that card that were not refused, newest first."""
    return (
        select(models.Order)
        .where(models.Order.charges_alias_id == alias, models.Order.state != State.REFUSED)
        .order_by(models.Order.created_at.desc(), models.Order.id.desc())
    )


@dataclass(frozen=True)
class Followers:
    """The last charges of a card, oldest first, and how many `more` there were before them: `MOST_COUNTED` at most."""

    last: Sequence[models.Order]
    more: int


def followers(session: Session, order: models.Order, *, limit: int) -> Followers:
    """Later charges of the card that this order saved."""
    if order.alias_id is None:
        return Followers((), 0)
    row = models.Order
    charges = row.charges_alias_id == order.alias_id
    last = session.scalars(select(row).where(charges).order_by(row.created_at.desc(), row.id.desc()).limit(limit)).all()
    if len(last) < limit:
        return Followers(last[::-1], 0)
    some = select(literal(1)).where(charges).limit(limit + MOST_COUNTED).subquery()
    return Followers(last[::-1], (session.scalar(select(func.count()).select_from(some)) or limit) - limit)
