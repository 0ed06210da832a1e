"""Queries on money going back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from webapp.db import models
from webapp.db.narrow import belongs
from webapp.domain.actors import ActorKind
from webapp.domain.errors import NotFound
from webapp.domain.statuses import RefundState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Select

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


def asked_by(session: Session, merchant: str, user: str, *, since: datetime) -> Sequence[tuple[int, str]]:
    """Amounts and currencies of what that user has had given back since then, but for what failed."""
    row, order = models.Refund, models.Order
    found = (
        select(row.amount, order.currency)
        .join(order, order.id == row.order_id)
        .where(row.merchant_id == merchant, row.created_at >= since, row.state != RefundState.FAILED)
        .where(row.actor_kind == ActorKind.USER, row.actor_id == user)
    )
    return [(amount, currency) for amount, currency in session.execute(found)]


def disputes(session: Session, order: str) -> Sequence[models.Dispute]:
    """The order's disputes, oldest first."""
    return session.scalars(
        select(models.Dispute).where(models.Dispute.order_id == order).order_by(models.Dispute.created_at)
    ).all()


def of_merchant(session: Session, merchant: str, refund: str) -> tuple[models.Refund, str]:
    """The merchant's refund, with its currency. Raises `NotFound` also for another merchant's."""
    found = session.execute(
        _with_currency().where(models.Refund.merchant_id == merchant, models.Refund.id == refund)
    ).one_or_none()
    if found is None:
        raise NotFound("no such refund")
    return found[0], found[1]


def page(
    session: Session, merchant: str, order: str | None, after: tuple[datetime, str] | None, *, limit: int
) -> Sequence[tuple[models.Refund, str]]:
    """The merchant's newest refunds with their currencies, by keyset on the creation time and the id."""
    row = models.Refund
    own = [row.merchant_id == merchant]
    if order is not None:
        own = [belongs(row.merchant_id, merchant), row.order_id == order]
    query = _with_currency().where(*own)
    if after is not None:
        at, last = after
        query = query.where(row.created_at <= at, or_(row.created_at < at, row.id > last))
    found = session.execute(query.order_by(row.created_at.desc(), row.id).limit(limit))
    return [(refund, currency) for refund, currency in found]


def _with_currency() -> Select[models.Refund, str]:
    return select(models.Refund, models.Order.currency).join(models.Order, models.Order.id == models.Refund.order_id)
