"""What can be done with an order. What the gateway has to do first is carried out soon after (`pending`), and told by a callback."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from webapp.api import order_answers
from webapp.api import order_schemas as schemas
from webapp.api.guard import merchant_id
from webapp.api.operations import operation, request_id
from webapp.domain.money import Money
from webapp.domain.scopes import Scope
from webapp.services.orders import backend_view, lifecycle
from webapp.web.services import context

order_actions = APIBlueprint("order_actions", __name__, url_prefix="/api/v1/orders/<order_id>", tag="Orders")


@order_actions.post("/cancel")
@operation(Scope.ORDERS_WRITE, schemas.Order, asks=schemas.Asked, problems=("wrong_state",))
def cancel_order(order_id: str, query: schemas.Asked) -> Any:
    """Cancel an order

    At once, or once the gateway has cancelled what it knows of it: if the buyer's payment is faster, the order is paid."""
    lifecycle.cancel(context(), merchant_id(), order_id, idempotency_key=request_id())
    return order_answers.of_id(order_id, query.include)


@order_actions.post("/extend")
@operation(
    Scope.ORDERS_WRITE,
    schemas.Order,
    takes=schemas.Extension,
    asks=schemas.Asked,
    problems=("wrong_state", "bad_days"),
)
def extend_order(order_id: str, body: schemas.Extension, query: schemas.Asked) -> Any:
    """Let the link be valid longer

    One that has expired is open again for so many days, and its new link is sent."""
    lifecycle.extend(context(), merchant_id(), order_id, body.days, idempotency_key=request_id())
    return order_answers.of_id(order_id, query.include)


@order_actions.post("/reactivate")
@operation(Scope.ORDERS_WRITE, schemas.Order, takes=schemas.Reactivation, asks=schemas.Asked, problems=("wrong_state",))
def reactivate_order(order_id: str, body: schemas.Reactivation, query: schemas.Asked) -> Any:
    """Open an order again

    One that was cancelled, expired or refused: under a new link, and with all its tries."""
    lifecycle.reactivate(
        context(),
        merchant_id(),
        order_id,
        send=body.send,
        days=body.expires_in_days,
        idempotency_key=request_id(),
    )
    return order_answers.of_id(order_id, query.include)


@order_actions.post("/resend")
@operation(Scope.ORDERS_WRITE, schemas.Order, asks=schemas.Asked, problems=("wrong_state", "not_sent"))
def resend_order(order_id: str, query: schemas.Asked) -> Any:
    """Send the link again"""
    lifecycle.resend(context(), merchant_id(), order_id, idempotency_key=request_id())
    return order_answers.of_id(order_id, query.include)


@order_actions.post("/revoke-link")
@operation(Scope.ORDERS_WRITE, schemas.Order, asks=schemas.Asked, problems=("wrong_state",))
def revoke_link(order_id: str, query: schemas.Asked) -> Any:
    """Replace the link

    The one that was given out shows nothing any more. Nobody is sent the new one: hand it on, or resend it."""
    lifecycle.revoke_link(context(), merchant_id(), order_id, idempotency_key=request_id())
    return order_answers.of_id(order_id, query.include)


@order_actions.post("/capture")
@operation(
    Scope.ORDERS_WRITE,
    schemas.Order,
    takes=schemas.Capture,
    asks=schemas.Asked,
    problems=("wrong_state", "more_than_held", "amount_not_chargeable", "amount_too_small"),
)
def capture_order(order_id: str, body: schemas.Capture, query: schemas.Asked) -> Any:
    """Take money that is held

    All of it, or a part: the rest is let go."""
    part = None
    if body.amount != "all":
        part = Money(body.amount, backend_view.one(context(), merchant_id(), order_id).order.currency)
    lifecycle.capture(context(), merchant_id(), order_id, part, idempotency_key=request_id())
    return order_answers.of_id(order_id, query.include)


@order_actions.post("/void")
@operation(Scope.ORDERS_WRITE, schemas.Order, asks=schemas.Asked, problems=("wrong_state",))
def void_order(order_id: str, query: schemas.Asked) -> Any:
    """Let go of money that is held"""
    lifecycle.void(context(), merchant_id(), order_id, idempotency_key=request_id())
    return order_answers.of_id(order_id, query.include)
