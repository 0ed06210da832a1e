"""An order's events: its timeline, as the back office shows it."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from webapp.api import lists
from webapp.api import order_schemas as schemas
from webapp.api.guard import merchant_id
from webapp.api.operations import operation
from webapp.domain.errors import Invalid
from webapp.domain.scopes import Scope
from webapp.services.orders import backend_view
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

events = APIBlueprint("events", __name__, url_prefix="/api/v1/orders/<order_id>/events", tag="Orders")


@events.get("")
@operation(Scope.ORDERS_READ, schemas.Events, asks=lists.Page, problems=("bad_cursor",))
def list_events(order_id: str, query: lists.Page) -> Any:
    """List an order's events

    The oldest first."""
    place = query.place
    if place is not None and not (place[1].isdecimal() and len(place[1]) < 19):
        raise Invalid("bad_cursor")  # of another list
    found = backend_view.events(context(), merchant_id(), order_id, place, query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (each.at, str(each.id)))
    return {
        "data": [
            {
                "kind": each.kind,
                "at": stamp(each.at),
                "actor": {"kind": each.actor_kind, "id": each.actor_id} if each.actor_kind else None,
                "data": each.data,
            }
            for each in rows
        ],
        "next_cursor": cursor,
    }
