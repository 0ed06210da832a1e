"""Queries on callbacks and their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select, update

from webapp.db import models
from webapp.domain.statuses import CallbackState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session


def next_sequence(session: Session, endpoint: str, order: str) -> int:
    """The place of the order's next callback to that endpoint, from 1."""
    last = session.scalar(
        select(func.max(models.Callback.sequence)).where(
            models.Callback.endpoint_id == endpoint, models.Callback.order_id == order
        )
    )
    return (last or 0) + 1


def of_order(session: Session, order: str) -> Sequence[models.Callback]:
    """The order's callbacks, in the order in which they go out."""
    return session.scalars(
        select(models.Callback).where(models.Callback.order_id == order).order_by(models.Callback.sequence)
    ).all()


def posts(session: Session, callback: str) -> int:
    """How often this callback was POSTed."""
    return session.scalar(select(func.count()).where(models.Delivery.callback_id == callback)) or 0


def resume(session: Session, endpoint: str, now: datetime) -> None:
    """Make due what is held for this endpoint, or was parked."""
    session.execute(
        update(models.Callback)
        .where(
            models.Callback.endpoint_id == endpoint,
            models.Callback.state == CallbackState.PENDING,
            models.Callback.due_at.is_(None),
        )
        .values(due_at=now, error=None)
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session, endpoint: str) -> int:
    """How many callbacks of this endpoint have not arrived and are not given up."""
    return (
        session.scalar(
            select(func.count()).where(
                models.Callback.endpoint_id == endpoint, models.Callback.state == CallbackState.PENDING
            )
        )
        or 0
    )


def overdue(
    session: Session, merchant: str, *, waiting_since: datetime, failed_since: datetime, limit: int
) -> Sequence[models.Callback]:
    """Callbacks that were written before `waiting_since` and are still tried, though their endpoint is enabled, and those
    written after `failed_since` that were given up; oldest first."""
    late = and_(
        models.Callback.state == CallbackState.PENDING,
        models.Callback.due_at.is_not(None),
        models.Callback.created_at < waiting_since,
        models.Endpoint.disabled_at.is_(None),
        models.Endpoint.active,
    )
    failed = and_(models.Callback.state == CallbackState.FAILED, models.Callback.created_at > failed_since)
    return session.scalars(
        select(models.Callback)
        .join(models.Endpoint, models.Endpoint.id == models.Callback.endpoint_id)
        .where(models.Callback.merchant_id == merchant, or_(late, failed))
        .order_by(models.Callback.created_at)
        .limit(limit)
    ).all()
