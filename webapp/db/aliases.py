"""Queries on saved cards for who looks at many, or at what was agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, or_, select

from webapp.db import models
from webapp.db.narrow import belongs
from webapp.domain.statuses import AliasStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session


@dataclass(frozen=True)
class Search:
    """What a list of saved cards is narrowed to: one buyer's (`buyer`, an id). `after` is the last line of the page before: when it was saved first,
    and its id."""

    buyer: str | None = None
    after: tuple[datetime, str] | None = None


def page(session: Session, merchant: str, search: Search, *, limit: int) -> Sequence[tuple[models.Alias, models.Buyer]]:
    """The merchant's newest saved cards, those that were revoked too, with their buyers: by keyset on the creation time and the id."""
    row = models.Alias
    query = select(row, models.Buyer).join(models.Buyer, models.Buyer.id == row.buyer_id)
    own = [row.merchant_id == merchant]
    if search.buyer is not None:
        own = [belongs(row.merchant_id, merchant), row.buyer_id == search.buyer]
    query = query.where(*own)
    if search.after is not None:
        at, last = search.after
        query = query.where(row.created_at <= at, or_(row.created_at < at, row.id > last))
    found = session.execute(query.order_by(row.created_at.desc(), row.id).limit(limit))
    return [(alias, buyer) for alias, buyer in found]


def consents(session: Session, alias: str) -> Sequence[models.Consent]:
    """What was agreed to each time the card was saved, newest first."""
    return session.scalars(
        select(models.Consent)
        .where(models.Consent.alias_id == alias)
        .order_by(models.Consent.given_at.desc(), models.Consent.id)
    ).all()


def of_buyer(session: Session, buyer: str, *, limit: int) -> Sequence[models.Alias]:
    """The buyer's saved cards, those that can be charged before those that were revoked, the newest first."""
    row = models.Alias
    order = (case((row.status == AliasStatus.ACTIVE, 0), else_=1), row.created_at.desc(), row.id.desc())
    return session.scalars(select(row).where(row.buyer_id == buyer).order_by(*order).limit(limit)).all()


def charges(session: Session, alias: str, *, limit: int) -> Sequence[models.Order]:
    """What the card was charged without its buyer, the newest first; those that were refused too."""
    row = models.Order
    query = select(row).where(row.charges_alias_id == alias).order_by(row.created_at.desc(), row.id.desc())
    return session.scalars(query.limit(limit)).all()
