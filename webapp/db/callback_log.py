"""Queries on what endpoints were told: lists of callbacks by time, their tries, which of them are sent again, and which are forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, literal, or_, select, tuple_
from sqlalchemy.orm import defer

from webapp.db import keyset, models
from webapp.db.among import among
from webapp.db.callbacks import UNDELIVERED
from webapp.db.keyset import By
from webapp.domain.errors import NotFound
from webapp.domain.statuses import CallbackState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select, Tuple

    from webapp.db.session import Session
    from webapp.domain.pages import Page, Place


@dataclass(frozen=True)
class Search:
    """What a list of callbacks is narrowed to: written from `since` on and before `until`. `after` is the last line of the page before: when it
    was written, and its id, for many may be of one instant. `ids` are the only ones that may be in it."""

    state: CallbackState | None = None
    type: str | None = None
    endpoint: str | None = None
    order: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, str] | None = None
    ids: tuple[str, ...] | None = None


def page(session: Session, merchant: str, search: Search, *, limit: int) -> Sequence[models.Callback]:
    """The merchant's newest callbacks that match, without their bodies, by keyset on the time and the id: as fast on the last page as on the
    first."""
    return session.scalars(newest(merchant, search, limit=limit)).all()


def newest(merchant: str, search: Search, *, limit: int) -> Select[models.Callback]:
    """How `page` asks."""
    query = _matching(merchant, search).options(defer(models.Callback.body, raiseload=True))
    if search.after is not None:
        query = query.where(_place() < _at(search.after))
    return query.order_by(models.Callback.created_at.desc(), models.Callback.id.desc()).limit(limit)


def turned(session: Session, merchant: str, search: Search, place: Place, *, limit: int) -> Page[models.Callback]:
    """The same as `page`, both ways from a place."""
    query = _matching(merchant, search).options(defer(models.Callback.body, raiseload=True))
    order = (By(models.Callback.created_at, descending=True), By(models.Callback.id, descending=True))
    found = keyset.page(session, query, order, lambda row: (row[0].created_at, row[0].id), place, limit=limit)
    return replace(found, rows=[row[0] for row in found.rows])


def told(session: Session, merchant: str, search: Search, *, limit: int) -> Mapping[str, int]:
    """How many match of each endpoint that is told anything, by its id; only so many are looked at."""
    active = select(models.Endpoint.id).where(models.Endpoint.merchant_id == merchant, models.Endpoint.active)
    query = _matching(merchant, search).where(models.Callback.endpoint_id.in_(active))
    some = query.with_only_columns(models.Callback.endpoint_id).limit(limit).subquery()
    counted = select(some.c.endpoint_id, func.count()).group_by(some.c.endpoint_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def last_failure(session: Session, endpoint: str, *, most: int) -> models.Delivery | None:
    """The newest try that failed of the endpoint's newest callbacks, so many of them."""
    row, tried = models.Callback, models.Delivery
    newest_of_it = select(row.id).where(row.endpoint_id == endpoint).order_by(row.created_at.desc(), row.id.desc())
    some = session.scalars(newest_of_it.limit(most)).all()
    failed = or_(tried.error.is_not(None), tried.status.is_(None), tried.status < 200, tried.status >= 300)
    query = select(tried).where(among(tried.callback_id, "some"), failed).order_by(tried.at.desc(), tried.id.desc())
    return session.scalars(query.limit(1), {"some": some}).one_or_none()


def lock_oldest(session: Session, merchant: str, search: Search, *, limit: int) -> Sequence[models.Callback]:
    """The same, oldest first and locked: those after `search.after`, and of endpoints that are told anything."""
    query = _matching(merchant, search).options(defer(models.Callback.body, raiseload=True))
    active = select(models.Endpoint.id).where(models.Endpoint.merchant_id == merchant, models.Endpoint.active)
    query = query.where(models.Callback.endpoint_id.in_(active))
    if search.after is not None:
        query = query.where(_place() > _at(search.after))
    oldest = query.order_by(models.Callback.created_at, models.Callback.id).limit(limit)
    return session.scalars(oldest.with_for_update().execution_options(populate_existing=True)).all()


def of_merchant(session: Session, merchant: str, callback: str) -> models.Callback:
    """The merchant's callback. Raises `NotFound` also for another merchant's."""
    row = session.get(models.Callback, callback)
    if row is None or row.merchant_id != merchant:
        raise NotFound("no such callback")
    return row


def lock(session: Session, merchant: str, callback: str) -> models.Callback:
    """The same, locked until the transaction ends. Raises `NotFound`."""
    row = of_merchant(session, merchant, callback)
    session.refresh(row, with_for_update=True)
    return row


def deliveries(session: Session, callback: str) -> Sequence[models.Delivery]:
    """Its tries, oldest first."""
    return session.scalars(
        select(models.Delivery).where(models.Delivery.callback_id == callback).order_by(models.Delivery.id)
    ).all()


def last_deliveries(session: Session, callbacks: Collection[str], *, limit: int) -> dict[str, list[models.Delivery]]:
    """The last tries of each of these callbacks, so many at most, the newest first."""
    row = models.Delivery
    nth = func.row_number().over(partition_by=row.callback_id, order_by=row.id.desc()).label("nth")
    numbered = select(row.id, nth).where(row.callback_id.in_(callbacks)).subquery()
    wanted = select(row).join(numbered, numbered.c.id == row.id).where(numbered.c.nth <= limit).order_by(row.id.desc())
    found: dict[str, list[models.Delivery]] = {}
    for each in session.scalars(wanted):
        found.setdefault(each.callback_id, []).append(each)
    return found


def forget(
    session: Session, merchant: str, before: datetime, after: tuple[datetime, str] | None, *, limit: int
) -> tuple[datetime, str] | None:
    """Look at `limit` of the merchant's callbacks that were written before then, from `after` on, and delete those with their tries that are
    not to be sent any more. Where to go on; None at the end."""
    query = select(models.Callback, models.Endpoint.active).join(
        models.Endpoint, models.Endpoint.id == models.Callback.endpoint_id
    )
    query = query.where(models.Callback.merchant_id == merchant, models.Callback.created_at < before)
    if after is not None:
        query = query.where(_place() > _at(after))
    query = query.order_by(models.Callback.created_at, models.Callback.id).limit(limit)
    query = query.with_for_update(of=models.Callback, skip_locked=True)  # what a worker has in hand is not over
    rows = session.execute(query.options(defer(models.Callback.body, raiseload=True))).all()
    over = [row.id for row, active in rows if row.state != CallbackState.PENDING or not active]
    session.execute(delete(models.Delivery).where(models.Delivery.callback_id.in_(over)))
    session.execute(delete(models.Callback).where(models.Callback.id.in_(over)))
    return (rows[-1][0].created_at, rows[-1][0].id) if len(rows) == limit else None


def _matching(merchant: str, search: Search) -> Select[models.Callback]:
    row = models.Callback
    query = select(row)
    undelivered = search.state is not None and search.state is not CallbackState.DELIVERED
    named = search.order is not None or search.ids is not None
    if named or (search.endpoint is not None and not undelivered):
        # Those that are named, an order's or an endpoint's may be few: SQLite is not to walk all of the merchant's for them.
        query = query.where(func.coalesce(row.merchant_id, "") == merchant)
    else:
        query = query.where(row.merchant_id == merchant)
    if search.order is not None:
        query = query.where(row.order_id == search.order)
    if search.state is not None:
        query = query.where(row.state == search.state)
        if undelivered:
            query = query.where(UNDELIVERED)
    if search.type is not None:
        query = query.where(row.type == search.type)
    if search.endpoint is not None:
        query = query.where(row.endpoint_id == search.endpoint)
    if search.ids is not None:
        query = query.where(row.id.in_(search.ids))
    if search.since is not None:
        query = query.where(row.created_at >= search.since)
    if search.until is not None:
        query = query.where(row.created_at < search.until)
    return query


def _place() -> Tuple:
    return tuple_(models.Callback.created_at, models.Callback.id)


def _at(place: tuple[datetime, str]) -> Tuple:
    at, last = place
    return tuple_(literal(at, models.Moment()), literal(last))
