"""Callbacks: written in the transaction of the change that they tell, sent byte for byte by the worker until they arrive."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.callbacks import sender, standard
from webapp.db import callbacks, merchants, models, orders, surroundings, work
from webapp.domain import ids
from webapp.domain.states import MONEY, State
from webapp.domain.statuses import CallbackState
from webapp.domain.timeline import EventKind
from webapp.services.notifications import notify
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


DISABLE_AFTER = timedelta(days=5)  # without any success: Svix's practice


def queue(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, kind: str | None = None
) -> None:
    """Write what each endpoint of the merchant is to be told of the order's new state, or of what `kind` says has happened to
    its alias, in the caller's transaction: for one that is disabled too, for `deliver` holds it back until it is enabled."""
    now = context.now()
    data, kind = describe(session, order), kind or f"order.{order.state}"
    for endpoint in merchants.endpoints(session, merchant.id):
        session.add(
            models.Callback(
                id=ids.new("msg"),
                merchant_id=merchant.id,
                endpoint_id=endpoint.id,
                order_id=order.id,
                sequence=callbacks.next_sequence(session, endpoint.id, order.id),
                type=kind,
                body=standard.body(kind, now, data),
                state=CallbackState.PENDING,
                created_at=now,
                due_at=now,
            )
        )


def describe(session: Session, order: models.Order) -> dict[str, object]:
    """An order as an order backend is told of it (docs/integrator/callbacks.md). Amounts are in minor units."""
    return describe_all(session, [order])[0]


def describe_all(session: Session, orders: Sequence[models.Order]) -> list[dict[str, object]]:
    """The same of many orders, by as many statements as of one."""
    around = surroundings.of(session, orders)
    return [_described(order, around) for order in orders]


def _described(order: models.Order, around: surroundings.Surroundings) -> dict[str, object]:
    buyer = around.buyers[order.buyer_id]
    alias = around.aliases.get(order.alias_id or "")
    consent, dispute = around.consents.get(order.id), around.disputes.get(order.id)
    return {
        "order": order.id,
        "reference": order.reference,
        "state": order.state,
        "action": order.action,
        "amount": order.amount,
        "currency": order.currency,
        "captured": order.paid if order.state in MONEY else None,
        "refunded": order.refunded,
        "tax_rate": str(Decimal(order.tax) / 100) if order.tax is not None else None,
        "description": order.description,
        "buyer": {"phone": buyer.phone or buyer.former_phone, "email": order.email, "details": order.details},
        "card": {"wallet": None} | order.card if order.card else None,
        "alias": {
            "id": alias.id,
            "status": alias.status,
            "brand": alias.brand,
            "last4": alias.last4,
            "exp_month": alias.exp_month,
            "exp_year": alias.exp_year,
            "wallet": alias.wallet,
        }
        if alias
        else None,
        "consent": {
            "wording": consent.wording,
            "version": consent.version,
            "language": consent.language,
            "at": stamp(consent.given_at),
        }
        if consent
        else None,
        "charged_alias": order.charges_alias_id,
        "capture_before": stamp(order.capture_before)
        if order.state == State.AUTHORISED and order.capture_before
        else None,
        "dispute": {"id": dispute.id, "amount": dispute.amount, "reason": dispute.reason, "state": dispute.state}
        if dispute
        else None,
    }


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def deliver(context: ServiceContext, callback: models.Callback, lease: work.Lease) -> None:
    """POST a claimed callback once, keep what came of it, and set when to try again.

    One that fails for the whole schedule is given up, alone. To a disabled endpoint nothing is POSTed: its callbacks are held.
    """
    with context.database.read() as session:
        endpoint = session.get_one(models.Endpoint, callback.endpoint_id)
    if not endpoint.is_open:
        _hold(context, callback, lease)
        return
    secrets = context.sealer.open(endpoint.secrets, secret_place(endpoint.merchant_id))
    at = context.now()
    answer = context.sender.post(endpoint.url, callback.body, standard.sign(callback.id, at, callback.body, secrets))
    with context.database.write() as session:
        _record(session, context, callback, lease, answer)


def _hold(context: ServiceContext, callback: models.Callback, lease: work.Lease) -> None:
    """Keep it until the endpoint is enabled: at once, when that has happened just now."""
    with context.database.write() as session:
        endpoint = merchants.lock_endpoint(session, callback.endpoint_id)
        due = context.now() if endpoint.is_open else None
        work.finish(session, models.Callback, callback.id, lease, due_at=due, tries=callback.tries - 1)


def _record(
    session: Session, context: ServiceContext, callback: models.Callback, lease: work.Lease, answer: sender.Answer
) -> None:
    now = context.now()
    posts = callbacks.posts(session, callback.id) + 1
    delivered = sender.verdict(answer) is sender.Verdict.DELIVERED
    wait = None if delivered else _wait(answer, posts)
    kept = work.finish(
        session,
        models.Callback,
        callback.id,
        lease,
        state=CallbackState.DELIVERED if delivered else CallbackState.PENDING if wait else CallbackState.FAILED,
        due_at=now + wait if wait else None,
        delivered_at=now if delivered else None,
    )
    if not kept:
        return
    session.add(
        models.Delivery(
            callback_id=callback.id,
            at=now,
            status=answer.status,
            error=answer.error,
            excerpt=answer.excerpt,
            milliseconds=answer.milliseconds,
        )
    )
    order = orders.lock(session, callback.order_id)
    if delivered:
        timeline.note(session, context, order, EventKind.CALLBACK_DELIVERED, callback=callback.id, tries=posts)
    elif posts == 1 or not wait:
        kind = EventKind.CALLBACK_RETRYING if wait else EventKind.CALLBACK_FAILED
        timeline.note(session, context, order, kind, callback=callback.id, why=answer.error or f"HTTP {answer.status}")
    _judge(session, context, order, callback.endpoint_id, sender.verdict(answer))


def _wait(answer: sender.Answer, posts: int) -> timedelta | None:
    """Until the next POST, after that many; None when the schedule is spent. The receiver may ask for up to a day."""
    wait = sender.schedule(posts, random.random())  # noqa: S311  # jitter, no secret
    if wait is None or answer.retry_after is None:
        return wait
    return max(wait, timedelta(seconds=min(answer.retry_after, 86_400)))


def _judge(
    session: Session, context: ServiceContext, order: models.Order, endpoint_id: str, verdict: sender.Verdict
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
    if endpoint.disabled_at is not None or not (gone or now - endpoint.failing_since >= DISABLE_AFTER):
        return
    endpoint.disabled_at = now
    endpoint.disabled_why = "answered 410 Gone" if gone else f"no success for {DISABLE_AFTER.days} days"
    host = urlsplit(endpoint.url).netloc  # the rest of an address may be secret
    timeline.alarm(session, context, order, why="endpoint_disabled", detail=f"{host}: {endpoint.disabled_why}")
    notify.endpoint_disabled(session, context, merchants.get(session, order.merchant_id), host, gone=gone)


def secret_place(merchant: str) -> str:
    """Where an endpoint's secret belongs, sealed into it."""
    return f"{merchant}/endpoint"
