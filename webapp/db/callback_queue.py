"""Callbacks as work: claimed endpoint by endpoint, and written back many at once, by statements that are built once.

What waits for one endpoint is found by an index of its own, so a claim costs the same whatever waits for another. Nothing here waits for a
lock on PostgreSQL: a row that somebody else holds is left out, and its turn comes again.
"""

from __future__ import annotations

import functools
import json
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

from webapp.db import models
from webapp.db.among import among
from webapp.db.work import Lease
from webapp.domain.callback_types import CallbackType
from webapp.domain.statuses import CallbackState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import CTE, ColumnElement, Select
    from sqlalchemy.sql.dml import Insert, ReturningUpdate, Update

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


# Tables, not classes: what the ORM adds to a statement costs more here than the statement.
_CALLBACKS: Any = models.Callback.__table__
_ENDPOINTS: Any = models.Endpoint.__table__
_ORDERS: Any = models.Order.__table__
_ROW = _CALLBACKS.c
_TOLD = [_ENDPOINTS.c[name] for name in Told._fields]
_CLAIMED = [_ROW[name] for name in Claimed._fields]


def endpoints(session: Session, ids: Sequence[str]) -> dict[str, Told]:
    """The endpoints of these ids."""
    return {row.id: Told(*row) for row in _execute(session, _of_ids(), {"ids": ids})}


def due(session: Session, now: datetime, *, busy: Sequence[str], after: str, limit: int) -> Sequence[Told]:
    """Endpoints for which something is due, in the order of their ids from that one on: none that is `busy`, nor whose merchant is. It takes
    no lock."""
    return [Told(*row) for row in _execute(session, _due(), {"now": now, "busy": busy, "after": after, "most": limit})]


def claim(
    session: Session, rooms: Mapping[str, int], now: datetime, lease: timedelta
) -> tuple[Lease, Sequence[Claimed]]:
    """Take due callbacks of each endpoint, as many as there is room for: its oldest, and of an order the first that is on its way."""
    mine = Lease(secrets.token_hex(8), now + lease)
    given = {"lease_token": mine.token, "lease_end": mine.until, "now": now}
    if _is_sqlite(session):
        wanted: dict[str, Any] = {"wanted": json.dumps(rooms), "largest": max(rooms.values())}
        return mine, [Claimed(*row) for row in _execute(session, _claiming_in_sqlite(), given | wanted)]
    wanted = {"told": list(rooms), "most": list(rooms.values())}
    return mine, [Claimed(*row) for row in _execute(session, _claiming(), given | wanted)]


def hold(session: Session, endpoint: str, now: datetime, limit: int) -> int:
    """Keep so many of what is due for an endpoint that is not told until it is: all but tests. How many there were."""
    return len(_execute(session, _holding(), {"told": endpoint, "now": now, "most": limit}).all())


def lock_endpoints(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of them that nobody else changes, locked until the transaction ends. Orders that write callbacks for them do not wait."""
    return _lock(session, _ENDPOINTS, ids, key_share=True)


def lock_orders(session: Session, ids: Sequence[str]) -> set[str]:
    """The same of orders."""
    return _lock(session, _ORDERS, ids)


def lock(session: Session, ids: Sequence[str]) -> dict[str, Held]:
    """The same of callbacks, as they are now."""
    return {row.id: Held(*row) for row in _execute(session, _held(), {"ids": ids})}


def write_back(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give locked callbacks back as they now are: `row`, its `now_state`, `now_posts`, when it is `now_due`, and `at`, if it has arrived."""
    if rows:
        _execute(session, _writing(), rows)


def move_following(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Have what waits for locked callbacks (`told`, `of_order`, `place`) come due with them, at `now_due`: no sooner than those that are
    tried again, and at once after those that are `done`."""
    if rows:
        _execute(session, _following(), rows)


def do_well(session: Session, endpoints: Sequence[str]) -> None:
    """Note of locked endpoints that something has arrived there."""
    _execute(session, _well(), {"ids": endpoints})


def note(session: Session, deliveries: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> None:
    """Add tries to the log, and lines to the timelines of locked orders; who watches one of these sees it at the next poll."""
    if deliveries:
        _execute(session, _delivery(), deliveries)
    if lines:
        _execute(session, _line(), lines)
        _execute(session, _seen(), {"ids": sorted({line["order_id"] for line in lines})})


def _execute(session: Session, statement: Any, given: Any) -> Any:
    """In the session's transaction, after what was changed in the session."""
    session.flush()
    return session.connection().execute(statement, given)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _lock(session: Session, table: Any, ids: Sequence[str], *, key_share: bool = False) -> set[str]:
    """Who writes into SQLite holds all of it already."""
    if not ids or _is_sqlite(session):
        return set(ids)
    return set(_execute(session, _locking(table, key_share=key_share), {"ids": ids}).scalars())


# Statements. No parameter may bear the name of a column.


@functools.cache
def _of_ids() -> Select[Any]:
    return select(*_TOLD).where(among(_ENDPOINTS.c.id, "ids"))


@functools.cache
def _due() -> Select[Any]:
    """Endpoints are walked from one to the next by the index of what is to be done: callbacks that wait for one are stepped over at once."""
    now: Any = bindparam("now", type_=models.Moment())
    walk = select(_next_endpoint(bindparam("after", type_=_ROW.endpoint_id.type)).label("told")).cte(
        "walk", recursive=True
    )
    walk = walk.union_all(select(_next_endpoint(walk.c.told)).where(walk.c.told.is_not(None)))
    waits = exists().where(_ROW.endpoint_id == walk.c.told, _ROW.due_at <= now, _unheld(_ROW, now))
    return (
        select(*_TOLD)
        .join(walk, _ENDPOINTS.c.id == walk.c.told)
        .where(~among(_ENDPOINTS.c.id, "busy"), ~among(_ENDPOINTS.c.merchant_id, "busy"), waits)
        .limit(bindparam("most", type_=Integer()))
    )


def _next_endpoint(after: Any) -> Any:
    waiting = select(_ROW.endpoint_id).where(_ROW.due_at.is_not(None), _ROW.endpoint_id > after)
    return waiting.order_by(_ROW.endpoint_id).limit(1).scalar_subquery()


@functools.cache
def _claiming_in_sqlite() -> ReturningUpdate[Any]:
    """`wanted` is JSON: how many of each endpoint. A limit of SQLite's cannot differ from one to the next, so the largest is kept to first."""
    wanted = func.json_each(bindparam("wanted")).table_valued("key", "value", name="wanted")
    oldest = _waiting(wanted.c.key, bindparam("largest", type_=Integer())).correlate(wanted)
    place = func.row_number().over(partition_by=_ROW.endpoint_id, order_by=_ROW.due_at).label("place")
    found = select(_ROW.id, place, wanted.c.value.label("most")).select_from(
        wanted.join(_CALLBACKS, _ROW.id.in_(oldest))
    )
    ranked = found.subquery("ranked")
    return _taking(select(ranked.c.id).where(ranked.c.place <= ranked.c.most).cte("chosen"))


@functools.cache
def _claiming() -> ReturningUpdate[Any]:
    wanted = func.unnest(bindparam("told", type_=ARRAY(Text)), bindparam("most", type_=ARRAY(Integer)))
    each = wanted.table_valued("told", "most", name="wanted").render_derived()
    waiting = _waiting(each.c.told, each.c.most).with_for_update(skip_locked=True).lateral("waiting")
    return _taking(select(waiting.c.id).select_from(each.join(waiting, true())).cte("chosen"))


def _waiting(told: Any, most: Any) -> Select[Any]:
    """So many callbacks of an endpoint as can be claimed now."""
    now: Any = bindparam("now", type_=models.Moment())
    row = _CALLBACKS.alias("waits").c
    due = select(row.id).where(row.endpoint_id == told, row.due_at <= now, _unheld(row, now))
    return due.where(~_related(row, earlier=True)).order_by(row.due_at).limit(most)


def _taking(chosen: CTE) -> ReturningUpdate[Any]:
    return (
        update(_CALLBACKS)
        .where(_ROW.id.in_(select(chosen.prefix_with("MATERIALIZED", dialect="postgresql").c.id)))
        .values(lease=bindparam("lease_token"), lease_until=bindparam("lease_end"), tries=_ROW.tries + 1)
        .returning(*_CLAIMED)
    )


@functools.cache
def _holding() -> ReturningUpdate[Any]:
    now: Any = bindparam("now", type_=models.Moment())
    waiting = select(_ROW.id).where(_ROW.endpoint_id == bindparam("told"), _ROW.due_at <= now, _unheld(_ROW, now))
    waiting = waiting.where(_ROW.type != CallbackType.ENDPOINT_TEST).limit(bindparam("most", type_=Integer()))
    chosen = waiting.with_for_update(skip_locked=True).cte("chosen")
    return update(_CALLBACKS).where(_ROW.id.in_(select(chosen.c.id))).values(due_at=None).returning(_ROW.id)


@functools.cache
def _locking(table: Any, *, key_share: bool) -> Select[Any]:
    return select(table.c.id).where(among(table.c.id, "ids")).with_for_update(skip_locked=True, key_share=key_share)


@functools.cache
def _held() -> Select[Any]:
    followed = _related(_ROW, earlier=False).label("followed")
    since = select(_ENDPOINTS.c.failing_since).where(_ENDPOINTS.c.id == _ROW.endpoint_id).scalar_subquery()
    held: Select[Any] = select(_ROW.id, _ROW.lease, followed, since.label("failing_since"))
    return held.where(among(_ROW.id, "ids")).with_for_update(skip_locked=True, of=_CALLBACKS)


@functools.cache
def _writing() -> Update:
    return (
        update(_CALLBACKS)
        .where(_ROW.id == bindparam("row"))
        .values(
            state=bindparam("now_state"),
            posts=bindparam("now_posts"),
            due_at=bindparam("now_due"),
            delivered_at=func.coalesce(bindparam("at", type_=models.Moment()), _ROW.delivered_at),
            lease=None,
            lease_until=None,
            error=None,
        )
    )


@functools.cache
def _following() -> Update:
    row = _ROW
    moment: Any = bindparam("now_due", type_=models.Moment())
    done: Any = bindparam("done", type_=Boolean())
    moved = or_(and_(done, row.due_at > moment, row.posts == 0), and_(not_(done), row.due_at < moment))
    following = (row.endpoint_id == bindparam("told"), row.order_id == bindparam("of_order"))
    waiting = (row.sequence > bindparam("place"), _on_its_way(row))
    return update(_CALLBACKS).where(*following, *waiting, moved).values(due_at=moment)


@functools.cache
def _seen() -> Update:
    return update(_ORDERS).where(among(_ORDERS.c.id, "ids")).values(revision=_ORDERS.c.revision + 1)


@functools.cache
def _well() -> Update:
    return update(_ENDPOINTS).where(among(_ENDPOINTS.c.id, "ids")).values(failing_since=None)


@functools.cache
def _delivery() -> Insert:
    return insert(models.Delivery.__table__)  # type: ignore[arg-type]


@functools.cache
def _line() -> Insert:
    return insert(models.OrderEvent.__table__)  # type: ignore[arg-type]


def _unheld(row: Any, now: Any) -> ColumnElement[bool]:
    return or_(row.lease_until.is_(None), row.lease_until < now)


def _related(row: Any, *, earlier: bool) -> ColumnElement[bool]:
    """Another callback of the same order is on its way to the same endpoint: one that goes before it, or after."""
    other = _CALLBACKS.alias().c
    return exists().where(
        other.endpoint_id == row.endpoint_id,
        other.order_id == row.order_id,
        other.sequence < row.sequence if earlier else other.sequence > row.sequence,
        _on_its_way(other),
    )


def _on_its_way(row: Any) -> ColumnElement[bool]:
    """It is pending, in words that leave PostgreSQL the index of an order's callbacks alone: it took the one of all that is pending for an
    endpoint, and read a backlog again for each of its rows."""
    return and_(*(row.state != state for state in CallbackState if state is not CallbackState.PENDING))
