"""Rows that are work: claimed by one worker at a time, for the length of a lease, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import functools
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, exists, or_, select, text, update
from sqlalchemy.orm import aliased

from webapp.db import models
from webapp.domain.statuses import CallbackState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Select, Update
    from sqlalchemy.sql.dml import ReturningUpdate

    from webapp.db.session import Database, Session

Row = TypeVar(
    "Row",
    models.Callback,
    models.Message,
    models.InboxEvent,
    models.Attempt,
    models.Order,
    models.Refund,
    models.Alias,
    models.ScheduledTask,
    models.Reminder,
    models.Mail,
    models.Import,
    models.Erasure,
)

MONEY: tuple[Any, ...] = (
    models.Attempt,
    models.Order,
    models.Refund,
    models.Alias,
    models.ScheduledTask,
    models.Erasure,
)
"""Kinds of work that are never given up."""
EVERY: tuple[Any, ...] = (
    models.InboxEvent,
    models.Message,
    models.Callback,
    models.Reminder,
    models.Mail,
    models.Import,
    *MONEY,
)


SOURCE = "source:"
"""Before a source's name among what is `busy`: no merchant's id has a colon."""
IN_TURNS: tuple[Any, ...] = (models.InboxEvent, models.Message)
"""Kinds of work that are taken by their turns (`db/turns`)."""


@dataclass(frozen=True)
class Lease:
    """The right to write a claimed row back: lost when the lease has run out and another worker has claimed it."""

    token: str
    until: datetime


def next_due(database: Database, now: datetime) -> dict[Any, datetime | None]:
    """Of each kind of work, when the first row that nobody holds is due, in the past or to come; None where there is none."""
    found = database.read_raw(_next_due(), now=now)
    return dict(zip(EVERY, found or (), strict=True))


def is_due(session: Session, model: type[Row], now: datetime, busy: Sequence[str] = ()) -> bool:
    """Whether anything could be claimed; takes no lock, so an idle worker costs a writer nothing."""
    return session.scalar(_first_due(model), {"now": now, "busy": busy}) is not None


def claim(
    session: Session, model: type[Row], *, now: datetime, lease: timedelta, limit: int, busy: Sequence[str] = ()
) -> tuple[Lease, Sequence[Row]]:
    """Take up to `limit` due rows, by their turn (`db/turns`) where they have one, else oldest first. `busy` names the sources and
    merchants that have their share in work already (of callbacks: `db/callback_queue`).

    One conditional UPDATE: SQLite admits one writer at a time, PostgreSQL skips what another worker holds locked. The rows
    are chosen once, in a CTE: a subquery may be run again for each row, and each time skips what it has just locked.
    """
    mine = Lease(secrets.token_hex(8), now + lease)
    given = {"lease_token": mine.token, "lease_end": mine.until, "now": now, "busy": busy, "most": limit}
    rows = session.scalars(_claiming(model), given).all()
    return mine, sorted(rows, key=lambda row: (getattr(row, "turn", 0), row.due_at or now))


def finish(session: Session, model: type[Row], row: str | int, lease: Lease, **values: Any) -> bool:
    """Write a claimed row back and give the lease up; False, and nothing written, when the lease was lost meanwhile.

    Without `due_at` among the values the row is done, without `error` nothing was wrong with it.
    """
    return session.execute(_finishing(model, row, lease, values).returning(model.id)).first() is not None


def finished(session: Session, model: type[Row], row: str | int, lease: Lease, **values: Any) -> Row | None:
    """`finish`, for who goes on with the row: as it is now, locked until the transaction ends; None when the lease was lost."""
    done = _finishing(model, row, lease, values).returning(model)
    return session.scalars(done, execution_options={"populate_existing": True}).first()


def _finishing(model: type[Row], row: str | int, lease: Lease, values: dict[str, Any]) -> Update:
    values = {"due_at": None, "lease": None, "lease_until": None, "error": None} | values
    mine = update(model).where(model.id == row, model.lease == lease.token)
    return mine.values(**values).execution_options(synchronize_session=False)


def release(session: Session, model: type[Row], rows: Sequence[str | int], lease: Lease) -> None:
    """Give claimed rows back untouched, for the next worker to take at once."""
    session.execute(
        update(model)
        .where(model.id.in_(rows), model.lease == lease.token)
        .values(lease=None, lease_until=None, tries=model.tries - 1)
        .execution_options(synchronize_session=False)
    )


def troubled(session: Session, model: type[Row], limit: int) -> Sequence[Row]:
    """Rows that somebody must look at: parked ones and, of money, those that fail and are tried again and again."""
    condition = text(models.TROUBLED[model.__tablename__])
    return session.scalars(select(model).where(condition).order_by(model.id).limit(limit)).all()


# The statements that a worker asks again and again are built once.


@functools.cache
def _next_due() -> Select[Any]:
    now: Any = bindparam("now", type_=models.Moment())
    return select(
        *(
            select(model.due_at)
            .where(model.due_at.is_not(None), *_free(model, now))
            .order_by(model.due_at)
            .limit(1)
            .scalar_subquery()
            for model in EVERY
        )
    )


@functools.cache
def _first_due(model: type[Row]) -> Select[Any]:
    now: Any = bindparam("now", type_=models.Moment())
    return select(model.id).where(*_claimable(model, now, bindparam("busy", expanding=True))).limit(1)


@functools.cache
def _claiming(model: type[Row]) -> ReturningUpdate[Row]:
    # No parameter may bear the name of a column of any of the tables.
    now: Any = bindparam("now", type_=models.Moment())
    due = select(model.id).where(*_claimable(model, now, bindparam("busy", expanding=True)))
    of_turns: Any = model
    due = due.order_by(*((of_turns.turn,) if model in IN_TURNS else ()), model.due_at)
    chosen = due.limit(bindparam("most")).with_for_update(skip_locked=True).cte("chosen")
    return (
        update(model)
        .where(model.id.in_(select(chosen.prefix_with("MATERIALIZED", dialect="postgresql").c.id)))
        .values(lease=bindparam("lease_token"), lease_until=bindparam("lease_end"), tries=model.tries + 1)
        .returning(model)
        .execution_options(synchronize_session=False)
    )


def _claimable(model: type[Row], now: Any, busy: Any) -> list[ColumnElement[bool]]:
    """What is due and may be claimed: no source of events, and no merchant, takes more than its share of the workers."""
    claimable: list[ColumnElement[bool]] = [model.due_at <= now, *_free(model, now)]
    if model in IN_TURNS:
        of_merchants: Any = model
        claimable.append(of_merchants.merchant_id.not_in(busy))
    if model is models.InboxEvent:
        claimable.append((SOURCE + models.InboxEvent.source).not_in(busy))
    return claimable


def _free(model: type[Row], now: Any) -> list[ColumnElement[bool]]:
    """Nobody holds it, and callbacks of one order go to an endpoint in sequence."""
    unheld = or_(model.lease_until.is_(None), model.lease_until < now)
    return [unheld, _first_in_sequence()] if model is models.Callback else [unheld]


def _first_in_sequence() -> ColumnElement[bool]:
    earlier = aliased(models.Callback)
    waits = exists().where(
        earlier.endpoint_id == models.Callback.endpoint_id,
        earlier.order_id == models.Callback.order_id,
        earlier.sequence < models.Callback.sequence,
        earlier.state == CallbackState.PENDING,
    )
    return ~waits
