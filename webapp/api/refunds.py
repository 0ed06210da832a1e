"""Refunds: asked for, shown, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint

from webapp.api import lists
from webapp.api import refund_schemas as schemas
from webapp.api.guard import merchant_id
from webapp.api.operations import operation, request_id
from webapp.domain.money import Money
from webapp.domain.scopes import Scope
from webapp.services.orders import backend_view
from webapp.services.payments import refund_view
from webapp.services.payments import refunds as service
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

if TYPE_CHECKING:
    from webapp.services.payments.refund_view import RefundView

refunds = APIBlueprint(
    "refunds", __name__, url_prefix="/api/v1", tag={"name": "Refunds", "description": "Money that goes back to buyers."}
)


@refunds.post("/orders/<order_id>/refunds")
@operation(
    Scope.REFUNDS_WRITE,
    schemas.Refund,
    takes=schemas.NewRefund,
    status=201,
    problems=("wrong_state", "more_than_rest", "confirmation_needed", "whole_refund_only", "amount_not_refundable"),
)
def create_refund(order_id: str, body: schemas.NewRefund) -> Any:
    """Refund an order

    All that is left of it, or a part. The gateway is asked soon after."""
    amount = None
    if body.amount != "all":
        amount = Money(body.amount, backend_view.one(context(), merchant_id(), order_id).order.currency)
    answered = list(body.confirm)
    if body.seen_refunded is not None:
        answered.append(f"refunded:{body.seen_refunded}")
    made = service.request(context(), merchant_id(), order_id, amount, idempotency_key=request_id(), answered=answered)
    shown = _shown(refund_view.one(context(), merchant_id(), made.id))
    return shown, 201, {"Location": f"{refunds.url_prefix}/refunds/{made.id}"}


@refunds.get("/refunds")
@operation(Scope.ORDERS_READ, schemas.Refunds, asks=schemas.Search, problems=("bad_cursor",))
def list_refunds(query: schemas.Search) -> Any:
    """List refunds

    The newest first, those that were made in the gateway's own back office too."""
    found = refund_view.listed(context(), merchant_id(), query.order, query.place, query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (each.refund.created_at, each.refund.id))
    return {"data": [_shown(each) for each in rows], "next_cursor": cursor}


@refunds.get("/refunds/<refund_id>")
@operation(Scope.ORDERS_READ, schemas.Refund)
def get_refund(refund_id: str) -> Any:
    """Get a refund"""
    return _shown(refund_view.one(context(), merchant_id(), refund_id))


def _shown(view: RefundView) -> dict[str, object]:
    refund = view.refund
    return {
        "id": refund.id,
        "order": refund.order_id,
        "amount": refund.amount,
        "currency": view.currency,
        "state": refund.state,
        "reason": refund.detail,
        "requested_by": refund.actor_kind,
        "created_at": stamp(refund.created_at),
    }
