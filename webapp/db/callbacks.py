"""Queries on callbacks and their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def deliveries(session: Session, callbacks: Sequence[str]) -> Sequence[models.Delivery]:
    """Every POST of these callbacks, oldest first."""
    return session.scalars(
        select(models.Delivery).where(models.Delivery.callback_id.in_(callbacks)).order_by(models.Delivery.id)
    ).all()
