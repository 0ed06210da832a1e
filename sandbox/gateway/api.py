"""The way of every API request: fault, key, idempotency, parameters, the noun's work in one transaction, answer,
log."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Request, Response

from sandbox.gateway import accounts, expand, faults, params
from sandbox.gateway.accounts import Account, Caller
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import GatewayError, invalid
from sandbox.gateway.faults import Fault, Kind
from sandbox.gateway.heeded import Heeded
from sandbox.gateway.store import Doc, Store, public
from sandbox.gateway.version import API_VERSION

_log = logging.getLogger(__name__)
_KEYS_LIVE = 24 * 3600  # seconds, the least that Stripe promises: whoever repeats later must look first
# What a browser may see of an intent: what Stripe's reference of the object marks as
# "retrievable with publishable key" (https://docs.stripe.com/api/payment_intents/object).
_FOR_BROWSERS = frozenset(
    {
        "id", "object", "amount", "automatic_payment_methods", "canceled_at", "cancellation_reason", "capture_method",
        "client_secret", "confirmation_method", "created", "currency", "description", "last_payment_error",
        "last_setup_error", "livemode", "next_action", "payment_method", "payment_method_types", "processing",
        "receipt_email", "setup_future_usage", "shipping", "status", "usage",
    }
)  # fmt: skip


@dataclass
class Answer:
    """`replayed` names the first request, when this is its answer again."""

    status: int
    body: str
    replayed: str | None = None


class Api:
    """`clock` gives Unix seconds; `chores` does what is due by itself, before a request is answered; `told` is called when a
    transaction may have queued webhooks."""

    def __init__(
        self,
        store: Store,
        known: Sequence[Account],
        public_url: str,
        clock: Callable[[], float],
        chores: Callable[[], object],
        told: Callable[[], None],
    ) -> None:
        self._store = store
        self._known = known
        self._public_url = public_url
        self._clock = clock
        self._chores = chores
        self._told = told

    def serve(self, route: Route, request: Request, ids: Sequence[str]) -> Response:
        """Answer one request, however it ends."""
        request_id = new_id("req")
        self._chores()
        with self._store.transaction() as tx:
            fault = faults.of_request(tx, request.method, request.path)
        if fault and fault.kind in {Kind.SLOW, Kind.TIMEOUT_BEFORE}:
            time.sleep(fault.seconds)
        if fault and fault.kind in {Kind.TIMEOUT_BEFORE, Kind.DROP_BEFORE}:
            self._note(request, request_id, Answer(0, ""), None, fault)
            return hang_up(request)
        answer, caller = self._answer(route, request, ids, request_id, fault)
        self._note(request, request_id, answer, caller, fault)
        self._told()
        if fault and fault.kind is Kind.TIMEOUT_AFTER:
            time.sleep(fault.seconds)
        if fault and fault.kind in {Kind.TIMEOUT_AFTER, Kind.DROP_AFTER}:
            return hang_up(request)
        return self._response(request, request_id, answer)

    def _answer(
        self, route: Route, request: Request, ids: Sequence[str], request_id: str, fault: Fault | None
    ) -> tuple[Answer, Caller | None]:
        caller = None
        try:
            caller = accounts.identify(self._known, request.headers)
            _check_door(route, request, caller)
            with self._store.transaction() as tx:
                call = Call(tx, caller, int(self._clock()), request_id, self._public_url, idempotency_key=_key(request))
                return self._once(call, route, request, ids, fault), caller
        except GatewayError as error:
            return _said(error, request_id), caller
        except Exception:  # noqa: BLE001 - the last resort: Stripe answers its own failures as JSON too
            _log.exception("%s %s", request.method, request.path)
            return _said(
                GatewayError(500, "api_error", "The sandbox's gateway failed; its log says why."), request_id
            ), caller

    def _once(self, call: Call, route: Route, request: Request, ids: Sequence[str], fault: Fault | None) -> Answer:
        """The noun's work, unless its idempotency key has an answer already."""
        if call.idempotency_key is None:
            return self._work(call, route, request, ids, fault)
        fingerprint = _fingerprint(request)
        call.tx.sql.execute("DELETE FROM idempotency_keys WHERE at <= ?", (call.now - _KEYS_LIVE,))
        kept = call.tx.sql.execute(
            "SELECT * FROM idempotency_keys WHERE scope = ? AND key = ?", (call.scope, call.idempotency_key)
        ).fetchone()
        if kept is not None:
            if kept["fingerprint"] != fingerprint:
                same = kept["fingerprint"].partition(" ")[0] == request.path
                use = "with the same parameters" if same else "for the same endpoint"
                raise GatewayError(
                    400,
                    "idempotency_error",
                    f"Keys for idempotent requests can only be used {use} they were first used {use.split(maxsplit=1)[0]}. "
                    f"Try using a key other than '{call.idempotency_key}' if you meant to execute a different request.",
                )
            return Answer(kept["status"], kept["body"], kept["request_id"])
        answer = self._work(call, route, request, ids, fault)
        call.tx.sql.execute(
            "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?)",
            (call.scope, call.idempotency_key, call.now, fingerprint, call.request_id, answer.status, answer.body),
        )
        return answer

    def _work(self, call: Call, route: Route, request: Request, ids: Sequence[str], fault: Fault | None) -> Answer:
        """An answer is what is kept. An error that leaves nothing behind is raised through the transaction."""
        if fault and fault.kind is Kind.RATE_LIMIT:
            raise GatewayError(
                429, "invalid_request_error", "Too many requests hit the API too quickly.", code="rate_limit"
            )
        if fault and fault.kind is Kind.ERROR:
            return _said(_unknown_error(), call.request_id)
        pairs = request.form if request.method == "POST" else request.args
        typed = params.check(params.decode(pairs.items(multi=True)), route.params, extra=route.extra)
        wanted = typed.pop("expand", [])
        call.params = Heeded(typed)
        try:
            doc = route.handler(call, *ids)
        except GatewayError as error:
            if not error.executed:
                raise
            answer = _said(error, call.request_id)
        else:
            _refuse_unread(call.params)
            expand.expand(call, doc, wanted)
            answer = Answer(200, json.dumps(_shown(doc, call.caller), indent=2))
        if fault and fault.kind is Kind.ERROR_AFTER:
            return _said(_unknown_error(), call.request_id)
        return answer

    def _note(
        self, request: Request, request_id: str, answer: Answer, caller: Caller | None, fault: Fault | None
    ) -> None:
        """The log: no parameters, so no card data and no secrets."""
        with self._store.transaction() as tx:
            tx.sql.execute(
                "INSERT INTO requests (at, request_id, scope, method, path, idempotency_key, status, replayed, fault)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._clock(),
                    request_id,
                    caller.scope if caller else None,
                    request.method,
                    request.path,
                    _key(request),
                    answer.status,
                    answer.replayed is not None,
                    fault.kind if fault else None,
                ),
            )

    def _response(self, request: Request, request_id: str, answer: Answer) -> Response:
        response = Response(answer.body, answer.status, mimetype="application/json")
        response.headers |= {"Request-Id": request_id, "Stripe-Version": API_VERSION, "Cache-Control": "no-store"}
        if (key := _key(request)) is not None:
            response.headers["Idempotency-Key"] = key
        if answer.replayed is not None:
            response.headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.replayed}
        return response


def _refuse_unread(params: Heeded) -> None:
    """Stripe would have acted on it: to take it and do nothing would be a lie."""
    for name in sorted(params.unread):
        raise invalid(f"Stripe knows the parameter {name}, and this sandbox does nothing with it.", param=name)


def hang_up(request: Request) -> Response:
    """Close the caller's connection without an answer. What is returned, nobody reads."""
    connection = request.environ.get("werkzeug.socket")
    if connection is None:
        raise ConnectionAbortedError("the fault closed the connection")
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=503)


def _check_door(route: Route, request: Request, caller: Caller) -> None:
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise invalid(f"Invalid Stripe API version: {version}. This sandbox speaks {API_VERSION} only.")
    if len(_key(request) or "") > 255:
        raise invalid("Idempotency keys are at most 255 characters long.")
    if caller.secret:
        return
    if not route.publishable:
        raise GatewayError(
            403,
            "invalid_request_error",
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            code="secret_key_required",
        )


def _key(request: Request) -> str | None:
    """Stripe keeps keys for POST alone."""
    return request.headers.get("Idempotency-Key") if request.method == "POST" else None


def _fingerprint(request: Request) -> str:
    said = sorted(f"{name}={value}" for name, value in request.form.items(multi=True))
    return f"{request.path} {hashlib.sha256(chr(10).join(said).encode()).hexdigest()}"


def _shown(doc: Doc, caller: Caller) -> Doc:
    if caller.secret or doc["object"] not in {"payment_intent", "setup_intent"}:
        return public(doc)
    return {name: value for name, value in public(doc).items() if name in _FOR_BROWSERS}


def _said(error: GatewayError, request_id: str | None) -> Answer:
    return Answer(
        error.status, json.dumps({"error": public(error.body) | {"request_log_url": _log_url(request_id)}}, indent=2)
    )


def _log_url(request_id: str | None) -> str:
    return f"https://dashboard.stripe.com/test/logs/{request_id}"


def _unknown_error() -> GatewayError:
    return GatewayError(500, "api_error", "An unknown error occurred.")
