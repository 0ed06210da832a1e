"""Stripe's errors, in the shapes that its SDK reads (https://docs.stripe.com/api/errors)."""

from __future__ import annotations

from sandbox.gateway.store import Doc


class GatewayError(Exception):
    """An error answer. `executed`: the endpoint had begun its work, so that what it wrote is kept and the answer is
    replayed for its idempotency key; the others leave nothing behind
    (https://docs.stripe.com/api/idempotent_requests)."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        more: Doc | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.body: Doc = {"type": kind, "message": message, **(more or {})}
        if code is not None:
            self.body |= {"code": code, "doc_url": f"https://docs.stripe.com/error-codes#{code.replace('_', '-')}"}
        if param is not None:
            self.body["param"] = param


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> GatewayError:
    """A request that is wrong in itself."""
    return GatewayError(400, "invalid_request_error", message, code=code, param=param)


def unknown_parameter(name: str) -> GatewayError:
    return invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def missing_parameter(name: str) -> GatewayError:
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


# How an address names its object where that is not `id`.
_IN_ADDRESSES = {"payment_intent": "intent", "setup_intent": "intent", "dispute": "dispute", "refund": "refund"}


def no_such(kind: str, identity: str, *, param: str | None = None) -> GatewayError:
    """404 for an object of the address; 400, as Stripe does, for one that a parameter names."""
    return GatewayError(
        404 if param is None else 400,
        "invalid_request_error",
        f"No such {'setupintent' if kind == 'setup_intent' else kind}: '{identity}'",
        code="resource_missing",
        param=param or _IN_ADDRESSES.get(kind, "id"),
    )


def unexpected_state(intent: Doc, message: str, *, param: str | None = None) -> GatewayError:
    """The intent's status forbids what was asked."""
    noun = intent["object"]
    return GatewayError(
        400,
        "invalid_request_error",
        message,
        code=f"{noun}_unexpected_state",
        param=param,
        executed=True,
        more={noun: intent},
    )
