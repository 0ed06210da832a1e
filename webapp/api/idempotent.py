"""A POST is done once for each Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): sent again, it is given the first one's answer.

The key counts from where the request has been read and found right in itself: what is refused before that (its form, its scope, its
fields) used up no key.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import re
from typing import TYPE_CHECKING, Any

from flask import Response, g, request

from webapp.api import guard, problems, reading
from webapp.domain.errors import Invalid, OrdoError
from webapp.services.runtime import idempotency
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

KEY = re.compile(r'"([!#-~]{1,255})"|([!#-~]{1,255})')
"""A string of RFC 8941, as the draft wants it, or the same without its quotation marks, as most clients send it."""
REPLAYED = "Idempotent-Replayed"
NOT_KEPT = {401, 403, 429}
PASSING = f"{problems.TYPE}conflict"
"""Of a refusal that is no answer to the request: somebody else wrote the same at that moment."""


def key() -> str:
    """The request's key. Raises `Invalid`: idempotency_key_missing, idempotency_key_bad, card_number."""
    given = request.headers.get("Idempotency-Key", "")
    if not given:
        raise Invalid("idempotency_key_missing")
    found = KEY.fullmatch(given)
    if found is None:
        raise Invalid("idempotency_key_bad")
    given = found[1] or found[2]
    reading.plain(given)
    return given


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Carry a POST out, or give the answer that it had."""

    @functools.wraps(view)
    def carried_out(**given: Any) -> Any:
        if request.method != "POST":
            return view(**given)
        match idempotency.begin(context(), guard.merchant_id(), key(), _fingerprint()):
            case idempotency.Run(request_id):
                g.request_id = request_id
                return view(**given)
            case idempotency.Replay(status, body):
                mimetype = "application/json" if status < 400 else problems.PROBLEM
                return Response(body, status, {"Content-Type": mimetype, REPLAYED: "true"})
            case idempotency.Running(retry_after):
                return problems.answer("idempotency_key_running", headers={"Retry-After": str(retry_after)})
            case idempotency.Different():
                raise Invalid("idempotency_key_reused")

    return carried_out


def keep(response: Response) -> Response:
    """After every request: keep the answer of one that was carried out. Where that fails the answer goes out all the same: sent again, the
    request is carried out again, and finds what it did."""
    request_id = g.pop("request_id", None)
    if request_id is not None:
        try:
            if response.status_code in NOT_KEPT or response.status_code >= 500 or _is_passing(response):
                idempotency.drop(context(), request_id)
            else:
                idempotency.finish(context(), request_id, response.status_code, response.get_data())
        except OrdoError as error:
            log.warning("the answer to %s was not kept: %s", request_id, error)
    return response


def _is_passing(response: Response) -> bool:
    return response.status_code == 409 and json.loads(response.get_data())["type"] == PASSING


def _fingerprint() -> str:
    """What is asked for: not how it is written, so that a client may write the same JSON otherwise when it sends it again."""
    body = request.get_data()
    if request.mimetype == "application/json" and body:
        body = json.dumps(reading.document(body), sort_keys=True).encode()
    said = "\0".join((request.method, request.path, request.query_string.decode("latin-1")))
    return f"{said}\0{hashlib.sha256(body).hexdigest()}"
