"""Queries on reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    row = session.get(models.Reminder, order, populate_existing=True)
    at = due(row.sent if row is not None else 0)
    if row is not None:
        row.due_at, row.lease, row.error, row.tries = at, None, None, 0
    elif at is not None:
        session.add(models.Reminder(id=order, sent=0, due_at=at, tries=0))


def sent(session: Session, order: str) -> int:
    """How many the order had."""
    row = session.get(models.Reminder, order, populate_existing=True)
    return row.sent if row is not None else 0
