"""Charges: each attempt of a payment intent to take money."""

from __future__ import annotations

from sandbox.gateway import cards, disputes, refunds, webhooks
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.particulars import check_email, merged_metadata
from sandbox.gateway.store import Doc

_HELD_DAYS = 7


def create(call: Call, intent: Doc, means: Doc, decline: cards.Decline | None = None) -> Doc:
    """Take (or, with manual capture, hold) the intent's amount; or record that it was declined."""
    captured = decline is None and intent["capture_method"] != "manual"
    charge: Doc = {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": means["billing_details"],
        "calculated_statement_descriptor": call.caller.account.name.upper()[:22],
        "captured": captured,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(means, decline),
        "paid": decline is None,
        "payment_intent": intent["id"],
        "payment_method": means["id"],
        "payment_method_details": {"card": _card(call, intent, means), "type": "card"},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded" if decline is None else "failed",
        "transfer_data": None,
        "transfer_group": None,
        "_behaviour": means["_behaviour"],
    }
    call.insert(charge)
    webhooks.emit(call, "charge.succeeded" if decline is None else "charge.failed", charge)
    return charge


def capture(call: Call, charge: Doc, amount: int) -> Doc:
    """Take what is held, or a part of it. The rest goes back, as a refund."""
    charge |= {"captured": True, "amount_captured": amount}
    call.save(charge)
    if amount < charge["amount"]:
        refunds.let_go(call, charge, charge["amount"] - amount)
    return charge


def after_taking(call: Call, charge: Doc) -> None:
    """What the buyer's bank does once money was taken: a dispute never comes about a hold."""
    kind = cards.BEHAVIOURS[charge["_behaviour"]].disputed
    if kind is not None and charge["captured"]:
        disputes.create(call, charge, kind)


def _outcome(means: Doc, decline: cards.Decline | None) -> Doc:
    if decline is None:
        risk = cards.BEHAVIOURS[means["_behaviour"]].risk
        return {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None if risk == "normal" else "elevated_risk_level",
            "risk_level": risk,
            "risk_score": 12 if risk == "normal" else 65,
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "advice_code": "do_not_try_again" if decline.blocked else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None if decline.blocked else "05",
        "network_status": "not_sent_to_network" if decline.blocked else "declined_by_network",
        "reason": "highest_risk_level" if decline.blocked else decline.decline_code,
        "risk_level": "highest" if decline.blocked else "normal",
        "risk_score": 95 if decline.blocked else 12,
        "seller_message": "The payment was blocked as too risky."
        if decline.blocked
        else "The bank declined the payment.",
        "type": "blocked" if decline.blocked else "issuer_declined",
    }


def _card(call: Call, intent: Doc, means: Doc) -> Doc:
    shared = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
        "wallet",
    )
    passed = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    return {name: means["card"][name] for name in shared} | {
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "capture_before": None if intent["capture_method"] != "manual" else call.now + _HELD_DAYS * 86400,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": means["card"]["brand"],
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "three_d_secure": passed if intent.get("_authenticated") else None,
    }


def retrieve(call: Call, charge: str) -> Doc:
    return call.get("charge", charge)


def update(call: Call, charge: str) -> Doc:
    doc = call.get("charge", charge)
    check_email(call.params, "receipt_email")
    doc["metadata"] = merged_metadata(doc["metadata"], call.params.get("metadata"))
    for name in ("description", "receipt_email"):
        doc[name] = call.params.get(name, doc[name]) or None
    webhooks.emit(call, "charge.updated", doc)
    return call.save(doc)


def listing(call: Call) -> Doc:
    matches: dict[str, object] = {name: call.params[name] for name in ("payment_intent",) if name in call.params}
    return call.page("charge", "/v1/charges", matches, customer=call.params.get("customer"))


ROUTES = (
    Route("GET", "/v1/charges", listing, "ChargeListParams"),
    Route("GET", "/v1/charges/<charge>", retrieve, "ChargeRetrieveParams"),
    Route("POST", "/v1/charges/<charge>", update, "ChargeUpdateParams"),
)
