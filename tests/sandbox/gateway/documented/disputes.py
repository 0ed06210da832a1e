"""Disputes and inquiries."""

from __future__ import annotations

from typing import Any

from tests.sandbox.gateway.documented.rig import Behaviour, Shop

_TEST, _HOW, _API = "testing#disputes", "disputes/how-disputes-work", "api/disputes"
_WITHDRAWN, _REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"


def says(shop: Shop, dispute: Any, text: str, **more: Any) -> Any:
    """Evidence, and what the bank made of it."""
    shop.post(f"/v1/disputes/{dispute['id']}", evidence={"uncategorized_text": text}, **more)
    shop.later()
    return shop.again(dispute)


def fraudulent(shop: Shop) -> None:
    paid, dispute = shop.dispute()
    assert (dispute["status"], dispute["reason"], dispute["amount"]) == ("needs_response", "fraudulent", 1000)
    assert (dispute["is_charge_refundable"], dispute["payment_intent"]) == (False, paid["id"])
    assert shop.charge(paid)["disputed"]
    assert paid["status"] == "succeeded"


def not_received(shop: Shop) -> None:
    _, dispute = shop.dispute("createDisputeProductNotReceived")
    assert (dispute["reason"], dispute["network_reason_code"]) == ("product_not_received", "13.1")


def inquiry(shop: Shop) -> None:
    _, dispute = shop.dispute("createDisputeInquiry")
    assert (dispute["status"], dispute["is_charge_refundable"]) == ("warning_needs_response", True)
    assert dispute["payment_method_details"]["card"]["case_type"] == "inquiry"


def inquiry_takes_nothing(shop: Shop) -> None:
    _, dispute = shop.dispute("createDisputeInquiry")
    assert dispute["balance_transactions"] == []
    assert "charge.dispute.created" in shop.events()
    assert _WITHDRAWN not in shop.events()


def inquiry_refundable(shop: Shop) -> None:
    paid, _ = shop.dispute("createDisputeInquiry")
    assert shop.refund(paid)["status"] == "succeeded"


def withdrawn(shop: Shop) -> None:
    _, dispute = shop.dispute()
    (line,) = dispute["balance_transactions"]
    assert (line["amount"], line["fee"], line["net"]) == (-1000, 1500, -2500)
    created, taken = (shop.events().index(kind) for kind in ("charge.dispute.created", _WITHDRAWN))
    assert created < taken


def no_refund(shop: Shop) -> None:
    paid, _ = shop.dispute()
    shop.tries("/v1/refunds", payment_intent=paid["id"]).refused(400, "charge_disputed")


def under_review(shop: Shop) -> None:
    _, dispute = shop.dispute()
    now = says(shop, dispute, "The buyer signed for it.")
    assert (now["status"], now["evidence_details"]["submission_count"]) == ("under_review", 1)
    assert now["evidence_details"]["has_evidence"]
    assert "charge.dispute.updated" in shop.events()


def inquiry_under_review(shop: Shop) -> None:
    _, dispute = shop.dispute("createDisputeInquiry")
    assert says(shop, dispute, "The buyer signed for it.")["status"] == "warning_under_review"


def staged(shop: Shop) -> None:
    _, dispute = shop.dispute()
    now = says(shop, dispute, "winning_evidence", submit=False)
    assert (now["status"], now["evidence_details"]["submission_count"]) == ("needs_response", 0)
    assert now["evidence"]["uncategorized_text"] == "winning_evidence"


def won(shop: Shop) -> None:
    paid, dispute = shop.dispute()
    now = says(shop, dispute, "winning_evidence")
    assert (now["status"], [each["amount"] for each in now["balance_transactions"]]) == ("won", [-1000, 1000])
    assert shop.charge(paid)["disputed"]


def won_is_told(shop: Shop) -> None:
    _, dispute = shop.dispute()
    says(shop, dispute, "winning_evidence")
    assert shop.events()[-2:] == [_REINSTATED, "charge.dispute.closed"]


def won_refundable(shop: Shop) -> None:
    paid, dispute = shop.dispute()
    says(shop, dispute, "winning_evidence")
    assert shop.refund(paid)["amount"] == 1000


def lost(shop: Shop) -> None:
    paid, dispute = shop.dispute()
    assert says(shop, dispute, "losing_evidence")["status"] == "lost"
    assert _REINSTATED not in shop.events()
    shop.tries("/v1/refunds", payment_intent=paid["id"]).refused(400, "charge_disputed")


def escalated(shop: Shop) -> None:
    paid, dispute = shop.dispute("createDisputeInquiry")
    now = says(shop, dispute, "escalate_inquiry_evidence")
    assert (now["status"], now["is_charge_refundable"]) == ("needs_response", False)
    assert _WITHDRAWN in shop.events()
    shop.tries("/v1/refunds", payment_intent=paid["id"]).refused(400, "charge_disputed")


def inquiry_closed(shop: Shop) -> None:
    _, dispute = shop.dispute("createDisputeInquiry")
    assert says(shop, dispute, "losing_evidence")["status"] == "warning_closed"
    assert _WITHDRAWN not in shop.events()


def closes(shop: Shop) -> None:
    _, dispute = shop.dispute()
    assert shop.post(f"/v1/disputes/{dispute['id']}/close")["status"] == "lost"
    assert shop.events()[-1] == "charge.dispute.closed"


def closed_is_over(shop: Shop) -> None:
    _, dispute = shop.dispute()
    shop.post(f"/v1/disputes/{dispute['id']}/close")
    shop.tries(f"/v1/disputes/{dispute['id']}/close").refused(400)
    shop.tries(f"/v1/disputes/{dispute['id']}", evidence={"uncategorized_text": "late"}).refused(400)


def missing(shop: Shop) -> None:
    shop.ask("GET", "/v1/disputes/du_nothing").refused(404, "resource_missing", "dispute")


def deadline(shop: Shop) -> None:
    _, dispute = shop.dispute()
    assert dispute["evidence_details"]["due_by"] > shop.now
    assert not dispute["evidence_details"]["past_due"]


BEHAVIOURS = (
    Behaviour("dispute-fraudulent", _TEST, "4000000000000259 pays, and is disputed as a fraud.", fraudulent),
    Behaviour("dispute-not-received", _TEST, "4000000000002685 is disputed as not received.", not_received),
    Behaviour("dispute-inquiry", _TEST, "4000000000001976 is inquired about.", inquiry),
    Behaviour("dispute-inquiry-money", _HOW, "An inquiry takes no money.", inquiry_takes_nothing),
    Behaviour("dispute-inquiry-refund", _HOW, "What is only inquired about can be refunded.", inquiry_refundable),
    Behaviour("dispute-withdrawn", _HOW, "A dispute takes the amount and a fee, and that is told after it.", withdrawn),
    Behaviour("dispute-no-refund", "error-codes", "What is disputed is not refunded.", no_refund),
    Behaviour("dispute-evidence", f"{_API}/update", "With evidence it is under review.", under_review),
    Behaviour("dispute-inquiry-evidence", f"{_API}/update", "And so is an inquiry, in its own word.", inquiry_under_review),
    Behaviour("dispute-staged", f"{_API}/update", "Evidence may be kept and not submitted.", staged),
    Behaviour("dispute-won", _TEST, "winning_evidence wins, and the money comes back.", won),
    Behaviour("dispute-won-told", "api/events/types", "The money's return and the end are told.", won_is_told),
    Behaviour("dispute-won-refund", _HOW, "What is won can be refunded.", won_refundable),
    Behaviour("dispute-lost", _TEST, "losing_evidence loses, and nothing comes back.", lost),
    Behaviour("dispute-escalated", _TEST, "escalate_inquiry_evidence makes an inquiry a dispute.", escalated),
    Behaviour("dispute-inquiry-closed", _HOW, "An inquiry that goes no further is closed.", inquiry_closed),
    Behaviour("dispute-close", f"{_API}/close", "Who closes a dispute loses it.", closes),
    Behaviour("dispute-closed", f"{_API}/close", "Closed is for good.", closed_is_over),
    Behaviour("dispute-missing", f"{_API}/retrieve", "A dispute that is not there is 404.", missing),
    Behaviour("dispute-deadline", f"{_API}/object", "It says until when evidence is taken.", deadline),
)  # fmt: skip
