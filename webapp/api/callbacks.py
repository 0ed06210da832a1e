"""Callbacks: what was told, and what came of each try; sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint

from webapp.api import callback_schemas as schemas
from webapp.api import lists
from webapp.api.guard import merchant_id
from webapp.api.operations import operation, request_id
from webapp.domain.scopes import Scope
from webapp.services.webhooks import log, replay
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

if TYPE_CHECKING:
    from webapp.db.models import Callback, Delivery

callbacks = APIBlueprint(
    "callbacks",
    __name__,
    url_prefix="/api/v1/callbacks",
    tag={"name": "Callbacks", "description": "What your order backend was told, and what it answered."},
)


@callbacks.get("")
@operation(Scope.CALLBACKS, schemas.Callbacks, asks=schemas.CallbackSearch, problems=("bad_cursor",))
def list_callbacks(query: schemas.CallbackSearch) -> Any:
    """List callbacks

    The newest first."""
    found = log.listed(context(), merchant_id(), query.search(query.place), query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (each.created_at, each.id))
    return {"data": [summary(each) for each in rows], "next_cursor": cursor}


@callbacks.get("/<callback_id>")
@operation(Scope.CALLBACKS, schemas.Callback)
def get_callback(callback_id: str) -> Any:
    """Get a callback

    With its body and each try."""
    found = log.one(context(), merchant_id(), callback_id)
    tries = [_try(each) for each in found.deliveries]
    return {**summary(found.callback), "body": found.callback.body, "deliveries": tries}


@callbacks.post("/<callback_id>/replay")
@operation(Scope.CALLBACKS, schemas.CallbackSummary, problems=("endpoint_removed",))
def replay_callback(callback_id: str) -> Any:
    """Replay a callback

    The same body under the same `webhook-id`, whatever became of it before."""
    return summary(replay.one(context(), merchant_id(), callback_id, idempotency_key=request_id()))


@callbacks.post("/replay")
@operation(Scope.CALLBACKS, schemas.Replayed, takes=schemas.Replay, problems=("bad_cursor",))
def replay_callbacks(body: schemas.Replay) -> Any:
    """Replay many callbacks

    A range of time, or all that were given up, in steps: go on with `next_cursor` until it is null."""
    found = replay.some(context(), merchant_id(), body.search(lists.read(body.after)))
    return {"replayed": found.count, "next_cursor": lists.cursor(found.after) if found.after else None}


def summary(callback: Callback) -> dict[str, object]:
    """A callback without its body."""
    return {
        "id": callback.id,
        "type": callback.type,
        "endpoint": callback.endpoint_id,
        "order": callback.order_id,
        "state": callback.state,
        "created_at": stamp(callback.created_at),
        "next_try_at": stamp(callback.due_at) if callback.due_at else None,
        "delivered_at": stamp(callback.delivered_at) if callback.delivered_at else None,
        "replayed_at": stamp(callback.replayed_at) if callback.replayed_at else None,
    }


def _try(delivery: Delivery) -> dict[str, object]:
    return {
        "at": stamp(delivery.at),
        "headers": delivery.headers,
        "status": delivery.status,
        "error": delivery.error,
        "excerpt": delivery.excerpt,
        "milliseconds": delivery.milliseconds,
    }
