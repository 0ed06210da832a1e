"""Entries of the audit log: who changed what of a merchant, from what to what, in the transaction that changes it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from webapp.db import actors, audit, models
from webapp.domain import ids
from webapp.domain.audit_actions import CHANGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from webapp.db.session import Session
    from webapp.domain.audit_actions import AuditAction, AuditSubject
    from webapp.services.runtime.context import ServiceContext

LONGEST = 2000  # characters by which an entry is found
TOLD = 20
"""So many changes are looked at, at most, to tell somebody what has changed."""


def record(  # noqa: PLR0913, PLR0917  # what an entry is made of
    session: Session,
    context: ServiceContext,
    merchant_id: str,
    action: AuditAction,
    subject_kind: AuditSubject,
    subject_id: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note what the context's actor does, in the caller's transaction. `before` and `after` are plain values that JSON has; of a secret
    only that it is another one (`audit_actions.CHANGED`), and nothing of a buyer but an id: entries outlive an erasure."""
    actor = context.actor
    said = [subject_id, *_words(before), *_words(after)]
    session.add(
        models.AuditEntry(
            id=ids.new("aud"),
            merchant_id=merchant_id,
            at=context.now(),
            actor_kind=actor.kind,
            actor_id=actor.id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            words=folded(" ".join(said))[:LONGEST],
        )
    )


def last(session: Session, merchant_id: str, kind: AuditSubject, subject_id: str, count: int = 1) -> dict[str, object]:
    """Who changed it last, and when, and what its last `count` changes came to, as `errors.Changed` tells; nothing where nobody has."""
    entries = audit.newest_of(session, merchant_id, kind, subject_id, limit=min(max(count, 1), TOLD))
    if not entries:
        return {}
    entry, fields = entries[0], _together(entries)
    who = {"actor_kind": entry.actor_kind, "actor_id": entry.actor_id}
    names = actors.names_of(session, [(entry.actor_kind, entry.actor_id)])
    return {"at": entry.at, **who, "name": names.get(entry.actor_id or "", ""), "fields": fields}


def _together(entries: Iterable[models.AuditEntry]) -> dict[str, tuple[Any, Any]]:
    """What entries, the newest first, changed: each field's value before the oldest of them, and after the newest."""
    found: dict[str, tuple[Any, Any]] = {}
    for entry in entries:
        before, after = entry.before or {}, entry.after or {}
        for name in dict.fromkeys([*before, *after]):
            _, now = found.get(name, (None, after.get(name)))
            found[name] = before.get(name), now
    return {name: both for name, both in found.items() if both[0] != both[1] or both[0] == CHANGED}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of both only what differs."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def folded(text: str) -> str:
    """A text without case and accents, as entries are looked for."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _words(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
