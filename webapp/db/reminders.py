"""Queries on reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

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
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(models.Reminder).values(id=order, sent=0, due_at=due, tries=0).on_conflict_do_nothing()
    return session.execute(new.returning(models.Reminder.id)).first() is not None


def sent(session: Session, order: str) -> int:
    """How many the order had."""
    row = session.get(models.Reminder, order, populate_existing=True)
    return row.sent if row is not None else 0
