"""Rows that are work: claimed by one worker at a time, for the length of a lease, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement

    from webapp.db.session import Session

Row = TypeVar("Row", models.Callback, models.Message, models.InboxEvent, models.Attempt, models.Order, models.Refund)


@dataclass(frozen=True)
class Lease:
    """The right to write a claimed row back: lost when the lease has run out and another worker has claimed it."""

    token: str
    until: datetime


def is_due(session: Session, model: type[Row], now: datetime) -> bool:
    """Whether anything could be claimed; takes no lock, so an idle worker costs a writer nothing."""
    return session.scalar(select(model.id).where(_due(model, now)).limit(1)) is not None


def claim(
    session: Session, model: type[Row], *, now: datetime, lease: timedelta, limit: int, busy: Sequence[str] = ()
) -> tuple[Lease, Sequence[Row]]:
    """Take up to `limit` due rows, oldest first. `busy` names the endpoints that have their share in work already.

    One conditional UPDATE: SQLite admits one writer at a time, PostgreSQL skips what another worker holds locked.
    """
    mine = Lease(secrets.token_hex(8), now + lease)
    chosen = select(model.id).where(_due(model, now), *_fair(model, busy)).order_by(model.due_at).limit(limit)
    rows = session.scalars(
        update(model)
        .where(model.id.in_(chosen.with_for_update(skip_locked=True)))
        .values(lease=mine.token, lease_until=mine.until, tries=model.tries + 1)
        .returning(model)
        .execution_options(synchronize_session=False)
    ).all()
    return mine, sorted(rows, key=lambda row: row.due_at or now)


def finish(session: Session, model: type[Row], row: str | int, lease: Lease, **values: Any) -> bool:
    """Write a claimed row back and give the lease up; False, and nothing written, when the lease was lost meanwhile.

    Without `due_at` among the values the row is done.
    """
    values = {"due_at": None, "lease": None, "lease_until": None} | values
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


def _due(model: type[Row], now: datetime) -> ColumnElement[bool]:
    return and_(model.due_at <= now, or_(model.lease_until.is_(None), model.lease_until < now))


def _fair(model: type[Row], busy: Sequence[str]) -> list[ColumnElement[bool]]:
    """Callbacks of one order go to an endpoint in sequence, and no endpoint takes more than its share of the workers."""
    if model is not models.Callback:
        return []
    earlier = aliased(models.Callback)
    waits = exists().where(
        earlier.endpoint_id == models.Callback.endpoint_id,
        earlier.order_id == models.Callback.order_id,
        earlier.sequence < models.Callback.sequence,
        earlier.state == "pending",
    )
    return [~waits, models.Callback.endpoint_id.not_in(busy)]


def last_beat(session: Session) -> datetime | None:
    """When a worker was last seen alive."""
    return session.scalar(select(func.max(models.Beat.seen_at)))
