"""Orders: placed, shown, listed."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from webapp.api import lists, order_answers
from webapp.api import order_schemas as schemas
from webapp.api.guard import merchant_id
from webapp.api.operations import operation, request_id
from webapp.domain.scopes import Scope
from webapp.services.orders import backend_view, lifecycle
from webapp.web.services import context

orders = APIBlueprint(
    "orders",
    __name__,
    url_prefix="/api/v1/orders",
    tag={"name": "Orders", "description": "What a buyer is asked to pay."},
)


@orders.post("")
@operation(
    Scope.ORDERS_WRITE,
    schemas.Order,
    takes=schemas.NewOrder,
    asks=schemas.Asked,
    status=201,
    problems=(
        "reference_exists",
        "amount_needed",
        "no_amount",
        "email_needed",
        "amount_not_chargeable",
        "cannot_save_cards",
        "cannot_hold",
    ),
)
def create_order(body: schemas.NewOrder, query: schemas.Asked) -> Any:
    """Create an order

    Its link goes to the buyer by `channel`, and is in the answer."""
    request = lifecycle.Request(
        action=body.action,
        amount=body.price(),
        phone=body.buyer.phone,
        email=body.buyer.email,
        description=body.description,
        reference=body.reference,
        language=body.language,
        days=body.expires_in_days,
        manual_capture=body.manual_capture,
        tax=body.tax(),
        collects_details=body.collects_details,
        idempotency_key=request_id(),
        channel=body.channel,
        return_url=body.return_url,
        metadata=body.metadata,
    )
    made = lifecycle.create(context(), merchant_id(), request, send=True)
    return order_answers.of_id(made.id, query.include), 201, {"Location": f"{orders.url_prefix}/{made.id}"}


@orders.get("")
@operation(Scope.ORDERS_READ, schemas.Orders, asks=schemas.Search, problems=("bad_cursor",))
def list_orders(query: schemas.Search) -> Any:
    """List orders

    The newest first."""
    search = backend_view.Filter(query.state, query.reference, query.place)
    found = backend_view.listed(context(), merchant_id(), search, query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (each.order.created_at, each.order.id))
    return {"data": [order_answers.shown(each) for each in rows], "next_cursor": cursor}


@orders.get("/<order_id>")
@operation(Scope.ORDERS_READ, schemas.Order, asks=schemas.Asked)
def get_order(order_id: str, query: schemas.Asked) -> Any:
    """Get an order"""
    return order_answers.of_id(order_id, query.include)
