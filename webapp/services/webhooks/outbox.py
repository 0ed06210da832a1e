"""Callbacks: written in the transaction of the change that they tell, for each endpoint that wants to be told of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from webapp.callbacks import standard
from webapp.db import buyers, callbacks, models, surroundings
from webapp.domain import ids
from webapp.domain.callback_types import USUAL, CallbackType
from webapp.domain.states import MONEY, State
from webapp.domain.statuses import CallbackState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


def queue(
    session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order, kind: str | None = None
) -> None:
    """Write what the merchant's endpoints are to be told of the order's new state, or of what `kind` says has happened to its alias, in the
    caller's transaction."""
    tell(session, context, order, CallbackType(kind or f"order.{order.state}"), merchant_id=merchant.id)


def tell(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    kind: CallbackType,
    more: Mapping[str, Any] | None = None,
    *,
    merchant_id: str = "",
) -> None:
    """Write what has happened to an order, which the caller has locked, for each endpoint of its merchant that wants this type: for one that
    is disabled too, for nothing is POSTed there until it is enabled. `more` is what the type tells beside the order (`callbacks.bodies`)."""
    told = [each for each in surroundings.endpoints(session, merchant_id or order.merchant_id) if wants(each, kind)]
    if not told:
        return
    buyers.get(session, order.buyer_id)  # in hand for the flush too, which writes by what the order is found
    session.flush()
    now = context.now()
    body = standard.body(kind, now, describe(session, order) | dict(more or {}))
    for endpoint in told:
        sequence, waits = callbacks.next_place(session, endpoint.id, order.id)
        session.add(
            models.Callback(
                id=ids.new("msg"),
                merchant_id=endpoint.merchant_id,
                endpoint_id=endpoint.id,
                order_id=order.id,
                sequence=sequence,
                type=kind,
                body=body,
                state=CallbackState.PENDING,
                created_at=now,
                due_at=max(now, waits or now),  # with the one before it, without which it is not sent
            )
        )


def wants(endpoint: models.Endpoint, kind: CallbackType) -> bool:
    """Whether the endpoint is told of this type."""
    return kind in USUAL if endpoint.types is None else kind in endpoint.types


def describe(session: Session, order: models.Order) -> dict[str, object]:
    """An order as an order backend is told of it (`callbacks.bodies.OrderData`). Amounts are in minor units."""
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
        "channel": order.channel,
        "return_url": order.return_url,
        "metadata": order.metadata_ or {},
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


def describe_refund(refund: models.Refund, currency: str) -> dict[str, object]:
    """A refund as an order backend is told of it (`callbacks.bodies.Refund`)."""
    return {
        "id": refund.id,
        "amount": refund.amount,
        "currency": currency,
        "state": refund.state,
        "reason": refund.detail,
        "requested_by": refund.actor_kind,
        "created_at": stamp(refund.created_at),
    }


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
