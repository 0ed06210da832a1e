"""Refunds: money going back, in whole or in part."""

from __future__ import annotations

from sandbox.gateway import cards, laters, money, webhooks
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import GatewayError, invalid
from sandbox.gateway.particulars import merged_metadata
from sandbox.gateway.store import Doc

_UNDERWAY = 5  # seconds until a refund of the cards for it succeeds or fails after all
ENDS = frozenset({"succeeded", "failed", "canceled"})


def create(call: Call) -> Doc:
    """Of a charge, or of an intent's latest charge; what is left of it unless an amount is given."""
    charge = _charge(call)
    left = charge["amount"] - charge["amount_refunded"]
    amount = call.params.get("amount", left)
    if charge["disputed"] and not _dispute_allows(call, charge):
        raise _impossible(f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed")
    if charge["refunded"] or left == 0:
        raise _impossible(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    money.check_step(amount, charge["currency"])
    if amount > left:
        asked, rest = (money.written(each, charge["currency"]) for each in (amount, left))
        raise invalid(f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})", param="amount")
    behaviour = cards.BEHAVIOURS[charge["_behaviour"]].refund
    refund = record(call, charge, amount, call.params.get("reason"), pending=behaviour == "pending")
    if behaviour is not None:
        laters.plan(call, "refund", refund["id"], _UNDERWAY)
    return refund


def _charge(call: Call) -> Doc:
    if ("charge" in call.params) == ("payment_intent" in call.params):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in call.params:
        charge = call.get("charge", call.params["charge"], param="charge")
    else:
        intent = call.get("payment_intent", call.params["payment_intent"], param="payment_intent")
        if not intent["latest_charge"]:
            raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
        charge = call.get("charge", intent["latest_charge"], param="charge")
    if charge["status"] != "succeeded":
        raise invalid(f"This PaymentIntent ({charge['payment_intent']}) does not have a successful charge to refund.")
    if not charge["captured"] and not charge["refunded"]:
        raise invalid(f"This charge was not captured: you must cancel the PaymentIntent {charge['payment_intent']}.")
    return charge


def _dispute_allows(call: Call, charge: Doc) -> bool:
    found = call.tx.select(call.scope, "dispute", "json_extract(body, '$.charge') = ?", (charge["id"],))
    return all(dispute["is_charge_refundable"] for dispute in found)


def _impossible(message: str, code: str) -> GatewayError:
    return GatewayError(400, "invalid_request_error", message, code=code, executed=True)


def let_go(call: Call, charge: Doc, amount: int) -> None:
    """What was held and not taken: it goes back as a refund that nobody asked for, told by the charge alone."""
    call.insert(_refund(call, charge, amount, None, "succeeded", {}))
    _count(call, charge, amount)


def record(call: Call, charge: Doc, amount: int, reason: str | None, *, pending: bool = False) -> Doc:
    """Write the refund and what it makes of the charge, and tell."""
    metadata = merged_metadata({}, call.params.get("metadata"))
    refund = call.insert(_refund(call, charge, amount, reason, "pending" if pending else "succeeded", metadata))
    previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    _count(call, charge, amount)
    webhooks.emit(call, "refund.created", refund)
    webhooks.emit(call, "charge.refunded", charge, previous=previous)
    return refund


def _count(call: Call, charge: Doc, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
    call.save(charge)


def _refund(call: Call, charge: Doc, amount: int, reason: str | None, status: str, metadata: dict[str, str]) -> Doc:
    return {
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
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "pending_reason": "processing" if status == "pending" else None,
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def finish(call: Call, identity: str) -> None:
    """What becomes of a refund that was under way, as its card says."""
    refund = call.get("refund", identity)
    charge = call.get("charge", refund["charge"])
    become(call, refund, "succeeded" if cards.BEHAVIOURS[charge["_behaviour"]].refund == "pending" else "failed")


def become(call: Call, refund: Doc, status: str) -> Doc:
    """Give a refund another status, and tell. What failed or was cancelled is again with the shop, and may be refunded again."""
    before, gone = refund["status"], {"failed", "canceled"}
    refund |= {"status": status, "pending_reason": "processing" if status == "pending" else None}
    if status == "failed":
        refund |= {"failure_balance_transaction": None, "failure_reason": "expired_or_canceled_card"}
    call.save(refund)
    if (status in gone) != (before in gone):
        charge = call.get("charge", refund["charge"])
        _count(call, charge, -refund["amount"] if status in gone else refund["amount"])
    if status == "failed":
        webhooks.emit(call, "refund.failed", refund)
    _tell(call, refund, {"status": before})
    return refund


def _tell(call: Call, refund: Doc, previous: Doc) -> None:
    for kind in ("refund.updated", "charge.refund.updated"):
        webhooks.emit(call, kind, refund, previous=previous)


def retrieve(call: Call, refund: str) -> Doc:
    return call.get("refund", refund)


def update(call: Call, refund: str) -> Doc:
    doc = call.get("refund", refund)
    previous = {"metadata": doc["metadata"]}
    doc["metadata"] = merged_metadata(doc["metadata"], call.params.get("metadata"))
    _tell(call, doc, previous)
    return call.save(doc)


def cancel(call: Call, refund: str) -> Doc:
    """Only what waits for the buyer's bank details can be cancelled; cards never do."""
    doc = call.get("refund", refund)
    if doc["status"] != "requires_action":
        raise invalid("Canceling this refund is unsupported.")
    return become(call, doc, "canceled")


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
    Route("POST", "/v1/refunds/<refund>/cancel", cancel, "RefundCancelParams"),
)
