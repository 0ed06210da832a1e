"""Who asks, how often, and whether they may. Deny by default: an address without a declared scope answers 403 to everybody."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request

from webapp.api import reading
from webapp.domain import actors
from webapp.domain.errors import Forbidden, Invalid
from webapp.services.accounts import api_keys, api_limits
from webapp.services.accounts.api_keys import Caller
from webapp.web.services import act_as, context

if TYPE_CHECKING:
    from flask import Response

    from webapp.api.operations import Operation

SAFE = {"GET", "HEAD", "OPTIONS"}
BEARER = "bearer "


def caller() -> Caller:
    """By which key this request came; there is one, because its operation has a scope."""
    return cast("Caller", g.caller)


def merchant_id() -> str:
    """The merchant whose key it is, and the only one whose rows this request may see."""
    return caller().merchant_id


def operation() -> Operation | None:
    """What the address of this request declares of itself."""
    return getattr(current_app.view_functions.get(str(request.endpoint)), "operation", None)


def check() -> None:
    """Before every request: the key, its limit, its scope; then what else than the body is sent. Raises `Invalid`, `Forbidden`."""
    if request.routing_exception is not None or request.method == "OPTIONS":
        return
    declared = operation()
    if declared is not None and declared.scope is None:
        return
    g.caller = api_keys.authenticate(context(), _token())
    act_as(actors.api_key(g.caller.key_id))
    kind = api_limits.Kind.READ if request.method in SAFE else api_limits.Kind.WRITE
    g.allowance, g.kind = api_limits.take(context(), g.caller.key_id, kind), kind
    if not g.allowance.allowed:
        raise Invalid("too_many")
    if declared is None:
        raise Forbidden("nobody may use this")
    if declared.scope not in g.caller.scopes:
        raise Invalid("missing_scope", scope=declared.scope)
    for text in (*request.args, *request.args.values(), *(request.view_args or {}).values()):
        reading.plain(text)
    if any(len(values) > 1 for values in request.args.listvalues()):
        raise Invalid("repeated_parameter")


def tell_limits(response: Response) -> Response:
    """What is left of the key's limit: draft-ietf-httpapi-ratelimit-headers-10, and Retry-After (RFC 9110, 10.2.3)."""
    allowance = g.get("allowance")
    if allowance is not None:
        window = math.ceil(api_limits.WINDOW.total_seconds())
        response.headers["RateLimit-Policy"] = f'"{g.kind}";q={allowance.limit};w={window}'
        response.headers["RateLimit"] = f'"{g.kind}";r={allowance.remaining};t={allowance.reset_seconds}'
        if not allowance.allowed:
            response.headers["Retry-After"] = str(allowance.reset_seconds)
    return response


def _token() -> str:
    given = request.headers.get("Authorization", "")
    return given[len(BEARER) :].strip() if given[: len(BEARER)].lower() == BEARER else ""
