"""Payment intents: one payment, from its creation to its charge."""

from __future__ import annotations

from sandbox.gateway import charges, intents, money, webhooks
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import GatewayError, invalid, unexpected_state
from sandbox.gateway.particulars import check_email, check_suffix, merged_metadata
from sandbox.gateway.store import Doc

_ALWAYS = frozenset({"description", "metadata", "receipt_email", "shipping"})
_COPIED = ("description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix")


def create(call: Call) -> Doc:
    """Unconfirmed, unless `confirm` is given."""
    params = call.params
    intents.refuse_confirming_params(params)
    money.check(params["amount"], params["currency"])
    check_email(params, "receipt_email")
    check_suffix(params)
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
    return intents.confirm(call, intent) if params.get("confirm") else intent


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


def retrieve(call: Call, intent: str) -> Doc:
    return intents.retrieve(call, "payment_intent", intent)


def update(call: Call, intent: str) -> Doc:
    doc = call.get("payment_intent", intent)
    params = call.params
    _refuse_late_changes(doc, params)
    asked = {"amount": doc["amount"], "currency": doc["currency"]} | params
    money.check(asked["amount"], asked["currency"])
    check_email(params, "receipt_email")
    check_suffix(params)
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


def _refuse_late_changes(doc: Doc, params: Doc) -> None:
    """What may no longer be changed in the intent's status."""
    if "amount" in params and doc["status"] not in intents.OPEN:
        raise unexpected_state(
            doc,
            "This PaymentIntent's amount could not be updated because it has a status of "
            f"{doc['status']}. Its amount changes only in one of these: {', '.join(sorted(intents.OPEN))}.",
            param="amount",
        )
    if doc["status"] not in intents.OPEN and set(params) - _ALWAYS:
        raise unexpected_state(doc, f"This PaymentIntent could not be updated: it has a status of {doc['status']}.")


def confirm(call: Call, intent: str) -> Doc:
    check_email(call.params, "receipt_email")
    return intents.confirm(call, call.get("payment_intent", intent))


def capture(call: Call, intent: str) -> Doc:
    """Take what is held, or a part of it; the rest is let go."""
    doc = call.get("payment_intent", intent)
    if doc["status"] != "requires_capture":
        raise unexpected_state(
            doc,
            f"This PaymentIntent could not be captured because it has a status of {doc['status']}. Only a PaymentIntent "
            "with one of the following statuses may be captured: requires_capture.",
        )
    held: int = doc["amount_capturable"]
    amount: int = call.params.get("amount_to_capture", held)
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount_to_capture",
        )
    if amount > held:
        raise GatewayError(
            400,
            "invalid_request_error",
            f"The requested capture amount is greater than the authorized amount: at most {held} can be captured.",
            code="amount_too_large",
            param="amount_to_capture",
            more={"payment_intent": doc},
        )
    charge = charges.capture(call, call.get("charge", doc["latest_charge"]), amount)
    doc |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    doc["metadata"] = merged_metadata(doc["metadata"], call.params.get("metadata"))
    webhooks.emit(call, "charge.captured", charge)
    webhooks.emit(call, "payment_intent.succeeded", doc)
    call.save(doc)
    charges.after_taking(call, charge)
    return doc


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
