"""Queries on buyers for who looks at many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, literal, or_, select

from webapp.db import buyers, keyset, models
from webapp.db.keyset import By
from webapp.domain import phone as phones
from webapp.domain.statuses import AliasStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect, Select

    from webapp.db.session import Session
    from webapp.domain.pages import Key, Page, Place

MOST_COUNTED = 1000
"""Of one buyer's orders: more are not told apart, so that a page costs the same whoever is on it."""


@dataclass(frozen=True)
class Search:
    """What a list of buyers is narrowed to: a phone (E.164, in any of its forms) that is theirs or was, the e-mail address given last. `after` is the last line of the
    page before: when the buyer was new, and the id."""

    phone: str | None = None
    email: str | None = None
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True)
class ListedBuyer:
    """A buyer, with how many orders (`MOST_COUNTED` at most) and cards that can be charged they have. `erasure` is None for who is not erased."""

    buyer: models.Buyer
    orders: int
    aliases: int
    erasure: models.Erasure | None


def page(session: Session, merchant: str, search: Search, *, limit: int) -> Sequence[ListedBuyer]:
    """The merchant's newest buyers that match, by keyset on the creation time and the id."""
    row, which = models.Buyer, _which(merchant, search)
    if search.after is not None:
        at, last = search.after
        which += [row.created_at <= at, or_(row.created_at < at, row.id > last)]
    return _found(session, which, limit, few=search.phone is not None or search.email is not None)


def paged(session: Session, merchant: str, search: Search, place: Place, *, limit: int) -> Page[ListedBuyer]:
    """The same both ways from a place, which takes that of `after`."""
    few = search.phone is not None or search.email is not None
    order = (By(_made(few=few), descending=True), By(models.Buyer.id, descending=True))
    found = keyset.page(session, _query(_which(merchant, search)), order, _key, place, limit=limit)
    return replace(found, rows=[ListedBuyer(*each) for each in found.rows])


def one(session: Session, merchant: str, buyer: str) -> ListedBuyer | None:
    """The merchant's buyer of that id, if there is one."""
    row = models.Buyer
    return next(iter(_found(session, [row.merchant_id == merchant, row.id == buyer], 1, few=True)), None)


def orders(session: Session, buyer: str, place: Place, *, limit: int) -> Page[models.Order]:
    """The buyer's orders, the newest first."""
    row = models.Order
    order = (By(row.created_at, descending=True), By(row.id, descending=True))
    query = select(row).where(row.buyer_id == buyer)
    found = keyset.page(session, query, order, _key, place, limit=limit)
    return replace(found, rows=[each for (each,) in found.rows])


def orders_of_ids(session: Session, buyer: str, ids: Sequence[str]) -> Sequence[models.Order]:
    """Those of the buyer's orders, the oldest first."""
    row = models.Order
    return session.scalars(select(row).where(row.buyer_id == buyer, row.id.in_(ids)).order_by(row.created_at)).all()


def _key(row: Any) -> Key:
    return row[0].created_at, row[0].id


def _which(merchant: str, search: Search) -> list[ColumnElement[bool]]:
    """The merchant's; where few are sought, by their ids alone, as SQLite would read all of the merchant's beside them."""
    row = models.Buyer
    which: list[ColumnElement[bool]] = []
    if search.phone is not None:
        forms = phones.forms(search.phone)
        which.append(row.id.in_(buyers.any_of(merchant, row.phone.in_(forms), row.former_phone.in_(forms))))
    if search.email is not None:
        which.append(row.id.in_(buyers.any_of(merchant, row.email.in_({search.email, search.email.lower()}))))
    return which or [row.merchant_id == merchant]


def _found(session: Session, which: Sequence[ColumnElement[bool]], limit: int, *, few: bool) -> list[ListedBuyer]:
    query = _query(which).order_by(_made(few=few).desc(), models.Buyer.id).limit(limit)
    return [ListedBuyer(*found) for found in session.execute(query)]


def _made(*, few: bool) -> ColumnElement[Any]:
    """When a buyer was new. By an expression a few are sorted, and SQLite does not read all of the merchant's because they stand in that order."""
    row = models.Buyer
    return func.coalesce(row.created_at, row.created_at) if few else cast("ColumnElement[Any]", row.created_at)


def _query(which: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    row, alias, erasure = models.Buyer, models.Alias, models.Erasure
    cards = select(func.count().filter(alias.status == AliasStatus.ACTIVE)).where(alias.buyer_id == row.id)
    return (
        select(row, _orders(), cards.correlate(row).scalar_subquery(), erasure)
        .outerjoin(erasure, erasure.id == row.id)
        .where(*which)
    )


def _orders() -> ScalarSelect[Any]:
    some = select(literal(1)).where(models.Order.buyer_id == models.Buyer.id).limit(MOST_COUNTED)
    return select(func.count()).select_from(some.correlate(models.Buyer).subquery()).scalar_subquery()
