"""Keys of the API: made and ended by whoever runs the shop, presented by its order backend with each request.

A merchant has as many as it likes at once, so that one takes another's place without a moment in which none is good. What is kept of a token is
its hash: it is shown once, and nobody can show it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import api_keys, merchants, models
from webapp.domain import api_tokens, cards, characters, ids
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.errors import Conflict, Invalid, Unavailable
from webapp.domain.scopes import Scope
from webapp.services.runtime import audit, idempotency

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

LONGEST_NAME = 80
NOTED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Caller:
    """By which key a request came, and what it may do. `mode` is live or test."""

    key_id: str
    merchant_id: str
    mode: str
    scopes: frozenset[Scope]


def authenticate(context: ServiceContext, token: str) -> Caller:
    """Whose key this is. Raises `Invalid` (bad_key) for a token that is none, unknown, ended or expired: whoever holds it is not told which."""
    row = api_keys.of_token(context.database, _hash(token)) if api_tokens.is_one(token) else None
    now = context.now()
    if row is None or row.ended_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise Invalid("bad_key")
    if (row.used_at is None or now - row.used_at >= NOTED_EVERY) and context.pace.count(("api_key", row.id), now):
        with (
            contextlib.suppress(Unavailable),
            context.database.write() as session,
        ):  # not noted, it is good all the same
            api_keys.used(session, row.id, now)
    return Caller(row.id, row.merchant_id, row.mode, frozenset(map(Scope, row.scopes)))


def create(
    context: ServiceContext,
    merchant_id: str,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime | None = None,
    *,
    idempotency_key: str | None = None,
) -> tuple[models.ApiKey, str]:
    """A new key, and its token, which is not kept. Raises `NotFound` for an unknown merchant, `Invalid` (bad_name, no_scopes, bad_expiry: it is
    over already), `Conflict` (key_made) where this request has made it: its token can be shown no more."""
    now, name = context.now(), " ".join(characters.visible(name).split())
    if not name or len(name) > LONGEST_NAME or cards.found_in(name):
        raise Invalid("bad_name", f"a name has 1 to {LONGEST_NAME} characters, and no card number in it")
    if not scopes:
        raise Invalid("no_scopes", "a key without a scope could do nothing")
    if expires_at is not None and expires_at <= now:
        raise Invalid("bad_expiry", "it would have expired already")
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id) if idempotency_key else merchants.get(session, merchant_id)
        if (made := idempotency.made(session, idempotency_key)) is not None:
            raise Conflict("key_made", "the key is made, and its token was shown", key=made)
        token = api_tokens.new(merchant.mode)
        key = models.ApiKey(
            id=ids.new("key"),
            merchant_id=merchant_id,
            name=name,
            hash=_hash(token),
            hint=api_tokens.hint(token),
            scopes=[scope.value for scope in Scope if scope in scopes],
            created_at=now,
            expires_at=expires_at,
        )
        session.add(key)
        idempotency.note_made(session, idempotency_key, key.id)
        after = {"name": name, "scopes": key.scopes, "expires_at": expires_at.isoformat() if expires_at else None}
        audit.record(session, context, merchant_id, AuditAction.KEY_MADE, AuditSubject.API_KEY, key.id, after=after)
        log.info("%s: key %s was made by %s", merchant_id, key.id, context.actor)
        return key, token


def end(context: ServiceContext, merchant_id: str, key_id: str) -> None:
    """The key is good for nothing from now on. Raises `NotFound`; repeating it is harmless."""
    with context.database.write() as session:
        key = api_keys.lock(session, merchant_id, key_id)
        if key.ended_at is None:
            key.ended_at = context.now()
            before = {"name": key.name}
            audit.record(session, context, merchant_id, AuditAction.KEY_ENDED, AuditSubject.API_KEY, key.id, before)
            log.info("%s: key %s was ended by %s", merchant_id, key.id, context.actor)


def listed(context: ServiceContext, merchant_id: str) -> Sequence[models.ApiKey]:
    """The merchant's keys, those that were ended too: their names stand in timelines. Raises `NotFound` for an unknown merchant."""
    with context.database.read() as session:
        merchants.get(session, merchant_id)
        return api_keys.of_merchant(session, merchant_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
