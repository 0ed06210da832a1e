"""Queries on beats: the signs of life that each line of each worker gives."""

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


def beat(session: Session, worker: str, line: str, now: datetime) -> None:
    """Say that this line of this worker looks for work. Sweeps the beats of workers that ended long ago."""
    session.merge(models.Beat(worker=worker, line=line, seen_at=now))
    session.execute(delete(models.Beat).where(models.Beat.seen_at < now - KEPT))


def last_beats(session: Session) -> Mapping[str, datetime]:
    """When any worker last looked for each kind of work, by the kind's table."""
    seen = select(models.Beat.line, func.max(models.Beat.seen_at).label("at")).group_by(models.Beat.line)
    return {row.line: row.at for row in session.execute(seen)}
