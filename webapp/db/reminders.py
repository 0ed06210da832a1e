"""Queries on reminders."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.sql.dml import ReturningInsert

    from webapp.db.session import Session


def get(session: Session, order: str) -> models.Reminder | None:
    """The order's row, once its link was sent."""
    return session.get(models.Reminder, order)


def set_due(session: Session, order: str, due: Callable[[int], datetime | None]) -> None:
    """When the next is due, told by how many the order had; None for no more. Under the order's lock; a worker that has the row in hand has
    lost it by this."""
    first = due(0)
    if first is not None and _made(session, order, first):
        return
    row = session.get(models.Reminder, order, populate_existing=True)
    if row is not None:
        row.due_at, row.lease, row.error, row.tries = due(row.sent), None, None, 0


def _made(session: Session, order: str, due: datetime) -> bool:
    """Write the order's row, unless it has one."""
    statement = _making(is_sqlite=session.get_bind().dialect.name == "sqlite")
    return session.execute(statement, {"order": order, "first": due}).first() is not None


@functools.cache
def _making(*, is_sqlite: bool) -> ReturningInsert[Any]:
    insert = sqlite.insert if is_sqlite else postgresql.insert
    values = {"id": bindparam("order"), "sent": 0, "due_at": bindparam("first", type_=models.Moment()), "tries": 0}
    table: Any = models.Reminder.__table__
    made: ReturningInsert[Any] = insert(table).values(values).on_conflict_do_nothing().returning(table.c.id)
    return made


def sent(session: Session, order: str) -> int:
    """How many the order had."""
    row = session.get(models.Reminder, order, populate_existing=True)
    return row.sent if row is not None else 0
