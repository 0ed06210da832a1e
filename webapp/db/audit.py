"""Queries on the audit log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.db import keyset, models
from webapp.db.keyset import By

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select

    from webapp.db.session import Session
    from webapp.domain.actors import ActorKind
    from webapp.domain.audit_actions import AuditAction, AuditSubject
    from webapp.domain.pages import Key, Page, Place

ORDER = (By(models.AuditEntry.at, descending=True), By(models.AuditEntry.id, descending=True))


@dataclass(frozen=True)
class Search:
    """What the log is narrowed to: by whom (`actor`, a kind and an id, or a kind alone), what, from `since` on and before `until`, and a
    text that is folded (`runtime/audit.folded`)."""

    actor: tuple[ActorKind, str | None] | None = None
    action: AuditAction | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


def page(session: Session, merchant: str, search: Search, place: Place, *, limit: int) -> Page[models.AuditEntry]:
    """The merchant's newest entries that match."""
    found = keyset.page(session, _found(merchant, search), ORDER, _key, place, limit=limit)
    return replace(found, rows=[row[0] for row in found.rows])


def actors(session: Session, merchant: str) -> Sequence[tuple[ActorKind, str | None]]:
    """Everybody whom the merchant's entries name."""
    row = models.AuditEntry
    found = select(row.actor_kind, row.actor_id).where(row.merchant_id == merchant).distinct()
    return [(kind, identity) for kind, identity in session.execute(found)]


def last_of(
    session: Session, merchant: str, kind: AuditSubject, subject: str | None = None
) -> models.AuditEntry | None:
    """The newest of the merchant's entries about that kind of thing, or about that one."""
    row = models.AuditEntry
    query = select(row).where(row.merchant_id == merchant, row.subject_kind == kind)
    query = query.where(row.subject_id == subject) if subject is not None else query
    return session.scalars(query.order_by(row.at.desc(), row.id.desc()).limit(1)).one_or_none()


def _found(merchant: str, search: Search) -> Select[models.AuditEntry]:
    row = models.AuditEntry
    query = select(row).where(row.merchant_id == merchant)
    if search.actor is not None:
        kind, identity = search.actor
        query = query.where(row.actor_kind == kind)
        query = query.where(row.actor_id == identity) if identity else query
    if search.action is not None:
        query = query.where(row.action == search.action)
    if search.since is not None:
        query = query.where(row.at >= search.since)
    if search.until is not None:
        query = query.where(row.at < search.until)
    for word in search.text.split():
        query = query.where(row.words.contains(word, autoescape=True))
    return query


def _key(found: Row[models.AuditEntry]) -> Key:
    return found[0].at, found[0].id
