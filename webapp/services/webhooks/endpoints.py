"""Endpoints: where a merchant's order backends are told, by its file or by who calls these. What the file names is changed there alone; both ways
end in the same checks."""

from __future__ import annotations

import logging
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.callbacks import sender, standard
from webapp.db import callbacks, merchants, models
from webapp.domain import callback_types, cards, characters, ids
from webapp.domain.audit_actions import CHANGED, AuditAction, AuditSubject
from webapp.domain.callback_types import CallbackType
from webapp.domain.errors import Changed, Conflict, Invalid, NotFound
from webapp.domain.statuses import CallbackState
from webapp.services.runtime import audit, idempotency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webapp.db.callback_queue import Told
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

MOST = 20  # endpoints of a merchant: each is a row for each thing that happens
MOST_SECRETS = 3  # that sign at once
LONGEST_URL = 500
OVERLAP, LONGEST_OVERLAP = timedelta(hours=24), timedelta(days=7)
FILE, API = "file", "api"


def checked(context: ServiceContext, url: str) -> str:
    """The address, if callbacks may be POSTed there; what its name resolves to is seen at each POST. Raises `Invalid` (bad_url)."""
    problem = sender.wrong_address(url, allow_loopback=context.allow_sandbox_hosts)
    if len(url) > LONGEST_URL:
        problem = f"the address must have {LONGEST_URL} characters at most"
    if cards.found_in(url) or characters.disturbs(url):
        problem = "a card number or a control character stands in the address"
    if problem:
        raise Invalid("bad_url", problem, why=problem)
    return url


def listed(context: ServiceContext, merchant_id: str) -> Sequence[models.Endpoint]:
    """Where the merchant is told, disabled ones too."""
    with context.database.read() as session:
        return merchants.endpoints(session, merchant_id)


def get(context: ServiceContext, merchant_id: str, endpoint_id: str) -> models.Endpoint:
    """The merchant's endpoint. Raises `NotFound`, also for another merchant's and one that was removed."""
    with context.database.read() as session:
        return _of_merchant(session, merchant_id, endpoint_id)


def create(
    context: ServiceContext,
    merchant_id: str,
    url: str,
    types: Iterable[str] | None = None,
    *,
    idempotency_key: str | None = None,
) -> tuple[models.Endpoint, str]:
    """A new endpoint, and its secret, which is never shown again, but to the same request (`idempotency_key`) whose answer was lost. An address
    that was removed before is the endpoint that it was.

    Raises `Invalid` (bad_url, unknown_type, no_types) and `Conflict` (endpoint_exists with its id as `endpoint`: one endpoint takes several types, and the
    same twice would be applied twice; too_many_endpoints).
    """
    checked(context, url)
    wanted = None if types is None else callback_types.chosen(types)
    secret = standard.new_secret()
    with context.database.write() as session:
        merchants.lock(session, merchant_id)
        if (made := idempotency.made(session, idempotency_key)) is not None:
            return _with_secret(context, _of_merchant(session, merchant_id, made))
        endpoint = at_address(merchants.every_endpoint(session, merchant_id), url)
        if endpoint is not None and endpoint.active:
            raise Conflict("endpoint_exists", f"{endpoint.id} has this address already", endpoint=endpoint.id)
        if len(merchants.endpoints(session, merchant_id)) >= MOST:
            raise Conflict("too_many_endpoints", f"a merchant has {MOST} endpoints at most", most=MOST)
        if endpoint is None:
            endpoint = models.Endpoint(
                id=ids.new("ep"), merchant_id=merchant_id, url=url, source=API, created_at=context.now()
            )
            session.add(endpoint)
        endpoint.url, endpoint.source, endpoint.types = url, API, wanted
        seal(context, endpoint, [secret])
        switch_on(session, context, endpoint)
        idempotency.note_made(session, idempotency_key, endpoint.id)
        _record(
            session,
            context,
            endpoint,
            AuditAction.ENDPOINT_MADE,
            after={"url": url, "types": wanted, "secret": CHANGED},
        )
    _log(context, endpoint, "made")
    return endpoint, secret


def rotate(
    context: ServiceContext,
    merchant_id: str,
    endpoint_id: str,
    overlap: timedelta = OVERLAP,
    *,
    idempotency_key: str | None = None,
) -> tuple[models.Endpoint, str]:
    """A new secret, which is never shown again, but to the same request (`idempotency_key`) whose answer was lost. Callbacks are signed by it
    and, for as long as `overlap`, by the one before too; without an overlap by the new one alone, for a secret that is in wrong hands.

    Raises `NotFound`, `Invalid` (bad_overlap), `Conflict` (declared_in_file; too_many_secrets, while an overlap runs and another began).
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise Invalid("bad_overlap", f"an overlap lasts from 0 to {LONGEST_OVERLAP // timedelta(hours=1)} hours")
    secret = standard.new_secret()
    with context.database.write() as session:
        endpoint = _mine(session, merchant_id, endpoint_id)
        if idempotency.made(session, idempotency_key) is not None:
            return _with_secret(context, endpoint)
        former = signing_secrets(context, endpoint) if overlap else []
        if len(former) >= MOST_SECRETS:
            raise Conflict("too_many_secrets", f"{MOST_SECRETS} secrets sign already, until {endpoint.former_until}")
        seal(context, endpoint, [secret, *former])
        endpoint.former_until = context.now() + overlap if former else None
        hours = overlap / timedelta(hours=1)
        _record(
            session, context, endpoint, AuditAction.ENDPOINT_CHANGED, after={"secret": CHANGED, "overlap_hours": hours}
        )
        idempotency.note_made(session, idempotency_key, endpoint.id)
    _log(context, endpoint, "given a new secret")
    return endpoint, secret


def version(endpoint: models.Endpoint) -> int:
    """A number that is another one once the endpoint's types are others."""
    return zlib.crc32(" ".join(endpoint.types or ()).encode()) % 10**9


def choose(
    context: ServiceContext,
    merchant_id: str,
    endpoint_id: str,
    types: Iterable[str] | None,
    *,
    seen: int | None = None,
) -> models.Endpoint:
    """Say of what an endpoint is told from now on; None: of the usual. What is written already goes out. `seen` is the endpoint's `version`
    when its types were shown. Raises `NotFound`, `Invalid` (unknown_type, no_types), `Conflict` (declared_in_file), `Changed` where somebody
    else has chosen others since."""
    wanted = None if types is None else callback_types.chosen(types)
    with context.database.write() as session:
        endpoint = _mine(session, merchant_id, endpoint_id)
        if seen is not None and seen != version(endpoint):
            raise Changed(version(endpoint), **audit.last(session, merchant_id, AuditSubject.ENDPOINT, endpoint.id))
        before, endpoint.types = endpoint.types, wanted
        _record(session, context, endpoint, AuditAction.ENDPOINT_CHANGED, {"types": before}, {"types": wanted})
    _log(context, endpoint, "told of other types")
    return endpoint


def disable(context: ServiceContext, merchant_id: str, endpoint_id: str) -> models.Endpoint:
    """POST nothing there any more, until it is enabled: what happens meanwhile is written and kept. Raises `NotFound`, `Conflict`
    (declared_in_file)."""
    with context.database.write() as session:
        endpoint = _mine(session, merchant_id, endpoint_id)
        if endpoint.disabled_at is None:
            endpoint.disabled_at, endpoint.disabled_why = context.now(), f"by {context.actor}"[:100]
            _record(session, context, endpoint, AuditAction.ENDPOINT_DISABLED)
    _log(context, endpoint, "disabled")
    return endpoint


def enable(context: ServiceContext, merchant_id: str, endpoint_id: str) -> models.Endpoint:
    """POST there again, at once what was kept; one of the file too, which says that it is to be told. Raises `NotFound`."""
    with context.database.write() as session:
        endpoint = _of_merchant(session, merchant_id, endpoint_id)
        endpoint = merchants.lock_endpoint(session, endpoint.id)
        switch_on(session, context, endpoint)
        _record(session, context, endpoint, AuditAction.ENDPOINT_ENABLED)
    _log(context, endpoint, "enabled")
    return endpoint


def remove(context: ServiceContext, merchant_id: str, endpoint_id: str) -> None:
    """Tell it nothing more. What waits for it is given up; its callbacks can still be looked up. Raises `NotFound`, `Conflict`
    (declared_in_file)."""
    with context.database.write() as session:
        endpoint = _mine(session, merchant_id, endpoint_id)
        endpoint.active = False
        callbacks.give_up(session, endpoint.id, "the endpoint was removed")
        _record(session, context, endpoint, AuditAction.ENDPOINT_REMOVED)
    _log(context, endpoint, "removed")


def send_test(
    context: ServiceContext, merchant_id: str, endpoint_id: str, *, idempotency_key: str | None = None
) -> models.Callback:
    """Have the worker POST a test there once, to a disabled one too. What came of it is in the test's deliveries. Raises `NotFound`."""
    now, name = context.now(), ids.new("msg")
    with context.database.write() as session:
        endpoint = merchants.lock_endpoint(session, _of_merchant(session, merchant_id, endpoint_id).id)
        if (made := idempotency.made(session, idempotency_key)) is not None:
            return session.get_one(models.Callback, made)
        callback = models.Callback(
            id=name,
            merchant_id=merchant_id,
            endpoint_id=endpoint.id,
            order_id=None,
            sequence=0,
            type=CallbackType.ENDPOINT_TEST,
            body=standard.body(CallbackType.ENDPOINT_TEST, now, {"endpoint": endpoint.id}),
            state=CallbackState.PENDING,
            created_at=now,
            due_at=now,
        )
        session.add(callback)
        _record(session, context, endpoint, AuditAction.ENDPOINT_TESTED)
        idempotency.note_made(session, idempotency_key, name)
    _log(context, endpoint, f"sent the test {name}")
    return callback


def signing_secrets(context: ServiceContext, endpoint: models.Endpoint) -> list[str]:
    """What callbacks of the endpoint are signed with now, newest first. Raises `CannotOpen`."""
    return in_force(context, endpoint, opened(context, endpoint))


def opened(context: ServiceContext, endpoint: models.Endpoint | Told) -> list[str]:
    """All that is sealed of the endpoint's secrets, newest first. Raises `CannotOpen`."""
    return [str(each) for each in context.sealer.open(endpoint.secrets, secret_place(endpoint.merchant_id))]


def in_force(context: ServiceContext, endpoint: models.Endpoint | Told, secrets: list[str]) -> list[str]:
    """Those of its secrets that sign now."""
    over = endpoint.former_until is not None and endpoint.former_until <= context.now()
    return secrets[:1] if over else secrets


def secret_place(merchant: str) -> str:
    """Where an endpoint's secrets belong, sealed into them."""
    return f"{merchant}/endpoint"


def seal(context: ServiceContext, endpoint: models.Endpoint, secrets: Sequence[str]) -> None:
    """Callbacks are signed by these from now on, newest first, without an end."""
    endpoint.secrets = context.sealer.seal(list(secrets), secret_place(endpoint.merchant_id))
    endpoint.former_until = None


def _with_secret(context: ServiceContext, endpoint: models.Endpoint) -> tuple[models.Endpoint, str]:
    """What a request made whose answer was lost."""
    return endpoint, signing_secrets(context, endpoint)[0]


def switch_on(session: Session, context: ServiceContext, endpoint: models.Endpoint) -> None:
    """It is told again, at once of what was kept for it."""
    endpoint.active = True
    endpoint.disabled_at = endpoint.disabled_why = endpoint.failing_since = None
    callbacks.resume(session, endpoint.id, context.now())


def at_address(rows: Sequence[models.Endpoint], url: str) -> models.Endpoint | None:
    """The endpoint of that address: written so, else by another spelling of it, one that is told before one that is not."""
    place = sender.same_place(url)
    same = [row for row in rows if sender.same_place(row.url) == place]
    return min(same, key=lambda row: (row.url != url, not row.active, row.id), default=None)


def _of_merchant(session: Session, merchant_id: str, endpoint_id: str) -> models.Endpoint:
    endpoint = session.get(models.Endpoint, endpoint_id)
    if endpoint is None or endpoint.merchant_id != merchant_id or not endpoint.active:
        raise NotFound("no such endpoint")
    return endpoint


def _mine(session: Session, merchant_id: str, endpoint_id: str) -> models.Endpoint:
    """One that may be changed here, locked. Raises `NotFound`, `Conflict` (declared_in_file)."""
    endpoint = merchants.lock_endpoint(session, _of_merchant(session, merchant_id, endpoint_id).id)
    if endpoint.source == FILE:
        raise Conflict("declared_in_file", "the merchant's file names this endpoint, so it is changed there alone")
    return endpoint


def _record(
    session: Session,
    context: ServiceContext,
    endpoint: models.Endpoint,
    action: AuditAction,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    before = before if before is not None or after is not None else {"url": endpoint.url}
    audit.record(session, context, endpoint.merchant_id, action, AuditSubject.ENDPOINT, endpoint.id, before, after)


def _log(context: ServiceContext, endpoint: models.Endpoint, what: str) -> None:
    log.info("endpoint %s of %s was %s by %s", endpoint.id, endpoint.merchant_id, what, context.actor)
