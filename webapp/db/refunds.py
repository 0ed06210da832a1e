"""Queries on money going back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.db import models
from webapp.domain.statuses import RefundState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session


def of_order(session: Session, order: str) -> Sequence[models.Refund]:
    """The order's refunds, oldest first."""
    return session.scalars(
        select(models.Refund)
        .where(models.Refund.order_id == order)
        .order_by(models.Refund.created_at, models.Refund.id)
    ).all()


def spoken_for(session: Session, order: str) -> int:
    """How much of the order has gone back or is to go back, in minor units."""
    total = session.scalar(
        select(func.sum(models.Refund.amount)).where(
            models.Refund.order_id == order, models.Refund.state != RefundState.FAILED
        )
    )
    return int(total or 0)  # PostgreSQL sums into a decimal number


def disputes(session: Session, order: str) -> Sequence[models.Dispute]:
    """The order's disputes, oldest first."""
    return session.scalars(
        select(models.Dispute).where(models.Dispute.order_id == order).order_by(models.Dispute.created_at)
    ).all()
