"""Queries on the audit log. By who acted, or what was done, or when, an index reads it as it is sorted; what else it is narrowed to is looked at
entry by entry, so many at most for a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select, tuple_, union_all

from webapp.db import keyset, models
from webapp.db.keyset import By
from webapp.domain.actors import ActorKind
from webapp.domain.pages import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, ScalarSelect, Select

    from webapp.db.session import Session
    from webapp.domain.audit_actions import AuditAction, AuditSubject
    from webapp.domain.pages import Key, Page

LOOKED_AT = 5_000
"""Entries that are looked through for a page of few that match; the next page goes on behind them."""
ORDER = (By(models.AuditEntry.at, descending=True), By(models.AuditEntry.id, descending=True))


@dataclass(frozen=True)
class Search:
    """What the log is narrowed to: by whom (`actor`, a kind and an id, which is None where there is one of a kind only), what, from `since` on and before `until`, and a
    text that is folded (`runtime/audit.folded`)."""

    actor: tuple[ActorKind, str | None] | None = None
    action: AuditAction | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


def page(session: Session, merchant: str, search: Search, place: Place, *, limit: int) -> Page[models.AuditEntry]:
    """The merchant's newest entries that match. Fewer than `limit`, or none, where the last entry that was looked at is not the log's: the
    next page begins there."""
    query, narrowed = _read(merchant, search), _narrowed(search)
    end = _end(session, query, place) if narrowed else None
    if end is not None:
        columns = [each.column for each in ORDER]
        ends = tuple_(*columns)
        one = tuple_(*(literal(value, column.type) for value, column in zip(end, columns, strict=True)))
        query = query.where(ends <= one if place.before else ends >= one)
    found = keyset.page(session, query.where(*narrowed), ORDER, _key, place, limit=limit)
    found = replace(found, rows=[row[0] for row in found.rows])
    if end is None:
        return found
    if place.before:
        return found if found.has_previous else replace(found, first=end, has_previous=True)
    return found if found.has_next else replace(found, last=end, has_next=True)


def actors(session: Session, merchant: str) -> Sequence[tuple[ActorKind, str | None]]:
    """Everybody whom the merchant's entries name: each is found behind the one before, so the log is not read."""
    row = models.AuditEntry
    each = (select(literal(kind, row.actor_kind.type).label("kind")) for kind in ActorKind)
    kinds = union_all(*each).subquery("kinds")
    named = select(kinds.c.kind, _least(merchant, kinds.c.kind).label("id")).cte("named", recursive=True)
    following = _least(merchant, named.c.kind, row.actor_id > named.c.id)
    named = named.union_all(select(named.c.kind, following).where(named.c.id.is_not(None)))
    alone = select(row.id).where(row.merchant_id == merchant, row.actor_kind == kinds.c.kind, row.actor_id.is_(None))
    queries = (
        select(named.c.kind, named.c.id).where(named.c.id.is_not(None)),
        select(kinds.c.kind, literal(None)).where(alone.exists()),
    )
    return [(kind, identity) for query in queries for kind, identity in session.execute(query)]


def _least(merchant: str, kind: Any, *narrowed: ColumnElement[bool]) -> ScalarSelect[str | None]:
    """The least id of that kind's actors."""
    row = models.AuditEntry
    found = select(func.min(row.actor_id)).where(row.merchant_id == merchant, row.actor_kind == kind, *narrowed)
    return found.scalar_subquery()


def newest_of(
    session: Session, merchant: str, kind: AuditSubject, subject: str, *, limit: int
) -> Sequence[models.AuditEntry]:
    """The newest of the merchant's entries about that thing, the newest first."""
    row = models.AuditEntry
    query = select(row).where(row.merchant_id == merchant, row.subject_kind == kind, row.subject_id == subject)
    return session.scalars(query.order_by(row.at.desc(), row.id.desc()).limit(limit)).all()


def _read(merchant: str, search: Search) -> Select[models.AuditEntry]:
    """The entries that an index reads as they are sorted."""
    row = models.AuditEntry
    query = select(row).where(row.merchant_id == merchant)
    if search.actor is not None:
        kind, identity = search.actor
        query = query.where(row.actor_kind == kind, row.actor_id == identity)
    elif search.action is not None:
        query = query.where(row.action == search.action)
    if search.since is not None:
        query = query.where(row.at >= search.since)
    if search.until is not None:
        query = query.where(row.at < search.until)
    return query


def _narrowed(search: Search) -> list[ColumnElement[bool]]:
    """What is looked at in each of them."""
    row = models.AuditEntry
    words = [row.words.contains(word, autoescape=True) for word in search.text.split()]
    if search.actor is not None and search.action is not None:
        return [row.action == search.action, *words]
    return words


def _end(session: Session, query: Select[models.AuditEntry], place: Place) -> Key | None:
    """The key of the last entry that is looked at; None where those are all that there are."""
    keys = query.with_only_columns(*(each.column for each in ORDER))
    found = session.execute(keyset.behind(keys, ORDER, place).offset(LOOKED_AT - 1).limit(2)).all()
    return tuple(found[0]) if len(found) > 1 else None


def _key(found: Row[models.AuditEntry]) -> Key:
    return found[0].at, found[0].id
