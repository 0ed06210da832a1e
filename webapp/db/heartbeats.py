"""Queries on heartbeats: each queue consumer of each worker says that it still looks for work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from webapp.db.session import Session

KEPT = timedelta(days=1)


def beat(session: Session, worker: str, queue: str, now: datetime) -> None:
    """Note that this worker still looks for work in this queue. Deletes the heartbeats of workers that ended long ago."""
    session.merge(models.Heartbeat(worker=worker, queue=queue, seen_at=now))
    session.execute(delete(models.Heartbeat).where(models.Heartbeat.seen_at < now - KEPT))


def last_heartbeats(session: Session) -> Mapping[str, datetime]:
    """When any worker last looked for each kind of work, by the kind's table."""
    seen = select(models.Heartbeat.queue, func.max(models.Heartbeat.seen_at).label("at")).group_by(
        models.Heartbeat.queue
    )
    return {row.queue: row.at for row in session.execute(seen)}


def ahead(session: Session, after: datetime) -> Mapping[str, datetime]:
    """The workers whose clock is ahead: those that looked for work after `after`, and when they say that they did."""
    said = (
        select(models.Heartbeat.worker, func.max(models.Heartbeat.seen_at).label("at"))
        .where(models.Heartbeat.seen_at > after)
        .group_by(models.Heartbeat.worker)
        .order_by(models.Heartbeat.worker)
    )
    return {row.worker: row.at for row in session.execute(said)}
