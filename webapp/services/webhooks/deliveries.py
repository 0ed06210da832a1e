"""Callbacks on their way: POSTed byte for byte as they were written, until they arrive or their schedule is spent."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from webapp.callbacks import sender, standard
from webapp.db import merchants, models, orders, work
from webapp.domain.callback_types import CallbackType
from webapp.domain.statuses import CallbackState
from webapp.domain.timeline import EventKind
from webapp.services.runtime import timeline
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


DISABLE_AFTER = timedelta(days=5)  # without any success: Svix's practice


class Disabled(Protocol):
    """Tells people that an endpoint was disabled, in the transaction that does it. `gone`: it asked for that."""

    def __call__(
        self, session: Session, context: ServiceContext, merchant: models.Merchant, host: str, *, gone: bool
    ) -> None: ...


def deliver(context: ServiceContext, callback: models.Callback, lease: work.Lease, disabled: Disabled) -> None:
    """POST a claimed callback once, keep what came of it, and set when to try again.

    One that fails for the whole schedule is given up, alone; a test is tried once. To a disabled endpoint nothing but a test is POSTed:
    its callbacks are held.
    """
    with context.database.read() as session:
        endpoint = session.get_one(models.Endpoint, callback.endpoint_id)
    if not (endpoint.is_open or (endpoint.active and _is_test(callback))):
        _hold(context, callback, lease)
        return
    at = context.now()
    headers = standard.sign(callback.id, at, callback.body, endpoints.signing_secrets(context, endpoint))
    answer = context.sender.post(endpoint.url, callback.body, headers)
    with context.database.write() as session:
        _record(session, context, callback, lease, answer, headers, disabled)


def _is_test(callback: models.Callback) -> bool:
    return callback.type == CallbackType.ENDPOINT_TEST


def _hold(context: ServiceContext, callback: models.Callback, lease: work.Lease) -> None:
    """Keep it until the endpoint is enabled: at once, when that has happened just now."""
    with context.database.write() as session:
        endpoint = merchants.lock_endpoint(session, callback.endpoint_id)
        due = context.now() if endpoint.is_open else None
        work.finish(session, models.Callback, callback.id, lease, due_at=due, tries=callback.tries - 1)


def _record(  # what is known of one POST
    session: Session,
    context: ServiceContext,
    callback: models.Callback,
    lease: work.Lease,
    answer: sender.Answer,
    headers: Mapping[str, str],
    disabled: Disabled,
) -> None:
    now = context.now()
    posts = callback.posts + 1
    delivered = sender.verdict(answer) is sender.Verdict.DELIVERED
    wait = None if delivered or _is_test(callback) else _wait(answer, posts)
    kept = work.finish(
        session,
        models.Callback,
        callback.id,
        lease,
        state=CallbackState.DELIVERED if delivered else CallbackState.PENDING if wait else CallbackState.FAILED,
        posts=posts,
        due_at=now + wait if wait else None,
        delivered_at=now if delivered else callback.delivered_at,
    )
    if not kept:
        return
    session.add(
        models.Delivery(
            callback_id=callback.id,
            at=now,
            headers=standard.kept(headers),
            status=answer.status,
            error=answer.error,
            excerpt=answer.excerpt,
            milliseconds=answer.milliseconds,
        )
    )
    if callback.order_id is not None:
        order = orders.lock(session, callback.order_id)
        _note(session, context, order, callback, answer, posts=posts, again=wait is not None)
        _judge(session, context, order, callback.endpoint_id, sender.verdict(answer), disabled)


def _note(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    callback: models.Callback,
    answer: sender.Answer,
    *,
    posts: int,
    again: bool,
) -> None:
    """A line on the order's timeline when it has arrived, has failed for the first time, and is given up."""
    if sender.verdict(answer) is sender.Verdict.DELIVERED:
        timeline.note(session, context, order, EventKind.CALLBACK_DELIVERED, callback=callback.id, tries=posts)
    elif posts == 1 or not again:
        kind = EventKind.CALLBACK_RETRYING if again else EventKind.CALLBACK_FAILED
        timeline.note(session, context, order, kind, callback=callback.id, why=answer.error or f"HTTP {answer.status}")


def _wait(answer: sender.Answer, posts: int) -> timedelta | None:
    """Until the next POST, after that many; None when the schedule is spent. The receiver may ask for up to a day."""
    wait = sender.schedule(posts, random.random())  # noqa: S311  # jitter, no secret
    if wait is None or answer.retry_after is None:
        return wait
    return max(wait, timedelta(seconds=min(answer.retry_after, 86_400)))


def _judge(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    endpoint_id: str,
    verdict: sender.Verdict,
    disabled: Disabled,
) -> None:
    """Keep how the endpoint does, and disable it when it wants no more or has failed for too long: that is told."""
    endpoint = session.get_one(models.Endpoint, endpoint_id)
    if verdict is sender.Verdict.DELIVERED and endpoint.failing_since is None:
        return
    endpoint, now = merchants.lock_endpoint(session, endpoint_id), context.now()
    if verdict is sender.Verdict.DELIVERED:
        endpoint.failing_since = None
        return
    endpoint.failing_since = endpoint.failing_since or now
    gone = verdict is sender.Verdict.GONE
    if endpoint.disabled_at is not None or not (gone or _failed_for_long(endpoint, now)):
        return
    endpoint.disabled_at = now
    endpoint.disabled_why = "answered 410 Gone" if gone else f"no success for {DISABLE_AFTER.days} days"
    host = urlsplit(endpoint.url).netloc  # the rest of an address may be secret
    timeline.alarm(session, context, order, why="endpoint_disabled", detail=f"{host}: {endpoint.disabled_why}")
    disabled(session, context, merchants.get(session, order.merchant_id), host, gone=gone)


def _failed_for_long(endpoint: models.Endpoint, now: datetime) -> bool:
    return endpoint.failing_since is not None and now - endpoint.failing_since >= DISABLE_AFTER
