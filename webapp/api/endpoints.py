"""Endpoints: where the order backend is told. The merchant's file may declare some; those are changed there alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint

from webapp.api import callback_schemas as schemas
from webapp.api import callbacks
from webapp.api.guard import merchant_id
from webapp.api.operations import operation, request_id
from webapp.domain.callback_types import USUAL, CallbackType
from webapp.domain.scopes import Scope
from webapp.services.webhooks import endpoints as service
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.models import Endpoint

endpoints = APIBlueprint(
    "endpoints",
    __name__,
    url_prefix="/api/v1/endpoints",
    tag={"name": "Endpoints", "description": "Where your order backend is told of what happens."},
)


@endpoints.post("")
@operation(
    Scope.CALLBACKS,
    schemas.EndpointWithSecret,
    takes=schemas.NewEndpoint,
    status=201,
    problems=("bad_url", "endpoint_exists", "too_many_endpoints"),
)
def create_endpoint(body: schemas.NewEndpoint) -> Any:
    """Create an endpoint

    Its secret is in this answer, and is never shown again."""
    made, secret = service.create(context(), merchant_id(), body.url, body.types, idempotency_key=request_id())
    return _with_secret(made, secret), 201, {"Location": f"{endpoints.url_prefix}/{made.id}"}


@endpoints.get("")
@operation(Scope.CALLBACKS, schemas.Endpoints)
def list_endpoints() -> Any:
    """List endpoints"""
    return {"data": [_shown(each) for each in service.listed(context(), merchant_id())], "next_cursor": None}


@endpoints.get("/<endpoint_id>")
@operation(Scope.CALLBACKS, schemas.Endpoint)
def get_endpoint(endpoint_id: str) -> Any:
    """Get an endpoint"""
    return _shown(service.get(context(), merchant_id(), endpoint_id))


@endpoints.post("/<endpoint_id>/types")
@operation(Scope.CALLBACKS, schemas.Endpoint, takes=schemas.ChosenTypes, problems=("declared_in_file",))
def choose_types(endpoint_id: str, body: schemas.ChosenTypes) -> Any:
    """Choose what an endpoint is told"""
    return _shown(service.choose(context(), merchant_id(), endpoint_id, body.types))


@endpoints.post("/<endpoint_id>/rotate-secret")
@operation(
    Scope.CALLBACKS,
    schemas.EndpointWithSecret,
    takes=schemas.Rotation,
    problems=("declared_in_file", "too_many_secrets"),
)
def rotate_secret(endpoint_id: str, body: schemas.Rotation) -> Any:
    """Rotate an endpoint's secret

    The new one is in this answer, and is never shown again. During the overlap callbacks are signed by both."""
    overlap = timedelta(hours=body.overlap_hours)
    done = service.rotate(context(), merchant_id(), endpoint_id, overlap, idempotency_key=request_id())
    return _with_secret(*done)


@endpoints.post("/<endpoint_id>/disable")
@operation(Scope.CALLBACKS, schemas.Endpoint, problems=("declared_in_file",))
def disable_endpoint(endpoint_id: str) -> Any:
    """Disable an endpoint

    Nothing is POSTed there until it is enabled; what happens meanwhile is kept."""
    return _shown(service.disable(context(), merchant_id(), endpoint_id))


@endpoints.post("/<endpoint_id>/enable")
@operation(Scope.CALLBACKS, schemas.Endpoint)
def enable_endpoint(endpoint_id: str) -> Any:
    """Enable an endpoint

    What was kept for it goes out at once; also one that was disabled because it failed."""
    return _shown(service.enable(context(), merchant_id(), endpoint_id))


@endpoints.post("/<endpoint_id>/test")
@operation(Scope.CALLBACKS, schemas.CallbackSummary, status=201)
def test_endpoint(endpoint_id: str) -> Any:
    """Send a test

    It is POSTed once, soon after this answer: get the callback to see what came of it."""
    sent = service.send_test(context(), merchant_id(), endpoint_id, idempotency_key=request_id())
    return callbacks.summary(sent), 201, {"Location": f"{callbacks.callbacks.url_prefix}/{sent.id}"}


@endpoints.delete("/<endpoint_id>")
@operation(Scope.CALLBACKS, schemas.RemovedEndpoint, problems=("declared_in_file",))
def remove_endpoint(endpoint_id: str) -> Any:
    """Remove an endpoint

    What waits for it is given up; its callbacks can still be looked up."""
    service.remove(context(), merchant_id(), endpoint_id)
    return {"id": endpoint_id, "removed": True}


def _shown(endpoint: Endpoint) -> dict[str, object]:
    def moment(at: datetime | None) -> str | None:
        return stamp(at) if at is not None else None

    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "source": endpoint.source,
        "types": endpoint.types or [each for each in CallbackType if each in USUAL],
        "enabled": endpoint.is_open,
        "disabled_at": moment(endpoint.disabled_at),
        "disabled_why": endpoint.disabled_why,
        "failing_since": moment(endpoint.failing_since),
        "former_secrets_until": moment(endpoint.former_until),
        "created_at": moment(endpoint.created_at),
    }


def _with_secret(endpoint: Endpoint, secret: str) -> dict[str, object]:
    return {**_shown(endpoint), "secret": secret}
