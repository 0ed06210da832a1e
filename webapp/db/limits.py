"""Queries on limits: counts that all processes share, each in a window that begins with the first count and ends by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime, timedelta

    from webapp.db.session import Session

SWEPT = 100  # at once: more than one, so that no flood outgrows it, and few, so that nobody waits for it


def count(session: Session, key: str, now: datetime, window: timedelta, times: int = 1) -> models.Limit:
    """Count once more, or so many `times`: how often in this window, these included, and until when it lasts.

    One statement, so that of any number of processes no two get the same count. The row stays locked until the transaction
    ends: who counts several keys does so in the order of their names. A window that begins sweeps some that are over.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(models.Limit).values(key=key, until=now + window, count=times)
    over = models.Limit.until <= now
    counted = new.on_conflict_do_update(
        index_elements=[models.Limit.key],
        set_={
            "count": case((over, times), else_=models.Limit.count + times),
            "until": case((over, new.excluded.until), else_=models.Limit.until),
        },
    ).returning(models.Limit.count, models.Limit.until)
    total, until = session.execute(counted).one()
    if total == times:
        sweep(session, now)
    return models.Limit(key=key, until=until, count=total)


def standing(session: Session, keys: Collection[str], now: datetime) -> Mapping[str, models.Limit]:
    """The counts of those keys whose window is not over."""
    found = session.scalars(select(models.Limit).where(models.Limit.key.in_(keys), models.Limit.until > now))
    return {row.key: row for row in found}


def any_above(session: Session, prefix: str, least: int, now: datetime) -> bool:
    """Whether any key that begins so was counted that often."""
    if session.get_bind().dialect.name == "sqlite":  # which looks for no LIKE in an index, but sorts by code points
        like = and_(models.Limit.key >= prefix, models.Limit.key < prefix + "\U0010ffff")
    else:
        like = models.Limit.key.startswith(prefix, autoescape=True)
    found = select(models.Limit.key).where(like, models.Limit.count >= least, models.Limit.until > now)
    return session.scalar(found.limit(1)) is not None


def forget(session: Session, key: str) -> None:
    """End a window before its time."""
    session.execute(delete(models.Limit).where(models.Limit.key == key).execution_options(synchronize_session=False))


def sweep(session: Session, now: datetime) -> None:
    """Delete some windows that are over. What another transaction counts at this moment is left to the next sweep."""
    over = select(models.Limit.key).where(models.Limit.until <= now).limit(SWEPT).with_for_update(skip_locked=True)
    session.execute(delete(models.Limit).where(models.Limit.key.in_(over)).execution_options(synchronize_session=False))
