"""Disputes: the buyer's bank takes money back, or only asks about it (https://docs.stripe.com/disputes)."""

from __future__ import annotations

from sandbox.gateway import laters, webhooks
from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.cards import Disputed
from sandbox.gateway.errors import invalid
from sandbox.gateway.particulars import merged_metadata
from sandbox.gateway.store import Doc

_EVIDENCE_DAYS = 9
_FEE = 1500
_DECIDES_AFTER = 5  # seconds
_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}
_FILES = "cancellation_policy customer_communication customer_signature duplicate_charge_documentation receipt refund_policy "
_FILES += "service_documentation shipping_documentation uncategorized_file"
_TEXTS = (
    "access_activity_log billing_address cancellation_policy_disclosure cancellation_rebuttal customer_email_address "
)
_TEXTS += "customer_name customer_purchase_ip duplicate_charge_explanation duplicate_charge_id product_description "
_TEXTS += (
    "refund_policy_disclosure refund_refusal_explanation service_date shipping_address shipping_carrier shipping_date "
)
_TEXTS += "shipping_tracking_number uncategorized_text"
# What a text of the evidence makes of a test dispute (https://docs.stripe.com/testing#disputes).
_WORDS = {"winning_evidence": "won", "losing_evidence": "lost", "escalate_inquiry_evidence": "escalated"}
CLOSED = frozenset({"won", "lost", "warning_closed"})


def create(call: Call, charge: Doc, kind: Disputed) -> Doc:
    """The buyer complains to the bank. An inquiry takes no money."""
    inquiry = kind is Disputed.INQUIRY
    reason = "fraudulent" if inquiry else str(kind)
    doc: Doc = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys((*_FILES.split(), *_TEXTS.split())) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now + _EVIDENCE_DAYS * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10" if inquiry else _CODES[reason],
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": _card(charge, "inquiry" if inquiry else "chargeback"), "type": "card"},
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
        "_kind": str(kind),
    }
    doc["payment_method_details"]["card"]["network_reason_code"] = doc["network_reason_code"]
    call.insert(doc)
    charge["disputed"] = True
    call.save(charge)
    webhooks.emit(call, "charge.dispute.created", doc)
    if not inquiry:
        _withdraw(call, doc)
    return doc


def _card(charge: Doc, case: str) -> Doc:
    brand = charge["payment_method_details"]["card"]["brand"]
    return {"brand": brand, "case_type": case, "network": brand, "network_reason_code": None}


def _withdraw(call: Call, doc: Doc) -> None:
    doc["balance_transactions"].append(_moved(call, doc, -doc["amount"], _FEE))
    call.save(doc)
    webhooks.emit(call, "charge.dispute.funds_withdrawn", doc)


def _moved(call: Call, doc: Doc, amount: int, fee: int) -> Doc:
    """A line of the account's books."""
    parts = {"amount": fee, "application": None, "currency": doc["currency"], "type": "stripe_fee"}
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": call.now,
        "balance_type": "payments",
        "created": call.now,
        "currency": doc["currency"],
        "description": f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {doc['charge']}",
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [parts | {"description": "Dispute fee"}] if fee else [],
        "net": amount - fee,
        "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        "source": doc["id"],
        "status": "available",
        "type": "adjustment",
    }


def update(call: Call, dispute: str) -> Doc:
    """Evidence. What the bank makes of it, a test dispute's own text says; it decides a little later."""
    doc, params = _open(call, dispute), call.params
    doc["metadata"] = merged_metadata(doc["metadata"], params.get("metadata"))
    evidence = {name: value or None for name, value in (params.get("evidence") or {}).items()}
    if evidence:
        doc["evidence"] |= evidence
        doc["evidence_details"]["has_evidence"] = True
    if evidence and params.get("submit", True):
        doc["evidence_details"]["submission_count"] += 1
        doc["evidence_details"]["submission_method"] = "manual"
        doc["status"] = "warning_under_review" if doc["status"].startswith("warning_") else "under_review"
        if evidence.get("uncategorized_text") in _WORDS:
            laters.plan(call, "dispute", dispute, _DECIDES_AFTER)
    webhooks.emit(call, "charge.dispute.updated", doc)
    return call.save(doc)


def close(call: Call, dispute: str) -> Doc:
    """Give in: it is lost, for good."""
    return _end(call, _open(call, dispute), "lost")


def _open(call: Call, dispute: str) -> Doc:
    doc = call.get("dispute", dispute)
    if doc["status"] in CLOSED:
        raise invalid("This dispute is already closed")
    return doc


def decide(call: Call, dispute: str) -> None:
    """The bank has read the evidence."""
    doc = call.get("dispute", dispute)
    if doc["status"] in CLOSED:
        return
    inquiry = doc["status"].startswith("warning_")
    match _WORDS[doc["evidence"]["uncategorized_text"]]:
        case "escalated" if inquiry:
            doc |= {"status": "needs_response", "is_charge_refundable": False}
            doc["payment_method_details"]["card"]["case_type"] = "chargeback"
            webhooks.emit(call, "charge.dispute.updated", call.save(doc))
            _withdraw(call, doc)
        case "won" | "lost" as verdict:
            _end(call, doc, "warning_closed" if inquiry else verdict)


def _end(call: Call, doc: Doc, status: str) -> Doc:
    doc["status"] = status
    if status == "won":
        doc["balance_transactions"].append(_moved(call, doc, doc["amount"], 0))
        doc["is_charge_refundable"] = True
        webhooks.emit(call, "charge.dispute.funds_reinstated", doc)
    webhooks.emit(call, "charge.dispute.closed", doc)
    return call.save(doc)


def retrieve(call: Call, dispute: str) -> Doc:
    return call.get("dispute", dispute)


def listing(call: Call) -> Doc:
    matches: dict[str, object] = {
        name: call.params[name] for name in ("charge", "payment_intent") if name in call.params
    }
    return call.page("dispute", "/v1/disputes", matches)


ROUTES = (
    Route("GET", "/v1/disputes", listing, "DisputeListParams"),
    Route("GET", "/v1/disputes/<dispute>", retrieve, "DisputeRetrieveParams"),
    Route("POST", "/v1/disputes/<dispute>", update, "DisputeUpdateParams"),
    Route("POST", "/v1/disputes/<dispute>/close", close, "DisputeCloseParams"),
)
