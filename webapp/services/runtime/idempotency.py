"""Requests that may be sent again: the answer of the first is given again, and nothing is done twice.

A request has an id of ours (`Run.request_id`), the same whenever it is carried out: the services get it as their idempotency key. So an answer
need not be kept to be right: when a process died before it was, or it was erased, the request is carried out anew, finds what it did, and is
answered from that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import idempotency, models
from webapp.domain import ids
from webapp.services.runtime.sealing import CannotOpen

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=30)
"""After which a process that has not answered is taken for dead. One that was only slow does no harm: services do nothing twice."""
AGAIN = 1  # seconds after which to ask again whether the first of them is answered
SWEPT = 500
SECRETS = frozenset({"secret", "secrets"})
"""Members of an answer that are shown once."""
THEIRS = "metadata"
"""The member whose names the order backend chose: it is given back as it came, whatever they are."""


@dataclass(frozen=True)
class Run:
    """Carry it out, and then `finish` or `drop`."""

    request_id: str


@dataclass(frozen=True)
class Replay:
    """It was answered before."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Running:
    """The first is being carried out: ask again after so many seconds."""

    retry_after: int


@dataclass(frozen=True)
class Different:
    """Something else was asked by this key."""


def begin(context: ServiceContext, owner: str, key: str, fingerprint: str) -> Run | Replay | Running | Different:
    """What to do with a request that came with `key`. `owner` is whose keys these are, so that two may choose the same: the merchant, for
    a request may be sent again by another key of the API than the first. `fingerprint` is what was asked: method, path and body.
    """
    now = context.now()
    # The fingerprint is kept with the key, which nobody can guess: a short body alone could be guessed from its hash.
    row = models.IdempotentRequest(
        id=ids.new("req"),
        owner=owner,
        key_hash=_hash(key),
        fingerprint=_hash(key, fingerprint),
        until=now + KEPT,
        lease_until=now + LEASE,
    )
    _sweep_at_times(context)
    with context.database.write() as session:
        found = idempotency.claim(session, row)
        if found is None:
            return Run(row.id)
        if found.until <= now:
            found.id, found.fingerprint, found.until = row.id, row.fingerprint, row.until
            found.made = found.status = found.answer = None
        elif found.fingerprint != row.fingerprint:
            return Different()
        elif found.status is not None:
            with contextlib.suppress(CannotOpen):  # sealed with a key that is gone: carried out anew
                return Replay(found.status, context.sealer.open(found.answer or "", _place(found.id)).encode())
            found.status = found.answer = None
        elif found.lease_until is not None and found.lease_until > now:
            return Running(AGAIN)
        found.lease_until = row.lease_until
        return Run(found.id)


def finish(context: ServiceContext, request_id: str, status: int, body: bytes) -> None:
    """Keep the answer (JSON), sealed and without what is shown once. Of two processes that carried a request out, the first one's."""
    answer = context.sealer.seal(_without_secrets(body).decode(), _place(request_id))
    with context.database.write() as session:
        idempotency.finish(session, request_id, status, answer)


def drop(context: ServiceContext, request_id: str) -> None:
    """Keep no answer: when it is sent again it is carried out again, under the same id, for some of it may have been done."""
    with context.database.write() as session:
        idempotency.release(session, request_id)


def made(session: Session, request_id: str | None) -> str | None:
    """The id of what this request has made or changed already, in the caller's transaction: None where it has not, and for a key that is
    none of ours. Ask once what is to be changed is locked, and `note_made` where it is not done yet."""
    return idempotency.made(session, request_id) if request_id else None


def note_made(session: Session, request_id: str | None, identity: str) -> None:
    """This request has made or changed that, in the transaction that does: sent again, it finds it."""
    if request_id:
        idempotency.note_made(session, request_id, identity)


def erase(session: Session, owner: str) -> None:
    """Forget every answer that an owner was given, because there are people's data in them, in the caller's transaction. Requests that are
    sent again after this are answered from what is known then."""
    idempotency.erase(session, owner)


def sweep(context: ServiceContext) -> None:
    """Delete what is over, a part at a time, so that nobody waits long for it."""
    while True:
        with context.database.write() as session:
            if idempotency.sweep(session, context.now(), SWEPT) < SWEPT:
                return


def _sweep_at_times(context: ServiceContext) -> None:
    if context.pace.count("idempotency.sweep", context.now()):
        sweep(context)


def _without_secrets(body: bytes) -> bytes:
    if not any(f'"{name}"'.encode() in body for name in SECRETS):
        return body
    return json.dumps(_cleared(json.loads(body)), ensure_ascii=False).encode()


def _cleared(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: None if name in SECRETS else each if name == THEIRS else _cleared(each)
                for name, each in value.items()
            }
        case list():
            return [_cleared(each) for each in value]
    return value


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _place(request_id: str) -> str:
    return f"{request_id}/answer"
