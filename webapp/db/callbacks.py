"""Queries on callbacks and their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text, update

from webapp.db import models
from webapp.domain.statuses import CallbackState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session

# In the words of the partial indexes.
PENDING, UNDELIVERED = text("callbacks.state = 'pending'"), text("callbacks.state <> 'delivered'")


def next_sequence(session: Session, endpoint: str, order: str) -> int:
    """The place of the order's next callback to that endpoint, from 1."""
    return next_place(session, endpoint, order)[0]


def next_place(session: Session, endpoint: str, order: str) -> tuple[int, datetime | None]:
    """The same, and when the last of those before it is due that have not arrived: None where nothing waits."""
    row = models.Callback
    due = func.max(row.due_at).filter(row.state == CallbackState.PENDING)
    of_order = select(func.max(row.sequence), due).where(row.endpoint_id == endpoint, row.order_id == order)
    last, waits = session.execute(of_order).one()
    return (last or 0) + 1, waits


def of_order(session: Session, order: str) -> Sequence[models.Callback]:
    """The order's callbacks, in the order in which they go out."""
    return session.scalars(
        select(models.Callback).where(models.Callback.order_id == order).order_by(models.Callback.sequence)
    ).all()


def resume(session: Session, endpoint: str, now: datetime) -> None:
    """Make due what is held for this endpoint, or was parked."""
    session.execute(
        update(models.Callback)
        .where(
            models.Callback.endpoint_id == endpoint,
            PENDING,
            models.Callback.due_at.is_(None),
        )
        .values(due_at=now, error=None)
        .execution_options(synchronize_session=False)
    )


def give_up(session: Session, endpoint: str, why: str) -> None:
    """Try nothing more of what waits for this endpoint and no worker has in hand."""
    session.execute(
        update(models.Callback)
        .where(
            models.Callback.endpoint_id == endpoint,
            PENDING,
            models.Callback.lease.is_(None),
        )
        .values(state=CallbackState.FAILED, due_at=None, error=why)
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session, endpoint: str) -> int:
    """How many callbacks of this endpoint have not arrived and are not given up."""
    return session.scalar(select(func.count()).where(models.Callback.endpoint_id == endpoint, PENDING)) or 0


def waits_since(session: Session, endpoint: str, moment: datetime) -> bool:
    """Whether a callback of this endpoint that was written after that moment has not arrived and is not given up."""
    found = select(models.Callback.id).where(
        models.Callback.endpoint_id == endpoint,
        PENDING,
        models.Callback.created_at > moment,
    )
    return session.scalar(found.limit(1)) is not None


def move(session: Session, former: str, endpoint: str, now: datetime) -> int:
    """Have another endpoint told what has not arrived at the former one: at once, after what waits for it already, and in the same
    sequence. How many there were."""
    waiting = session.scalars(
        select(models.Callback)
        .where(models.Callback.endpoint_id == former, PENDING)
        .order_by(models.Callback.order_id, models.Callback.sequence)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for callback in waiting:
        if callback.order_id is not None:
            callback.sequence = next_sequence(session, endpoint, callback.order_id)
        callback.endpoint_id = endpoint
        callback.due_at, callback.error = now, None
        session.flush()
    return len(waiting)


def overdue(
    session: Session, merchant: str, *, waiting_since: datetime, failed_since: datetime, limit: int
) -> Sequence[models.Callback]:
    """Callbacks that were written, or sent again, before `waiting_since` and are still tried, though their endpoint is enabled, and those
    written after `failed_since` that were given up; oldest first. Tests are not among them."""
    row, endpoint = models.Callback, models.Endpoint
    told = select(row).join(endpoint, endpoint.id == row.endpoint_id)
    told = told.where(row.merchant_id == merchant, row.order_id.is_not(None), UNDELIVERED)
    since = func.coalesce(row.replayed_at, row.created_at)
    open_ = (endpoint.disabled_at.is_(None), endpoint.active)
    late = told.where(row.state == CallbackState.PENDING, row.due_at.is_not(None), since < waiting_since, *open_)
    failed = told.where(row.state == CallbackState.FAILED, row.created_at > failed_since)
    found = [each for query in (late, failed) for each in session.scalars(query.order_by(row.created_at).limit(limit))]
    return sorted(found, key=lambda each: each.created_at)[:limit]
