"""The document of this door (OpenAPI 3.1), made of its code: what APIFlask finds in the routes and models, and what holds for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from apiflask import APIBlueprint
from flask import Response, current_app, json

from webapp.api.operations import Operation

if TYPE_CHECKING:
    from apiflask import APIFlask

OPENAPI = "/api/v1/openapi.json"
SETTINGS: dict[str, Any] = {
    "OPENAPI_VERSION": "3.1.0",
    "AUTO_SERVERS": False,
    "AUTO_404_RESPONSE": False,
    "AUTO_VALIDATION_ERROR_RESPONSE": False,
    "AUTO_OPERATION_ID": False,
    "SECURITY_SCHEMES": {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of the API: `Authorization: Bearer ordo_live_…` or `ordo_test_…`. Each operation names the scope that it needs.",
        }
    },
    "INFO": {
        "description": "Payment orders over WhatsApp: create one, follow it, and have money taken, held and sent back."
    },
}
"""Of APIFlask."""
ALWAYS = ("bad_key", "missing_scope", "too_many", "internal_error", "unavailable")
OF_QUERY = ("bad_parameters", "repeated_parameter", "card_number")
OF_POST = ("idempotency_key_missing", "idempotency_key_bad", "idempotency_key_reused", "idempotency_key_running")
OF_BODY = (
    "empty_body",
    "bad_json",
    "not_an_object",
    "repeated_name",
    "too_deep",
    "bad_text",
    "card_number",
    "body_too_large",
    "unsupported_media_type",
    "invalid_fields",
)
LIMITS = {
    "RateLimit": {
        "description": "What is left of the key's limit: `r` requests, and `t` seconds until it is whole again.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "The key's limit: `q` requests in `w` seconds.", "schema": {"type": "string"}},
}

pages = APIBlueprint("document", __name__, enable_openapi=False)


def openapi() -> Response:
    """The document; it says nothing that is not in every installation."""
    return Response(text(cast("APIFlask", current_app)), mimetype="application/json")


openapi.operation = Operation(scope=None)  # type: ignore[attr-defined]
pages.add_url_rule(OPENAPI, view_func=openapi)


def text(app: APIFlask) -> str:
    """The document as it is served and committed."""
    return json.dumps(app._get_spec("json"), indent=2, ensure_ascii=False) + "\n"  # noqa: SLF001  # APIFlask's way to have it made once


def complete(document: Any) -> Any:
    """What the routes do not say of themselves; APIFlask calls it once."""
    return document
