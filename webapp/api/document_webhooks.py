"""Callbacks in the document: each type with its body, under `webhooks` (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from webapp.callbacks.bodies import BODIES

REF = "#/components/schemas/{model}"
SIGNED = [
    {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }
    for name, description in {
        "webhook-id": "The callback's id: the same at every try, and when it is replayed. Do what a callback tells once for each.",
        "webhook-timestamp": "When it was sent, in seconds since 1970.",
        "webhook-signature": "By Standard Webhooks 1.0; two, parted by a space, while a secret is rotated.",
    }.items()
]


def made() -> tuple[dict[str, Any], dict[str, Any]]:
    """The webhooks, and the schemas that they name."""
    webhooks: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for kind, model in BODIES.items():
        schema = model.model_json_schema(ref_template=REF)
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
        webhooks[str(kind)] = {
            "post": {
                "operationId": f"told_{kind.replace('.', '_')}",
                "summary": str(kind),
                "tags": ["Callbacks"],
                "security": [],
                "parameters": SIGNED,
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}}},
                },
                "responses": {
                    "2XX": {"description": "Taken: it is not sent again."},
                    "410": {"description": "The endpoint wants no more: it is disabled."},
                    "default": {"description": "Not taken: it is sent again, for three days."},
                },
            }
        }
    return webhooks, schemas
