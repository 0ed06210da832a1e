"""The audit log as a merchant's admins read it: who changed what, when, from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import actors, audit, merchants
from webapp.db.audit import Search
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.pages import Page, Place
from webapp.services.runtime.audit import folded, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from webapp.db import models
    from webapp.domain.actors import ActorKind
    from webapp.services.runtime.context import ServiceContext

__all__ = ["Search", "exported", "folded", "listed"]

EXPORTED_AT_ONCE = 500


@dataclass(frozen=True)
class Log:
    """A page of the log, with the present names of those who acted, by their ids, and everybody whom the log names."""

    page: Page[models.AuditEntry]
    names: Mapping[str, str]
    actors: Sequence[tuple[ActorKind, str | None]]


def listed(context: ServiceContext, merchant_id: str, search: Search, place: Place, limit: int) -> Log:
    """The newest entries that match, both ways from a place."""
    with context.database.read() as session:
        page = audit.page(session, merchant_id, search, place, limit=limit)
        everybody = audit.actors(session, merchant_id)
        return Log(page, actors.names_of(session, everybody), everybody)


def exported(context: ServiceContext, merchant_id: str, search: Search) -> Iterator[tuple[models.AuditEntry, str]]:
    """All that match with the name of who acted, newest first, some at a time; that they were exported is an entry itself. Raises
    `NotFound`."""
    with context.database.write() as session:
        merchants.get(session, merchant_id)
        after = {"what": "audit"}
        record(session, context, merchant_id, AuditAction.EXPORT_MADE, AuditSubject.EXPORT, "audit", after=after)
    return _pieces(context, merchant_id, search)


def _pieces(context: ServiceContext, merchant_id: str, search: Search) -> Iterator[tuple[models.AuditEntry, str]]:
    place = Place()
    while True:
        with context.database.read() as session:
            page = audit.page(session, merchant_id, search, place, limit=EXPORTED_AT_ONCE)
            names = actors.names_of(session, {(each.actor_kind, each.actor_id) for each in page.rows})
        yield from ((each, names.get(each.actor_id or "", "")) for each in page.rows)
        if not page.has_next:
            return
        place = Place(after=page.last)
