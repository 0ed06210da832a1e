"""Queries on imports and their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select

from webapp.db import models
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from webapp.db.session import Session


@dataclass(frozen=True)
class Counts:
    """How many lines of an import became orders, did not, and wait."""

    created: int
    failed: int
    waiting: int


def of_merchant(session: Session, merchant: str, import_id: str) -> models.Import:
    """The merchant's import. Raises `NotFound` also for another merchant's."""
    row = session.scalars(
        select(models.Import).where(models.Import.merchant_id == merchant, models.Import.id == import_id)
    ).one_or_none()
    if row is None:
        raise NotFound("no such import")
    return row


def of_digest(session: Session, merchant: str, digest: str) -> models.Import | None:
    """The merchant's import of that very file."""
    return session.scalars(
        select(models.Import).where(models.Import.merchant_id == merchant, models.Import.digest == digest)
    ).one_or_none()


def add(session: Session, row: models.Import, lines: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Write an import and its lines, by their numbers: what each asks for."""
    session.add(row)
    session.flush()
    session.execute(
        insert(models.ImportLine),
        [{"import_id": row.id, "number": number, "document": document} for number, document in lines],
    )


def lock_waiting(session: Session, import_id: str) -> models.ImportLine | None:
    """The first line that waits and that nobody has in hand, locked until the transaction ends."""
    line = models.ImportLine
    return session.scalars(
        select(line)
        .where(line.import_id == import_id, line.document.is_not(None))
        .order_by(line.number)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def counts(session: Session, import_id: str) -> Counts:
    """How far the import has come."""
    line = models.ImportLine
    found = session.execute(
        select(func.count(line.order_id), func.count(line.code), func.count(line.document)).where(
            line.import_id == import_id
        )
    ).one()
    return Counts(*found)


def failed(session: Session, import_id: str, after: int, limit: int) -> Sequence[models.ImportLine]:
    """Lines behind that number of which no order was made, in the order of the file."""
    line = models.ImportLine
    return session.scalars(
        select(line)
        .where(line.import_id == import_id, line.code.is_not(None), line.number > after)
        .order_by(line.number)
        .limit(limit)
    ).all()


def newest(session: Session, merchant: str, after: tuple[datetime, str] | None, limit: int) -> Sequence[models.Import]:
    """The merchant's imports, the newest first; `after` is the last one of the page before."""
    row = models.Import
    query = select(row).where(row.merchant_id == merchant)
    if after is not None:
        at, last = after
        behind: ColumnElement[bool] = or_(row.created_at < at, row.id > last)
        query = query.where(row.created_at <= at, behind)
    return session.scalars(query.order_by(row.created_at.desc(), row.id).limit(limit)).all()
