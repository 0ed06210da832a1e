"""`expand`: ids replaced by the objects they name (https://docs.stripe.com/api/expanding_objects)."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.gateway.call import Call
from sandbox.gateway.errors import GatewayError
from sandbox.gateway.store import Doc

_INTENT = {"customer": "customer", "payment_method": "payment_method"}
_EXPANDABLE = {
    "payment_intent": _INTENT | {"latest_charge": "charge"},
    "setup_intent": _INTENT,
    "charge": {"customer": "customer", "payment_intent": "payment_intent"},
    "refund": {
        "charge": "charge",
        "customer": "customer",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "payment_method": {"customer": "customer"},
}
_DEEPEST = 4


def expand(call: Call, doc: Doc, wanted: Iterable[str]) -> None:
    """Change `doc` in place. Raises 400 for a path that leads nowhere."""
    for path in wanted:
        steps = path.split(".")
        if len(steps) > _DEEPEST:
            raise _cannot(path)
        _expand(call, doc, steps, path)


def _expand(call: Call, doc: Doc, steps: list[str], path: str) -> None:
    if doc["object"] in {"list", "search_result"}:
        if steps[0] != "data" or len(steps) == 1:
            raise _cannot(path)
        for item in doc["data"]:
            _expand(call, item, steps[1:], path)
        return
    if (doc["object"], steps[0]) == ("charge", "refunds"):
        doc["refunds"] = _refunds(call, doc)
        if len(steps) > 1:
            _expand(call, doc["refunds"], steps[1:], path)
        return
    kind = _EXPANDABLE.get(doc["object"], {}).get(steps[0])
    if kind is None:
        raise _cannot(path)
    value = doc.get(steps[0])
    if isinstance(value, str):
        value = doc[steps[0]] = call.tx.find(call.scope, kind, value) or value
    if len(steps) > 1 and isinstance(value, dict):
        _expand(call, value, steps[1:], path)


def _refunds(call: Call, charge: Doc) -> Doc:
    """The newest ten of a charge, as the list that it holds only when asked for it."""
    found = call.tx.select(call.scope, "refund", "json_extract(body, '$.charge') = ?", (charge["id"],), 11)
    url = f"/v1/charges/{charge['id']}/refunds"
    return {"object": "list", "data": found[:10], "has_more": len(found) > 10, "url": url}


def _cannot(path: str) -> GatewayError:
    return GatewayError(
        400,
        "invalid_request_error",
        f"This property cannot be expanded ({path}).",
        param="expand",
    )
