"""Callbacks as work: claimed endpoint by endpoint, and written back many at once, by statements that are built once.

What waits for one endpoint is found by an index of its own, so a claim costs the same whatever waits for another. Nothing here waits for a
lock on PostgreSQL: a row that somebody else holds is left out, and its turn comes again.
"""

from __future__ import annotations

import functools
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Text,
    and_,
    bindparam,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import aliased

from webapp.db import models
from webapp.db.work import Lease
from webapp.domain.callback_types import CallbackType
from webapp.domain.statuses import CallbackState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import CTE, ColumnElement, Select
    from sqlalchemy.sql.dml import ReturningUpdate, Update

    from webapp.db.session import Session


class Told(NamedTuple):
    """An endpoint, as it is told."""

    id: str
    merchant_id: str
    url: str
    secrets: str
    former_until: datetime | None
    active: bool
    disabled_at: datetime | None
    failing_since: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether anything is POSTed there now."""
        return self.active and self.disabled_at is None


class Claimed(NamedTuple):
    """A callback in the hands of a worker."""

    id: str
    merchant_id: str
    endpoint_id: str
    order_id: str | None
    sequence: int
    type: str
    body: str
    posts: int
    tries: int


class Held(NamedTuple):
    """A locked callback: its lease, whether another of the same order waits for it, and since when its endpoint has failed."""

    id: str
    lease: str | None
    followed: bool
    failing_since: datetime | None


_ROW = models.Callback
_TOLD = [getattr(models.Endpoint, name) for name in Told._fields]
_CLAIMED = [getattr(_ROW, name) for name in Claimed._fields]


def endpoints(session: Session, ids: Sequence[str]) -> dict[str, Told]:
    """The endpoints of these ids."""
    rows = session.execute(_of_ids(), {"ids": ids})
    return {row.id: Told(*row) for row in rows}


def due(session: Session, now: datetime, *, busy: Sequence[str], after: str, limit: int) -> Sequence[Told]:
    """Endpoints for which something is due, in the order of their ids from that one on: none that is `busy`, nor whose merchant is. It takes
    no lock."""
    return [Told(*row) for row in session.execute(_due(), {"now": now, "busy": busy, "after": after, "most": limit})]


def claim(
    session: Session, rooms: Mapping[str, int], now: datetime, lease: timedelta
) -> tuple[Lease, Sequence[Claimed]]:
    """Take due callbacks of each endpoint, as many as there is room for: its oldest, and of an order the first that is on its way."""
    mine = Lease(secrets.token_hex(8), now + lease)
    given = {"lease_token": mine.token, "lease_end": mine.until, "now": now}
    if session.get_bind().dialect.name == "postgresql":
        at_once = {"told": list(rooms), "most": list(rooms.values())}
        return mine, [Claimed(*row) for row in session.execute(_claiming_of_many(), given | at_once)]
    each = [session.execute(_claiming(), given | {"told": name, "most": room}) for name, room in rooms.items()]
    return mine, [Claimed(*row) for rows in each for row in rows]


def hold(session: Session, endpoint: str, now: datetime, limit: int) -> int:
    """Keep so many of what is due for an endpoint that is not told until it is: all but tests. How many there were."""
    return len(session.execute(_holding(), {"told": endpoint, "now": now, "most": limit}).all())


def lock_endpoints(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of them that nobody else changes, locked until the transaction ends. Orders that write callbacks for them do not wait."""
    return set(session.scalars(_locking(models.Endpoint, key_share=True), {"ids": ids})) if ids else set()


def lock_orders(session: Session, ids: Sequence[str]) -> set[str]:
    """The same of orders."""
    return set(session.scalars(_locking(models.Order), {"ids": ids})) if ids else set()


def lock(session: Session, ids: Sequence[str]) -> dict[str, Held]:
    """The same of callbacks, as they are now."""
    return {row.id: Held(*row) for row in session.execute(_held(), {"ids": ids})}


def write_back(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give locked callbacks back as they now are: `row`, its `now_state`, `now_posts`, when it is `now_due`, and `at`, if it has arrived."""
    if rows:
        session.connection().execute(_writing(), rows)


def move_following(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Have what waits for locked callbacks (`told`, `of_order`, `place`) come due with them, at `now_due`: no sooner than those that are
    tried again, and at once after those that are `done`."""
    if rows:
        session.connection().execute(_following(), rows)


def do_well(session: Session, endpoints: Sequence[str]) -> None:
    """Note of locked endpoints that something has arrived there."""
    well = update(models.Endpoint).where(models.Endpoint.id.in_(endpoints)).values(failing_since=None)
    session.execute(well.execution_options(synchronize_session=False))


def note(session: Session, deliveries: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> None:
    """Add tries to the log, and lines to the timelines of locked orders; who watches one of these sees it at the next poll."""
    connection = session.connection()
    if deliveries:
        connection.execute(insert(models.Delivery), deliveries)
    if lines:
        connection.execute(insert(models.OrderEvent), lines)
        connection.execute(_seen(), {"ids": sorted({line["order_id"] for line in lines})})


# Statements. No parameter may bear the name of a column.


@functools.cache
def _of_ids() -> Select[Any]:
    return select(*_TOLD).where(models.Endpoint.id.in_(bindparam("ids", expanding=True)))


@functools.cache
def _due() -> Select[Any]:
    """Endpoints are walked from one to the next by the index of what is to be done: callbacks that wait for one are stepped over at once."""
    now: Any = bindparam("now", type_=models.Moment())
    walk = select(_next_endpoint(bindparam("after", type_=_ROW.endpoint_id.type)).label("told")).cte(
        "walk", recursive=True
    )
    walk = walk.union_all(select(_next_endpoint(walk.c.told)).where(walk.c.told.is_not(None)))
    waits = exists().where(_ROW.endpoint_id == walk.c.told, _ROW.due_at <= now, _unheld(_ROW, now))
    busy: Any = bindparam("busy", expanding=True)
    return (
        select(*_TOLD)
        .join(walk, models.Endpoint.id == walk.c.told)
        .where(models.Endpoint.id.not_in(busy), models.Endpoint.merchant_id.not_in(busy), waits)
        .limit(bindparam("most", type_=Integer()))
    )


def _next_endpoint(after: Any) -> Any:
    waiting = select(_ROW.endpoint_id).where(_ROW.due_at.is_not(None), _ROW.endpoint_id > after)
    return waiting.order_by(_ROW.endpoint_id).limit(1).scalar_subquery()


@functools.cache
def _claiming() -> ReturningUpdate[Any]:
    return _taking(
        _waiting(bindparam("told"), bindparam("most", type_=Integer())).with_for_update(skip_locked=True).cte("chosen")
    )


@functools.cache
def _claiming_of_many() -> ReturningUpdate[Any]:
    wanted = func.unnest(bindparam("told", type_=ARRAY(Text)), bindparam("most", type_=ARRAY(Integer)))
    each = wanted.table_valued("told", "most", name="wanted").render_derived()
    waiting = _waiting(each.c.told, each.c.most).with_for_update(skip_locked=True).lateral("waiting")
    return _taking(select(waiting.c.id).select_from(each.join(waiting, true())).cte("chosen"))


def _waiting(told: Any, most: Any) -> Select[Any]:
    """So many callbacks of an endpoint as can be claimed now."""
    now: Any = bindparam("now", type_=models.Moment())
    row = aliased(_ROW, name="waits")
    due = select(row.id).where(row.endpoint_id == told, row.due_at <= now, _unheld(row, now))
    return due.where(~_related(row, earlier=True)).order_by(row.due_at).limit(most)


def _taking(chosen: CTE) -> ReturningUpdate[Any]:
    return (
        update(_ROW)
        .where(_ROW.id.in_(select(chosen.prefix_with("MATERIALIZED", dialect="postgresql").c.id)))
        .values(lease=bindparam("lease_token"), lease_until=bindparam("lease_end"), tries=_ROW.tries + 1)
        .returning(*_CLAIMED)
        .execution_options(synchronize_session=False)
    )


@functools.cache
def _holding() -> ReturningUpdate[Any]:
    now: Any = bindparam("now", type_=models.Moment())
    waiting = select(_ROW.id).where(_ROW.endpoint_id == bindparam("told"), _ROW.due_at <= now, _unheld(_ROW, now))
    waiting = waiting.where(_ROW.type != CallbackType.ENDPOINT_TEST).limit(bindparam("most", type_=Integer()))
    chosen = waiting.with_for_update(skip_locked=True).cte("chosen")
    held = update(_ROW).where(_ROW.id.in_(select(chosen.c.id))).values(due_at=None)
    return held.returning(_ROW.id).execution_options(synchronize_session=False)


@functools.cache
def _locking(model: Any, *, key_share: bool = False) -> Select[Any]:
    rows = select(model.id).where(model.id.in_(bindparam("ids", expanding=True)))
    return rows.with_for_update(skip_locked=True, key_share=key_share)


@functools.cache
def _held() -> Select[Any]:
    followed = _related(_ROW, earlier=False).label("followed")
    rows: Any = select(_ROW.id, _ROW.lease, followed, models.Endpoint.failing_since)
    held: Select[Any] = rows.join(models.Endpoint, models.Endpoint.id == _ROW.endpoint_id)
    return held.where(_ROW.id.in_(bindparam("ids", expanding=True))).with_for_update(skip_locked=True, of=_ROW)


@functools.cache
def _writing() -> Update:
    table: Any = _ROW.__table__
    return (
        update(table)
        .where(table.c.id == bindparam("row"))
        .values(
            state=bindparam("now_state"),
            posts=bindparam("now_posts"),
            due_at=bindparam("now_due"),
            delivered_at=func.coalesce(bindparam("at", type_=models.Moment()), table.c.delivered_at),
            lease=None,
            lease_until=None,
            error=None,
        )
    )


@functools.cache
def _following() -> Update:
    row: Any = _ROW.__table__.c
    moment: Any = bindparam("now_due", type_=models.Moment())
    done: Any = bindparam("done", type_=Boolean())
    moved = or_(and_(done, row.due_at > moment, row.posts == 0), and_(not_(done), row.due_at < moment))
    following = (row.endpoint_id == bindparam("told"), row.order_id == bindparam("of_order"))
    waiting = (row.sequence > bindparam("place"), row.state == CallbackState.PENDING)
    return update(_ROW.__table__).where(*following, *waiting, moved).values(due_at=moment)  # type: ignore[arg-type]


@functools.cache
def _seen() -> Update:
    row = models.Order
    seen = update(row).where(row.id.in_(bindparam("ids", expanding=True))).values(revision=row.revision + 1)
    return seen.execution_options(synchronize_session=False)


def _unheld(row: Any, now: Any) -> ColumnElement[bool]:
    return or_(row.lease_until.is_(None), row.lease_until < now)


def _related(row: Any, *, earlier: bool) -> ColumnElement[bool]:
    """Another callback of the same order is on its way to the same endpoint: one that goes before it, or after."""
    other = aliased(_ROW)
    return exists().where(
        other.endpoint_id == row.endpoint_id,
        other.order_id == row.order_id,
        other.sequence < row.sequence if earlier else other.sequence > row.sequence,
        other.state == CallbackState.PENDING,
    )
