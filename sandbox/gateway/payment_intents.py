"""Payment intents: one payment, from its creation to its charge."""

from __future__ import annotations

import re

from sandbox.gateway import intents, webhooks
from sandbox.gateway.call import Call, Route, merged_metadata, new_id
from sandbox.gateway.errors import GatewayError, invalid, unexpected_state
from sandbox.gateway.store import Doc

# The least that may be charged, in minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
_LEAST = {
    "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400,
    "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200,
    "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
_MOST = 99_999_999
_FINAL = frozenset({"succeeded", "canceled"})
_COPIED = ("description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix")


def create(call: Call) -> Doc:
    """Unconfirmed, unless `confirm` is given."""
    params = call.params
    intents.refuse_confirming_params(params)
    _check_money(params["amount"], params["currency"])
    customer = params.get("customer")
    if customer is not None:
        call.get("customer", customer, param="customer")
    intent = _blank(call) | intents.means_allowed(params)
    intent |= {name: params[name] or None for name in (*_COPIED, "setup_future_usage") if name in params}
    if "payment_method" in params and not params.get("confirm"):
        means = intents.chosen(call, params["payment_method"], customer)
        intent |= {"payment_method": means["id"], "status": "requires_confirmation"}
    call.insert(intent)
    webhooks.emit(call, "payment_intent.created", intent)
    return intents.confirm(call, intent, params) if params.get("confirm") else intent


def _blank(call: Call) -> Doc:
    params, identity = call.params, new_id("pi")
    return {
        "id": identity,
        "object": "payment_intent",
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": f"{identity}_{new_id('secret')}",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": call.now,
        "currency": params["currency"].lower(),
        "customer": params.get("customer"),
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata")),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        "_attempt": None,
        "_authenticated": False,
    }


def _check_money(amount: int, currency: str) -> None:
    if not re.fullmatch("[a-zA-Z]{3}", currency):
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > _MOST:
        raise invalid("Amount must be no more than 999999.99.", code="amount_too_large", param="amount")
    least = _LEAST.get(currency.lower(), 1)
    if amount < least:
        raise invalid(f"Amount must be at least {least} {currency.lower()}.", code="amount_too_small", param="amount")


def retrieve(call: Call, intent: str) -> Doc:
    return intents.retrieve(call, "payment_intent", intent)


def update(call: Call, intent: str) -> Doc:
    doc = call.get("payment_intent", intent)
    params = call.params
    if doc["status"] in _FINAL | {"requires_capture"} and set(params) - {
        "description",
        "metadata",
        "receipt_email",
        "shipping",
        "expand",
    }:
        raise unexpected_state(doc, f"This PaymentIntent could not be updated: it has a status of {doc['status']}.")
    asked = {"amount": doc["amount"], "currency": doc["currency"]} | params
    _check_money(asked["amount"], asked["currency"])
    if params.get("customer"):
        call.get("customer", params["customer"], param="customer")
    doc |= {name: params[name] or None for name in (*_COPIED, "setup_future_usage", "customer") if name in params}
    doc |= {name: params[name] for name in ("amount", "capture_method") if name in params}
    doc["currency"] = asked["currency"].lower()
    doc["metadata"] = merged_metadata(doc["metadata"], params.get("metadata"))
    if params.get("payment_method"):
        means = intents.chosen(call, params["payment_method"], doc["customer"])
        doc |= {"payment_method": means["id"], "status": "requires_confirmation", "next_action": None, "_attempt": None}
    return call.save(doc)


def confirm(call: Call, intent: str) -> Doc:
    return intents.confirm(call, call.get("payment_intent", intent), call.params)


def capture(call: Call, intent: str) -> Doc:
    """Take what is held, or a part of it; the rest is let go."""
    doc = call.get("payment_intent", intent)
    if doc["status"] != "requires_capture":
        raise unexpected_state(
            doc, f"This PaymentIntent could not be captured because it has a status of {doc['status']}."
        )
    held: int = doc["amount_capturable"]
    amount: int = call.params.get("amount_to_capture", held)
    if not 1 <= amount <= held:
        raise GatewayError(
            400,
            "invalid_request_error",
            f"The amount to capture must be between 1 and {held}.",
            code="amount_too_large" if amount > held else "amount_too_small",
            param="amount_to_capture",
        )
    charge = call.get("charge", doc["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount, "amount_refunded": charge["amount"] - amount}
    call.save(charge)
    doc |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    doc["metadata"] = merged_metadata(doc["metadata"], call.params.get("metadata"))
    webhooks.emit(call, "charge.captured", charge)
    webhooks.emit(call, "payment_intent.succeeded", doc)
    return call.save(doc)


def cancel(call: Call, intent: str) -> Doc:
    return intents.cancel(call, call.get("payment_intent", intent))


def listing(call: Call) -> Doc:
    return call.page("payment_intent", "/v1/payment_intents", customer=call.params.get("customer"))


def search(call: Call) -> Doc:
    return call.search("payment_intent", "/v1/payment_intents/search")


ROUTES = (
    Route("POST", "/v1/payment_intents", create, "PaymentIntentCreateParams"),
    Route("GET", "/v1/payment_intents", listing, "PaymentIntentListParams"),
    Route("GET", "/v1/payment_intents/search", search, "PaymentIntentSearchParams"),
    Route("GET", "/v1/payment_intents/<intent>", retrieve, "PaymentIntentRetrieveParams", publishable=True),
    Route("POST", "/v1/payment_intents/<intent>", update, "PaymentIntentUpdateParams"),
    Route("POST", "/v1/payment_intents/<intent>/confirm", confirm, "PaymentIntentConfirmParams"),
    Route("POST", "/v1/payment_intents/<intent>/capture", capture, "PaymentIntentCaptureParams"),
    Route("POST", "/v1/payment_intents/<intent>/cancel", cancel, "PaymentIntentCancelParams"),
)
