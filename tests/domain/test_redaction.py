"""What is left of documents when the person in them is erased."""

from __future__ import annotations

from webapp.domain import redaction

CARD = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034}


def test_of_a_line_of_the_timeline_codes_ids_and_amounts_stay() -> None:
    stays = {"why": "card_testing", "amount": 300, "refund": "rf_1", "card": CARD, "over": True}
    goes = {"detail": "call me", "here": "a", "name": "x", "to": "a@b.example", "code": "Call Alice", "reason": ["x"]}
    assert redaction.event(stays | goes) == stays


def test_a_callback_keeps_its_shape() -> None:
    buyer = {"phone": "+33612345678", "email": "a@b.example", "details": {"name": "A"}}
    message = {"id": "wam_1", "channel": "email", "purpose": "request", "to": "a@b.example", "error": "no a@b.example"}
    refund = {"id": "rf_1", "amount": 1, "currency": "EUR", "state": "failed", "reason": "Ask Alice", "created_at": "t"}
    told = redaction.callback({"type": "message.failed", "data": {"message": message, "refund": refund, "note": None}})
    assert told["data"] == {
        "message": message | {"to": None, "error": None},
        "refund": refund | {"reason": None},
        "note": None,
    }
    data = {"order": "ord_1", "card": CARD, "buyer": buyer, "description": "x", "metadata": {"a": "b"}, "list": ["x"]}
    assert redaction.callback({"type": "order.paid", "timestamp": "t", "data": data}) == {
        "type": "order.paid",
        "timestamp": "t",
        "data": {
            "order": "ord_1",
            "card": CARD,
            "buyer": {"phone": None, "email": None, "details": None},
            "description": None,
            "metadata": {},
            "list": [],
        },
    }
    assert redaction.callback({"type": "endpoint.test", "data": {}}) == {"type": "endpoint.test", "data": {}}
