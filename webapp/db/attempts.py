"""Queries on tries at the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.db import models
from webapp.domain.statuses import IN_FLIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session


def in_flight(session: Session, order: str) -> models.Attempt | None:
    """The order's try that is not over; the database admits one."""
    return session.scalars(
        select(models.Attempt).where(models.Attempt.order_id == order, models.Attempt.state.in_(IN_FLIGHT))
    ).one_or_none()


def in_flight_of(tries: Sequence[models.Attempt]) -> models.Attempt | None:
    """The one of an order's tries that is not over."""
    return next((each for each in tries if each.state in IN_FLIGHT), None)


def get(session: Session, attempt: str) -> models.Attempt:
    """The try of that id."""
    return session.get_one(models.Attempt, attempt)


def of_order(session: Session, order: str) -> Sequence[models.Attempt]:
    """All tries of an order, oldest first."""
    return session.scalars(
        select(models.Attempt).where(models.Attempt.order_id == order).order_by(models.Attempt.number)
    ).all()


def next_number(session: Session, order: str) -> int:
    """The number that the order's next try gets, from 1."""
    last = session.scalar(select(func.max(models.Attempt.number)).where(models.Attempt.order_id == order))
    return (last or 0) + 1


def last(session: Session, order: str) -> models.Attempt | None:
    """The newest try."""
    return session.scalars(
        select(models.Attempt).where(models.Attempt.order_id == order).order_by(models.Attempt.number.desc()).limit(1)
    ).first()


def is_another_s(session: Session, attempt: models.Attempt, gateway_attempt_ref: str) -> bool:
    """Whether news with this mark is about another try of the same order: an earlier one, whose news comes late."""
    if not gateway_attempt_ref or attempt.gateway_attempt_ref == gateway_attempt_ref:
        return False
    return (
        session.scalar(
            select(models.Attempt.id)
            .where(
                models.Attempt.order_id == attempt.order_id,
                models.Attempt.id != attempt.id,
                models.Attempt.gateway_attempt_ref == gateway_attempt_ref,
            )
            .limit(1)
        )
        is not None
    )


def that_brought(tries: Sequence[models.Attempt], gateway_attempt_ref: str, *, saved: bool) -> models.Attempt | None:
    """The one of an order's tries, oldest first, that a success belongs to: the one of that mark; else, among those whose answer got lost (no
    mark at all), the newest that agreed to what happened (`saved`: the card was kept); else the newest."""
    newest_first = list(reversed(tries))
    for each in newest_first:
        if gateway_attempt_ref and each.gateway_attempt_ref == gateway_attempt_ref:
            return each
    unheard = [each for each in newest_first if each.gateway_attempt_ref is None]
    return next((each for each in unheard if each.saves is saved), next(iter(unheard or newest_first), None))
