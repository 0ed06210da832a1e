"""Queries on imports, previews of them, and their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, null, or_, select, update

from webapp.db import models
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from webapp.db.session import Session


UNSYNCED = {"synchronize_session": False}
PREVIEWS = 10  # of one merchant at a time


@dataclass(frozen=True)
class Counts:
    """How many lines of an import became orders, did not, and wait."""

    created: int
    failed: int
    waiting: int


def of_merchant(session: Session, merchant: str, import_id: str) -> models.Import:
    """The merchant's import. Raises `NotFound` also for another merchant's, and for a preview."""
    row = session.scalars(
        select(models.Import).where(
            models.Import.merchant_id == merchant, models.Import.id == import_id, models.Import.preview_until.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("no such import")
    return row


def of_digest(session: Session, merchant: str, digest: str) -> models.Import | None:
    """The merchant's import of that very file, or a preview of it."""
    return session.scalars(
        select(models.Import).where(models.Import.merchant_id == merchant, models.Import.digest == digest)
    ).one_or_none()


def add(session: Session, row: models.Import, lines: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Write an import and its lines, by their numbers: what each asks for."""
    session.add(row)
    session.flush()
    _add_lines(session, row, lines)


def replace_lines(session: Session, row: models.Import, lines: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Write what the lines of a preview ask for now."""
    session.execute(delete(models.ImportLine).where(models.ImportLine.import_id == row.id), execution_options=UNSYNCED)
    _add_lines(session, row, lines)


def _add_lines(session: Session, row: models.Import, lines: Iterable[tuple[int, dict[str, Any]]]) -> None:
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


def preview(session: Session, merchant: str, import_id: str) -> models.Import:
    """The merchant's preview. Raises `NotFound` also where it is an import by now."""
    row = models.Import
    found = session.scalars(
        select(row).where(row.merchant_id == merchant, row.id == import_id, row.preview_until.is_not(None))
    ).one_or_none()
    if found is None:
        raise NotFound("no such preview")
    return found


def documents(session: Session, import_id: str) -> Sequence[tuple[int, dict[str, Any]]]:
    """What the lines that wait ask for, by their numbers, in the order of the file."""
    line = models.ImportLine
    query = select(line.number, line.document).where(line.import_id == import_id, line.document.is_not(None))
    return [(number, document) for number, document in session.execute(query.order_by(line.number)) if document]


def drop_previews(session: Session, merchant: str, now: datetime, limit: int) -> int:
    """Delete previews whose time is over, and the oldest where there are more than `PREVIEWS`; `limit` of each at a time. How many they were."""
    row, line = models.Import, models.ImportLine
    of_merchant = select(row.id).where(row.merchant_id == merchant, row.preview_until.is_not(None))
    found = set(session.scalars(of_merchant.where(row.preview_until < now).order_by(row.preview_until).limit(limit)))
    found |= set(session.scalars(of_merchant.order_by(row.preview_until.desc()).offset(PREVIEWS).limit(limit)))
    session.execute(delete(line).where(line.import_id.in_(found)), execution_options=UNSYNCED)
    session.execute(delete(row).where(row.id.in_(found)), execution_options=UNSYNCED)
    return len(found)


def counts_of(session: Session, imports: Sequence[str]) -> dict[str, Counts]:
    """How far each of these imports has come."""
    line = models.ImportLine
    made, failed, waits = func.count(line.order_id), func.count(line.code), func.count(line.document)
    query = select(line.import_id, made, failed, waits).where(line.import_id.in_(imports)).group_by(line.import_id)
    return {each[0]: Counts(*each[1:]) for each in session.execute(query)}


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
    query = select(row).where(row.merchant_id == merchant, row.preview_until.is_(None))
    if after is not None:
        at, last = after
        behind: ColumnElement[bool] = or_(row.created_at < at, row.id > last)
        query = query.where(row.created_at <= at, behind)
    return session.scalars(query.order_by(row.created_at.desc(), row.id).limit(limit)).all()


def named(session: Session, merchant: str) -> Sequence[tuple[str, str]]:
    """The merchant's imports whose files have a name: their ids and names."""
    row = models.Import
    found = session.execute(select(row.id, row.name).where(row.merchant_id == merchant, row.name.is_not(None)))
    return [(identity, name) for identity, name in found if name]


def unname(session: Session, imports: Sequence[str]) -> None:
    """Forget what these files were called."""
    session.execute(
        update(models.Import)
        .where(models.Import.id.in_(imports))
        .values(name=None)
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session, merchant: str) -> Iterator[tuple[tuple[str, int], dict[str, Any]]]:
    """The merchant's lines that wait: which, and what each asks for."""
    line = models.ImportLine
    query = select(line.import_id, line.number, line.document).join(models.Import, models.Import.id == line.import_id)
    query = query.where(models.Import.merchant_id == merchant, line.document.is_not(None))
    for import_id, number, document in session.execute(query.execution_options(yield_per=500)):
        yield (import_id, number), document


def strike(session: Session, lines: Sequence[tuple[str, int]], code: str, message: str) -> None:
    """Have these lines bring no order, unless one has by now."""
    row = models.ImportLine
    for import_id, number in lines:
        which = (row.import_id == import_id, row.number == number, row.document.is_not(None))
        values = {row.document: null(), row.code: code, row.message: message}
        session.execute(update(row).where(*which).values(values).execution_options(synchronize_session=False))
