"""Refunds: money going back, in whole or in part."""

from __future__ import annotations

from sandbox.gateway import webhooks
from sandbox.gateway.call import Call, Route, merged_metadata, new_id
from sandbox.gateway.errors import GatewayError, invalid
from sandbox.gateway.store import Doc


def create(call: Call) -> Doc:
    """Of a charge, or of an intent's latest charge; what is left of it unless an amount is given."""
    charge = _charge(call)
    left = charge["amount"] - charge["amount_refunded"]  # what was held and not taken counts as refunded
    amount = call.params.get("amount", left)
    if charge["refunded"] or left == 0:
        raise _impossible(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    if charge["disputed"]:
        raise _impossible(f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed")
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    return record(call, charge, amount, call.params.get("reason"))


def _charge(call: Call) -> Doc:
    if ("charge" in call.params) == ("payment_intent" in call.params):
        raise invalid("Give one of charge and payment_intent.", code="parameter_missing", param="payment_intent")
    if "charge" in call.params:
        charge = call.get("charge", call.params["charge"], param="charge")
    else:
        intent = call.get("payment_intent", call.params["payment_intent"], param="payment_intent")
        charge = (
            call.get("charge", intent["latest_charge"], param="charge")
            if intent["latest_charge"]
            else {"captured": False}
        )
    if not charge["captured"] or charge["status"] != "succeeded":
        raise _impossible("This payment has no successful charge to refund.", "charge_not_refundable")
    return charge


def _impossible(message: str, code: str) -> GatewayError:
    return GatewayError(400, "invalid_request_error", message, code=code, executed=True)


def record(call: Call, charge: Doc, amount: int, reason: str | None) -> Doc:
    """Write the refund and what it makes of the charge, and tell."""
    refund: Doc = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": merged_metadata({}, call.params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
    call.insert(refund)
    call.save(charge)
    webhooks.emit(call, "refund.created", refund)
    webhooks.emit(call, "charge.refunded", charge, previous=previous)
    return refund


def retrieve(call: Call, refund: str) -> Doc:
    return call.get("refund", refund)


def update(call: Call, refund: str) -> Doc:
    doc = call.get("refund", refund)
    doc["metadata"] = merged_metadata(doc["metadata"], call.params.get("metadata"))
    webhooks.emit(call, "refund.updated", doc)
    return call.save(doc)


def listing(call: Call) -> Doc:
    matches: dict[str, object] = {
        name: call.params[name] for name in ("charge", "payment_intent") if name in call.params
    }
    return call.page("refund", "/v1/refunds", matches)


ROUTES = (
    Route("POST", "/v1/refunds", create, "RefundCreateParams"),
    Route("GET", "/v1/refunds", listing, "RefundListParams"),
    Route("GET", "/v1/refunds/<refund>", retrieve, "RefundRetrieveParams"),
    Route("POST", "/v1/refunds/<refund>", update, "RefundUpdateParams"),
)
