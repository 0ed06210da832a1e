"""Events and the endpoints that are told about them. `emit` writes both in the transaction of the change; `courier`
delivers."""

from __future__ import annotations

import re
import secrets
import time

from sandbox.gateway import faults, store
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import invalid
from sandbox.gateway.particulars import merged_metadata
from sandbox.gateway.store import Doc
from sandbox.gateway.version import API_VERSION


def emit(call: Call, kind: str, subject: Doc, *, previous: Doc | None = None) -> None:
    """Record that something happened, with the object as it is now, and queue it for every endpoint that listens."""
    listeners = [
        (scope, endpoint) for scope, endpoint in _endpoints(call) if {kind, "*"} & set(endpoint["enabled_events"])
    ]
    data: Doc = {"object": store.public(subject)}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Doc = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": call.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": len(listeners),
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": kind,
    }
    if call.caller.connected is not None:
        event["account"] = call.caller.connected
    call.insert(event)
    for scope, endpoint in listeners:
        fault = faults.of_event(call.tx, kind)
        state = {"webhook_lost": "lost", "webhook_hold": "held"}.get(fault.kind if fault else "", "pending")
        due = time.time() + fault.seconds if fault and fault.kind == "webhook_late" else 0
        for _ in range(2 if fault and fault.kind == "webhook_twice" else 1):
            call.tx.sql.execute(
                "INSERT INTO deliveries (scope, endpoint_scope, endpoint, event, state, due) VALUES (?, ?, ?, ?, ?, ?)",
                (call.scope, scope, endpoint["id"], event["id"], state, due),
            )


def _endpoints(call: Call) -> list[tuple[str, Doc]]:
    """The account's own, and for a connected account those of its platform that asked for connected accounts."""
    platform = call.caller.account.id
    found = [(call.scope, endpoint, False) for endpoint in call.tx.select(call.scope, "webhook_endpoint")]
    if call.scope != platform:
        found += [(platform, endpoint, True) for endpoint in call.tx.select(platform, "webhook_endpoint")]
    return [
        (scope, endpoint)
        for scope, endpoint, connect in found
        if endpoint["_connect"] == connect and endpoint["status"] == "enabled"
    ]


def create(call: Call) -> Doc:
    """The only answer that carries the signing secret."""
    params = call.params
    _check_url(params["url"])
    if not params["enabled_events"]:
        raise invalid("You must enable at least one event.", code="parameter_invalid_empty", param="enabled_events")
    endpoint: Doc = {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": call.now,
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata")),
        "status": "enabled",
        "url": params["url"],
        "_connect": params.get("connect", False),
        "_secret": "whsec_" + secrets.token_urlsafe(24),
    }
    call.insert(endpoint)
    return endpoint | {"secret": endpoint["_secret"]}


def _check_url(url: str) -> None:
    if not re.match(r"https?://[^/\s]+", url):
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param="url"
        )


def retrieve(call: Call, endpoint: str) -> Doc:
    return call.get("webhook_endpoint", endpoint)


def update(call: Call, endpoint: str) -> Doc:
    doc, params = call.get("webhook_endpoint", endpoint), call.params
    if "url" in params:
        _check_url(params["url"])
    doc |= {name: params[name] for name in ("url", "enabled_events") if name in params}
    doc["description"] = params.get("description", doc["description"]) or None
    doc["metadata"] = merged_metadata(doc["metadata"], params.get("metadata"))
    if "disabled" in params:
        doc["status"] = "disabled" if params["disabled"] else "enabled"
    return call.save(doc)


def delete(call: Call, endpoint: str) -> Doc:
    call.get("webhook_endpoint", endpoint)
    call.tx.delete(call.scope, endpoint)
    return {"id": endpoint, "object": "webhook_endpoint", "deleted": True}


def listing(call: Call) -> Doc:
    return call.page("webhook_endpoint", "/v1/webhook_endpoints")


def retrieve_event(call: Call, event: str) -> Doc:
    return call.get("event", event)


def list_events(call: Call) -> Doc:
    wanted = call.params.get("types", call.params.get("type"))
    matches: dict[str, object] = {} if wanted is None else {"type": wanted}
    return call.page("event", "/v1/events", matches)


ROUTES = (
    Route("POST", "/v1/webhook_endpoints", create, "WebhookEndpointCreateParams"),
    Route("GET", "/v1/webhook_endpoints", listing, "WebhookEndpointListParams"),
    Route("GET", "/v1/webhook_endpoints/<endpoint>", retrieve, "WebhookEndpointRetrieveParams"),
    Route("POST", "/v1/webhook_endpoints/<endpoint>", update, "WebhookEndpointUpdateParams"),
    Route("DELETE", "/v1/webhook_endpoints/<endpoint>", delete, "WebhookEndpointDeleteParams"),
    Route("GET", "/v1/events", list_events, "EventListParams"),
    Route("GET", "/v1/events/<event>", retrieve_event, "EventRetrieveParams"),
)
