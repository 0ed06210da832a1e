"""Queries on buyers for who looks at many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, or_, select

from webapp.db import models
from webapp.domain import phone as phones
from webapp.domain.statuses import AliasStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect

    from webapp.db.session import Session

MOST_COUNTED = 1000
"""Of one buyer's orders: more are not told apart, so that a page costs the same whoever is on it."""


@dataclass(frozen=True)
class Search:
    """What a list of buyers is narrowed to: a phone (E.164, in any of its forms), the e-mail address given last. `after` is the last line of the
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
    row = models.Buyer
    which: list[ColumnElement[bool]] = [row.merchant_id == merchant]
    if search.phone is not None:
        which.append(row.phone.in_(phones.forms(search.phone)))
    if search.email is not None:
        which.append(row.email == search.email)
    if search.after is not None:
        at, last = search.after
        which += [row.created_at <= at, or_(row.created_at < at, row.id > last)]
    return _found(session, which, limit, few=search.phone is not None or search.email is not None)


def one(session: Session, merchant: str, buyer: str) -> ListedBuyer | None:
    """The merchant's buyer of that id, if there is one."""
    row = models.Buyer
    return next(iter(_found(session, [row.merchant_id == merchant, row.id == buyer], 1, few=True)), None)


def _found(session: Session, which: Sequence[ColumnElement[bool]], limit: int, *, few: bool) -> list[ListedBuyer]:
    row, alias, erasure = models.Buyer, models.Alias, models.Erasure
    # By an expression a few are sorted, and SQLite does not read all of the merchant's because they stand in that order.
    cards = select(func.count()).where(alias.buyer_id == row.id, alias.status == AliasStatus.ACTIVE)
    query = (
        select(row, _orders(), cards.correlate(row).scalar_subquery(), erasure)
        .outerjoin(erasure, erasure.id == row.id)
        .where(*which)
        .order_by((func.coalesce(row.created_at, row.created_at) if few else row.created_at).desc(), row.id)
    )
    return [ListedBuyer(*found) for found in session.execute(query.limit(limit))]


def _orders() -> ScalarSelect[Any]:
    some = select(literal(1)).where(models.Order.buyer_id == models.Buyer.id).limit(MOST_COUNTED)
    return select(func.count()).select_from(some.correlate(models.Buyer).subquery()).scalar_subquery()
