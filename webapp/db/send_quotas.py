"""Queries on send quotas: what a number may still write to a phone, and to how many people a day. All workers ask the same table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import models
from webapp.db.session import hold

if TYPE_CHECKING:
    from webapp.db.session import Session

EVERY = 6.0  # seconds until a pair may exchange one message more (Meta, messages/messaging-limits)
BURST = 40  # at once; Meta's 45, less what requests that were never answered may have used up
PAUSE = timedelta(seconds=EVERY)
DAY = timedelta(hours=24)


def take(session: Session, merchant: str, phone: str, now: datetime, before: int) -> datetime | None:
    """Take one message out of the pair's burst and leave one for each of the `before` that come first; None when they were all
    there, else when they will be.

    One conditional statement, so that of any number of workers none takes what another has taken. A burst that would be all there
    only later than a whole one takes was noted by a clock that has been set back since: it counts as a whole one.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    at, table = now.timestamp(), models.SendQuota
    latest, later = at + BURST * EVERY, (BURST - 1 - before) * EVERY
    new = insert(table).values(merchant_id=merchant, phone=phone, full_at=at + EVERY)
    taken = new.on_conflict_do_update(
        index_elements=[table.merchant_id, table.phone],
        set_={"full_at": case((table.full_at > latest, at), (table.full_at > at, table.full_at), else_=at) + EVERY},
        where=or_(table.full_at <= at + later, table.full_at > latest),
    ).returning(table)
    quota = session.scalars(taken, execution_options={"populate_existing": True}).first() if before < BURST else None
    if quota is not None:
        hold(session, quota)
        return None
    full_at = session.scalar(select(table.full_at).where(table.merchant_id == merchant, table.phone == phone)) or at
    full_at = full_at if at < full_at <= latest else at
    return max(now, datetime.fromtimestamp(full_at - later, UTC))


def reach(session: Session, merchant: str, phone: str, now: datetime) -> datetime | None:
    """Count a person who is written to without having written; None when the merchant's daily limit allows it, else when the
    first of those 24 hours' people drops out. Called after `take`, which made the row, and in its transaction has it in hand."""
    since, table = now - DAY, models.SendQuota
    quota = session.get_one(table, (merchant, phone))
    if quota.reached_at is None or quota.reached_at <= since:
        # Who counts next waits until this one is counted. Not for the table that refer to the merchant, of which `take` made one.
        locked = select(models.Merchant.daily_limit).where(models.Merchant.id == merchant)
        limit = session.scalars(locked.with_for_update(key_share=True)).one()
        recent = select(func.count(), func.min(table.reached_at)).where(
            table.merchant_id == merchant, table.reached_at > since
        )
        count, first = session.execute(recent).one()
        if count >= limit:
            return (first or now) + DAY
    quota.reached_at = now
    return None
