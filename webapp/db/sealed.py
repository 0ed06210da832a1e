"""Queries on what is sealed: every column of the type `models.Sealed`, row by row, for who seals it anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from webapp.db import models
from webapp.domain.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Column

    from webapp.db.session import Session

LOOKED_AT = (State.OPEN, State.PROCESSING, State.AUTHORISED)


@dataclass(frozen=True)
class Place:
    """A column whose values are sealed, and the one key column of its table."""

    column: Column[Any]
    key: Column[Any]

    @property
    def name(self) -> str:
        """`merchants.gateway_secrets`"""
        return f"{self.column.table.name}.{self.column.name}"


@dataclass(frozen=True)
class OpenLinks:
    """How many orders, made until some moment, can still be paid, and the end of the last."""

    count: int
    until: datetime | None


def places() -> list[Place]:
    """All of them."""
    return [
        Place(column, *table.primary_key.columns)
        for table in models.Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, models.Sealed)
    ]


def after(session: Session, place: Place, key: str, limit: int) -> Sequence[tuple[str, str]]:
    """The next rows that have a value there: key and value, in the order of the keys."""
    query = select(place.key, place.column).where(place.column.is_not(None), place.key > key)
    return [(row[0], row[1]) for row in session.execute(query.order_by(place.key).limit(limit))]


def exchange(session: Session, place: Place, key: str, former: str, new: str) -> bool:
    """Write another value, unless somebody has changed it since it was read. Whether that was done."""
    there = place.key == key, place.column == former
    done = session.execute(update(place.column.table).where(*there).values({place.column: new}))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # a cursor's result, which an UPDATE has


def open_links(session: Session, merchant: str, made_until: datetime) -> OpenLinks:
    """Of the merchant's orders."""
    row = models.Order
    query = select(func.count(), func.max(row.expires_at)).where(row.merchant_id == merchant)
    count, until = session.execute(query.where(row.state.in_(LOOKED_AT), row.created_at <= made_until)).one()
    return OpenLinks(count, until)
