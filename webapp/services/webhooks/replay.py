"""Callbacks sent again: the same body under the same webhook-id, whatever became of them before."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webapp.db import callback_log, merchants, models
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.errors import Conflict
from webapp.domain.statuses import CallbackState
from webapp.services.runtime import audit, idempotency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from webapp.db.callback_log import Search
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

STEP = 500  # in one transaction, and in one request of the API
MOST = 10_000  # by one answer in the back office


@dataclass(frozen=True)
class Replayed:
    """How many are sent again, and where to go on when there are more: None at the end."""

    count: int
    after: tuple[datetime, str] | None


def one(
    context: ServiceContext, merchant_id: str, callback_id: str, *, idempotency_key: str | None = None
) -> models.Callback:
    """Send the merchant's callback again, with the whole schedule of tries; one that waits for its next try goes out now. One of a disabled
    endpoint goes out when that is enabled. Raises `NotFound`, `Conflict` (endpoint_removed)."""
    with context.database.write() as session:
        callback = callback_log.lock(session, merchant_id, callback_id)
        if not session.get_one(models.Endpoint, callback.endpoint_id).active:
            raise Conflict("endpoint_removed", "the endpoint was removed, or the merchant's file names it no more")
        if idempotency.made(session, idempotency_key) is None:
            _again(callback, context.now())
            _record(session, context, merchant_id, callback.id, None)
            idempotency.note_made(session, idempotency_key, callback.id)
    log.info("callback %s is sent again by %s", callback.id, context.actor)
    return callback


def some(context: ServiceContext, merchant_id: str, search: Search) -> Replayed:
    """Send those again that match, oldest first: at most `STEP` of them, and none that was written after now. Those of endpoints that were
    removed are left out."""
    now = context.now()
    until = min(search.until, now) if search.until is not None else now
    with context.database.write() as session:
        rows = callback_log.lock_oldest(session, merchant_id, replace(search, until=until), limit=STEP)
        for row in rows:
            _again(row, now)
        found = Replayed(len(rows), (rows[-1].created_at, rows[-1].id) if len(rows) == STEP else None)
        if rows:
            _record(session, context, merchant_id, rows[0].id, len(rows))
    log.info("%d callbacks of %s are sent again by %s", found.count, merchant_id, context.actor)
    return found


def asked(context: ServiceContext, merchant_id: str, search: Search) -> Mapping[models.Endpoint, int]:
    """How many `every` would send again, and where to: `MOST` of them in all."""
    with context.database.read() as session:
        counts = callback_log.told(session, merchant_id, search, limit=MOST)
        return {row: counts[row.id] for row in merchants.endpoints(session, merchant_id) if row.id in counts}


def every(context: ServiceContext, merchant_id: str, search: Search) -> Iterator[int]:
    """All of them, step by step: how many there were in each. Whoever takes no more than `MOST // STEP` steps sends `MOST` at most."""
    search = replace(search, until=search.until or context.now())
    while True:
        found = some(context, merchant_id, search)
        yield found.count
        if found.after is None:
            return
        search = replace(search, after=found.after)


def _record(session: Session, context: ServiceContext, merchant_id: str, first: str, count: int | None) -> None:
    after = {"count": count} if count is not None else None
    action, kind = AuditAction.CALLBACKS_REPLAYED, AuditSubject.CALLBACK
    audit.record(session, context, merchant_id, action, kind, first, after=after)


def _again(callback: models.Callback, now: datetime) -> None:
    """A locked one; what a worker has in hand at this moment is being sent."""
    if callback.lease is not None and callback.lease_until is not None and callback.lease_until > now:
        return
    callback.state, callback.posts, callback.tries = CallbackState.PENDING, 0, 0
    callback.due_at, callback.replayed_at = now, now
    callback.error = callback.lease = callback.lease_until = None
