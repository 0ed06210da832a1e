"""What the metrics ask of the database whenever they are read: by the indexes of what is due, or of the newest lines only, so that it costs
the same however much is past."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, literal, or_, select, text

from webapp.db import models, work
from webapp.domain.statuses import AttemptState
from webapp.domain.tasks import TaskType
from webapp.domain.timeline import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Database, Session

MOST = 10_000
"""Rows that are counted of one kind: more are told as so many."""
NEWEST = 2_000
"""Lines of timelines that are looked at."""
UNANSWERED, UNDECIDED = timedelta(minutes=15), timedelta(days=1)
"""How long a try may have had no answer, and how long the gateway may work on one."""
TOLD = (EventKind.PAID, EventKind.REGISTERED)


def due(database: Database, now: datetime) -> Mapping[str, int]:
    """How many rows of each kind of work are due, whether somebody has them in hand or not."""
    found = database.read_raw(_due(), now=now)
    return dict(zip((model.__tablename__ for model in work.EVERY), found or (), strict=True))


def late_tries(session: Session, now: datetime) -> int:
    """Tries of which nothing is known for longer than can be: the gateway, its keys or the network are to be looked at."""
    tries = models.Attempt
    unanswered = tries.state.in_((AttemptState.STARTED, AttemptState.UNKNOWN)) & (tries.created_at < now - UNANSWERED)
    undecided = (tries.state == AttemptState.PENDING) & (tries.created_at < now - UNDECIDED)
    return _count(session, select(tries.id).where(tries.due_at.is_not(None), or_(unanswered, undecided)))


def books_differ(session: Session) -> int:
    """Merchants whose books did not agree with the gateway's in the last comparison, which keeps that as its error."""
    task = models.ScheduledTask
    differ = (task.type == TaskType.RECONCILIATION, task.due_at.is_not(None), task.error.is_not(None))
    return _count(session, select(task.id).where(*differ))


def pages_differ(session: Session) -> int:
    """Merchants whose payment page was found, twice, to be other than this release sends it."""
    return _count(
        session, select(models.PageCheck.merchant_id).where(models.PageCheck.since.is_not(None), models.PageCheck.told)
    )


def untold(session: Session, now: datetime) -> Sequence[tuple[str, str, str]]:
    """Orders that came to money lately, though no callback of it was written, and an endpoint was there to be told: merchant, order, state."""
    recent, order, endpoint = _recent(now), models.Order, models.Endpoint
    wanted = exists().where(
        endpoint.merchant_id == order.merchant_id,
        endpoint.active,
        or_(endpoint.created_at.is_(None), endpoint.created_at <= recent.c.at),
    )
    told = exists().where(
        models.Callback.order_id == order.id, models.Callback.type == literal("order.").concat(recent.c.kind)
    )
    found = (
        select(order.merchant_id, order.id, recent.c.kind)
        .join(recent, recent.c.order_id == order.id)
        .where(recent.c.kind.in_(TOLD), wanted, ~told)
        .distinct()
        .limit(MOST)
    )
    return [(row[0], row[1], str(row[2])) for row in session.execute(found)]


def refunded_beyond(session: Session, now: datetime) -> int:
    """Orders of late of which more went back than was paid."""
    order, recent = models.Order, _recent(now)
    beyond = order.refunded > func.coalesce(order.captured, order.amount, 0)
    return _count(session, select(order.id).join(recent, recent.c.order_id == order.id).where(beyond).distinct())


def paid_twice(session: Session, now: datetime) -> int:
    """Orders of late of which more than one try succeeded."""
    recent, tries = _recent(now), models.Attempt
    done = select(tries.order_id).where(
        tries.order_id.in_(select(recent.c.order_id).where(recent.c.kind.in_(TOLD))), tries.state == AttemptState.DONE
    )
    return _count(session, done.group_by(tries.order_id).having(func.count() > 1))


def lock_waiters(session: Session) -> int | None:
    """Transactions that wait for a lock just now, as PostgreSQL tells; None on SQLite, where whoever writes takes turns."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return int(session.scalar(asked) or 0)


def _recent(now: datetime) -> Any:
    """The newest lines of timelines, of the last hour."""
    line = models.OrderEvent
    newest = select(line.order_id, line.kind, line.at).order_by(line.id.desc()).limit(NEWEST).subquery()
    return select(newest).where(newest.c.at > now - timedelta(hours=1)).subquery()


def _count(session: Session, found: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(found.limit(MOST).subquery())) or 0


@functools.cache
def _due() -> Select[Any]:
    now: Any = bindparam("now", type_=models.Moment())

    def counted(model: Any) -> ColumnElement[int]:
        rows = select(model.id).where(model.due_at.is_not(None), model.due_at <= now).limit(MOST).subquery()
        return select(func.count()).select_from(rows).scalar_subquery()

    kinds: list[Any] = [counted(model).label(model.__tablename__) for model in work.EVERY]
    return select(*kinds)
