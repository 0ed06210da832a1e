"""The document of this door (OpenAPI 3.1), made of its code: what APIFlask finds in the routes and models, and what holds for each of them.

It says nothing of one installation, so it is the same everywhere: `docs/integrator/openapi.json`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from apiflask import APIBlueprint
from flask import Response, current_app, json

from webapp.api import document_webhooks, problems
from webapp.api.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apiflask import APIFlask

OPENAPI = "/api/v1/openapi.json"
KEPT = "openapi"
SETTINGS: dict[str, Any] = {
    "OPENAPI_VERSION": "3.1.0",
    "AUTO_SERVERS": False,
    "AUTO_404_RESPONSE": False,
    "AUTO_VALIDATION_ERROR_RESPONSE": False,
    "SUCCESS_DESCRIPTION": "Done.",
    "SECURITY_SCHEMES": {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of the API: `Authorization: Bearer ordo_live_…` or `ordo_test_…`. Each operation names the scope that the key needs.",
        }
    },
    "INFO": {
        "description": "Payment orders over WhatsApp: create one, follow it, have money taken, held and sent back. Every refusal is a problem "
        "document (RFC 9457) with a `code` that stays. Fields and codes may be added, nothing that is there is changed or taken away."
    },
}
"""Of APIFlask."""
ALWAYS = ("bad_request", "bad_key", "missing_scope", "too_many", "internal_error", "unavailable")
OF_ADDRESS = ("bad_parameters", "repeated_parameter", "unknown_parameter", "card_number")
OF_PATH = ("not_found",)
OF_POST = (
    "idempotency_key_missing",
    "idempotency_key_bad",
    "idempotency_key_reused",
    "idempotency_key_running",
    "unsupported_media_type",
    "body_too_large",
)
OF_JSON = ("empty_body", "bad_json", "not_an_object", "repeated_name", "too_deep", "bad_text", "invalid_fields")
OF_NO_BODY = ("bad_json", "not_an_object", "repeated_name", "too_deep", "bad_text", "no_fields_here")
TEXT = {"type": "string"}
LIMITS = {
    "RateLimit": {
        "description": "What is left of the key's limit: `r` requests; `t` seconds until it is whole again.",
        "schema": TEXT,
    },
    "RateLimit-Policy": {"description": "The key's limit: `q` requests in `w` seconds.", "schema": TEXT},
}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` where this is the answer of an earlier request with the same key.",
        "schema": TEXT,
    }
}
LOCATION = {"Location": {"description": "Where it is.", "schema": TEXT}}
RETRY = {"Retry-After": {"description": "Seconds after which to send the same again.", "schema": {"type": "integer"}}}
ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each thing to be done (a UUID), the same when it is sent again: within 24 hours it is done once, and answered as before.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 257,
        "pattern": '^("[!#-~]{1,255}"|[!#-~]{1,255})$',
    },
}

pages = APIBlueprint("document", __name__, enable_openapi=False)


def openapi() -> Response:
    """The document, made once."""
    kept = current_app.extensions
    if KEPT not in kept:
        kept[KEPT] = text(cast("APIFlask", current_app)).encode()
    return Response(kept[KEPT], mimetype="application/json")


openapi.operation = Operation(scope=None)  # type: ignore[attr-defined]
pages.add_url_rule(OPENAPI, view_func=openapi)


def text(app: APIFlask) -> str:
    """The document as it is served and committed. To be called with the application at hand (`app_context`)."""
    return json.dumps(app._get_spec("json"), indent=1, ensure_ascii=False, sort_keys=False) + "\n"  # noqa: SLF001  # APIFlask's way to have it made once


def complete(document: Any) -> Any:
    """What routes and models do not say of themselves; APIFlask calls it once."""
    document["servers"] = [{"url": "/", "description": "The address of your installation."}]
    document["tags"] = list({tag["name"]: tag for tag in document["tags"] if "description" in tag}.values())
    for path, method, operation, view in _operations(document):
        _complete(path, method, operation, view)
    document["webhooks"], bodies = document_webhooks.made()
    schemas = document["components"]["schemas"] | bodies | {"Problem": problems.SCHEMA}
    document["components"]["schemas"] = schemas
    return _short(document)


def _operations(document: Any) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    for rule in current_app.url_map.iter_rules():
        path = re.sub(r"<([a-z_]+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            if operation := document["paths"].get(path, {}).get(method.lower()):
                yield path, method, operation, current_app.view_functions[rule.endpoint]


def _complete(path: str, method: str, operation: dict[str, Any], view: Any) -> None:
    declared: Operation = view.operation
    operation["operationId"] = view.__name__
    operation["security"] = [{"key": [str(declared.scope)]}]
    for parameter in operation["parameters"]:
        _plain(parameter)
    if method == "POST":
        operation["parameters"].append(ONCE)
    if declared.takes is not None:
        body = operation.setdefault("requestBody", {"content": {declared.takes: {"schema": TEXT}}})
        body["required"] = True
    for status, answer in operation["responses"].items():
        answer["headers"] = (
            LIMITS | (REPLAYED if method == "POST" else {}) | (LOCATION if status in {"201", "202"} else {})
        )
    for code in _codes(path, method, declared):
        _problem(operation["responses"], code)


def _codes(path: str, method: str, declared: Operation) -> list[str]:
    codes = [*ALWAYS, *OF_ADDRESS, *declared.problems]
    if "{" in path:
        codes += OF_PATH
    if method == "POST":
        codes += (
            *OF_POST,
            *(OF_NO_BODY if declared.takes is None else OF_JSON if declared.takes.endswith("json") else ()),
        )
    return list(dict.fromkeys(codes))


def _problem(responses: dict[str, Any], code: str) -> None:
    kind = problems.KINDS[code]
    line = f"`{code}`: {kind.title}."
    if str(kind.status) in responses:
        responses[str(kind.status)]["description"] += f"\n{line}"
        return
    responses[str(kind.status)] = {
        "description": line,
        "content": {problems.PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": RETRY if kind.status in {429, 503} else {},
    }


def _plain(parameter: dict[str, Any]) -> None:
    """A parameter of an address has no null: it is left away."""
    schema = parameter["schema"]
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        kept = {name: value for name, value in schema.items() if name in {"description", "examples"}}
        parameter["schema"] = schema = {**choices[0], **kept}
    schema.pop("title", None)
    if description := schema.pop("description", None):
        parameter["description"] = description


def _short(document: Any) -> Any:
    """The document with the names of models as they are in the code: APIFlask puts that of the outer model before each. Raises
    `ValueError` for two models of one name."""
    whole = json.loads(re.sub(r"(#/components/schemas/)\w+\.(\w+)", r"\1\2", json.dumps(document, sort_keys=False)))
    schemas: dict[str, Any] = {}
    for name, schema in whole["components"]["schemas"].items():
        short = name.rpartition(".")[2]
        if schemas.setdefault(short, schema) != schema:
            raise ValueError(f"two models have the name {short}")
    whole["components"]["schemas"] = dict(sorted(schemas.items()))
    return whole
