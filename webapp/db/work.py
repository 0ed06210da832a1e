"""Rows that are work: claimed by one worker at a time, for the length of a lease, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import and_, exists, or_, select, true, update
from sqlalchemy.orm import aliased

from webapp.db import models
from webapp.domain.statuses import CallbackState, MailState, MessageState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement

    from webapp.db.session import Session

Row = TypeVar(
    "Row",
    models.Callback,
    models.Message,
    models.InboxEvent,
    models.Attempt,
    models.Order,
    models.Refund,
    models.Alias,
    models.ScheduledTask,
    models.Reminder,
    models.Mail,
)

MONEY: tuple[Any, ...] = (models.Attempt, models.Order, models.Refund, models.Alias, models.ScheduledTask)
"""Kinds of work that are never given up."""
EVERY: tuple[Any, ...] = (models.InboxEvent, models.Message, models.Callback, models.Reminder, models.Mail, *MONEY)


@dataclass(frozen=True)
class Lease:
    """The right to write a claimed row back: lost when the lease has run out and another worker has claimed it."""

    token: str
    until: datetime


def is_due(session: Session, model: type[Row], now: datetime, busy: Sequence[str] = ()) -> bool:
    """Whether anything could be claimed; takes no lock, so an idle worker costs a writer nothing."""
    return session.scalar(select(model.id).where(*_free(model, now, busy)).limit(1)) is not None


def claim(
    session: Session, model: type[Row], *, now: datetime, lease: timedelta, limit: int, busy: Sequence[str] = ()
) -> tuple[Lease, Sequence[Row]]:
    """Take up to `limit` due rows, oldest first. `busy` names the endpoints that have their share in work already.

    One conditional UPDATE: SQLite admits one writer at a time, PostgreSQL skips what another worker holds locked. The rows
    are chosen once, in a CTE: a subquery may be run again for each row, and each time skips what it has just locked.
    """
    mine = Lease(secrets.token_hex(8), now + lease)
    due = select(model.id).where(*_free(model, now, busy)).order_by(model.due_at).limit(limit)
    chosen = due.with_for_update(skip_locked=True).cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")
    rows = session.scalars(
        update(model)
        .where(model.id.in_(select(chosen.c.id)))
        .values(lease=mine.token, lease_until=mine.until, tries=model.tries + 1)
        .returning(model)
        .execution_options(synchronize_session=False)
    ).all()
    return mine, sorted(rows, key=lambda row: row.due_at or now)


def finish(session: Session, model: type[Row], row: str | int, lease: Lease, **values: Any) -> bool:
    """Write a claimed row back and give the lease up; False, and nothing written, when the lease was lost meanwhile.

    Without `due_at` among the values the row is done, without `error` nothing was wrong with it.
    """
    values = {"due_at": None, "lease": None, "lease_until": None, "error": None} | values
    changed = session.execute(
        update(model)
        .where(model.id == row, model.lease == lease.token)
        .values(**values)
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


def release(session: Session, model: type[Row], rows: Sequence[str | int], lease: Lease) -> None:
    """Give claimed rows back untouched, for the next worker to take at once."""
    session.execute(
        update(model)
        .where(model.id.in_(rows), model.lease == lease.token)
        .values(lease=None, lease_until=None, tries=model.tries - 1)
        .execution_options(synchronize_session=False)
    )


def troubled(session: Session, model: type[Row], limit: int) -> Sequence[Row]:
    """Rows that somebody must look at: parked ones and, of money, those that fail and are tried again and again."""
    return session.scalars(
        select(model).where(model.error.is_not(None), *_unfinished(model)).order_by(model.id).limit(limit)
    ).all()


def _free(model: type[Row], now: datetime, busy: Sequence[str]) -> list[ColumnElement[bool]]:
    due = and_(model.due_at <= now, or_(model.lease_until.is_(None), model.lease_until < now))
    return [due, *_fair(busy)] if model is models.Callback else [due]


def _fair(busy: Sequence[str]) -> list[ColumnElement[bool]]:
    """Callbacks of one order go to an endpoint in sequence, and no endpoint takes more than its share of the workers."""
    earlier = aliased(models.Callback)
    waits = exists().where(
        earlier.endpoint_id == models.Callback.endpoint_id,
        earlier.order_id == models.Callback.order_id,
        earlier.sequence < models.Callback.sequence,
        earlier.state == CallbackState.PENDING,
    )
    return [~waits, models.Callback.endpoint_id.not_in(busy)]


def _unfinished(model: type[Row]) -> list[ColumnElement[bool]]:
    """What tells a row that is parked from one that is done, or has failed for good."""
    if model in MONEY:
        return [model.due_at.is_not(None)]
    open_ = {
        models.InboxEvent: true(),
        models.Reminder: true(),
        models.Mail: models.Mail.state == MailState.QUEUED,
        models.Message: models.Message.state.in_((MessageState.QUEUED, MessageState.RECEIVED)),
        models.Callback: models.Callback.state == CallbackState.PENDING,
    }
    return [model.due_at.is_(None), open_[model]]
