"""Setup intents: a card saved, nothing taken."""

from __future__ import annotations

from sandbox.gateway import intents, webhooks
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import unexpected_state
from sandbox.gateway.particulars import merged_metadata
from sandbox.gateway.store import Doc


def create(call: Call) -> Doc:
    """Unconfirmed, unless `confirm` is given."""
    params = call.params
    intents.refuse_confirming_params(params)
    customer = params.get("customer")
    if customer is not None:
        call.get("customer", customer, param="customer")
    intent = _blank(call) | intents.means_allowed(params)
    if "payment_method" in params and not params.get("confirm"):
        means = intents.chosen(call, params["payment_method"], customer)
        intent |= {"payment_method": means["id"], "status": "requires_confirmation"}
    call.insert(intent)
    webhooks.emit(call, "setup_intent.created", intent)
    return intents.confirm(call, intent) if params.get("confirm") else intent


def _blank(call: Call) -> Doc:
    params, identity = call.params, new_id("seti")
    return {
        "id": identity,
        "object": "setup_intent",
        "application": None,
        "cancellation_reason": None,
        "client_secret": f"{identity}_{new_id('secret')}",
        "created": call.now,
        "customer": params.get("customer"),
        "customer_account": None,
        "description": params.get("description"),
        "excluded_payment_method_types": None,
        "flow_directions": params.get("flow_directions"),
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merged_metadata({}, params.get("metadata")),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
        "_attempt": None,
        "_authenticated": False,
    }


def retrieve(call: Call, intent: str) -> Doc:
    return intents.retrieve(call, "setup_intent", intent)


def update(call: Call, intent: str) -> Doc:
    doc, params = call.get("setup_intent", intent), call.params
    if doc["status"] in {"succeeded", "canceled"} and set(params) - {"description", "metadata", "expand"}:
        raise unexpected_state(doc, f"This SetupIntent could not be updated: it has a status of {doc['status']}.")
    if params.get("customer"):
        call.get("customer", params["customer"], param="customer")
    doc |= {name: params[name] or None for name in ("customer", "description") if name in params}
    doc["metadata"] = merged_metadata(doc["metadata"], params.get("metadata"))
    if params.get("payment_method"):
        means = intents.chosen(call, params["payment_method"], doc["customer"])
        doc |= {"payment_method": means["id"], "status": "requires_confirmation", "next_action": None, "_attempt": None}
    return call.save(doc)


def confirm(call: Call, intent: str) -> Doc:
    return intents.confirm(call, call.get("setup_intent", intent))


def cancel(call: Call, intent: str) -> Doc:
    return intents.cancel(call, call.get("setup_intent", intent))


def listing(call: Call) -> Doc:
    matches: dict[str, object] = {name: call.params[name] for name in ("payment_method",) if name in call.params}
    return call.page("setup_intent", "/v1/setup_intents", matches, customer=call.params.get("customer"))


ROUTES = (
    Route("POST", "/v1/setup_intents", create, "SetupIntentCreateParams"),
    Route("GET", "/v1/setup_intents", listing, "SetupIntentListParams"),
    Route("GET", "/v1/setup_intents/<intent>", retrieve, "SetupIntentRetrieveParams", publishable=True),
    Route("POST", "/v1/setup_intents/<intent>", update, "SetupIntentUpdateParams"),
    Route("POST", "/v1/setup_intents/<intent>/confirm", confirm, "SetupIntentConfirmParams"),
    Route("POST", "/v1/setup_intents/<intent>/cancel", cancel, "SetupIntentCancelParams"),
)
