"""Refunds."""

from __future__ import annotations

from typing import Any

from tests.sandbox.gateway.documented.rig import Behaviour, Shop

_CREATE, _PATH, _FAILED = "api/refunds/create", "/v1/refunds", "refunds#failed-refunds"
_TEST = "testing#refunds"


def all_of_it(shop: Shop) -> None:
    paid = shop.pay()
    back = shop.refund(paid)
    assert (back["amount"], back["status"], back["charge"]) == (1000, "succeeded", paid["latest_charge"])
    charge = shop.charge(paid)
    assert (charge["refunded"], charge["amount_refunded"], charge["amount_captured"]) == (True, 1000, 1000)


def some_of_it(shop: Shop) -> None:
    paid = shop.pay()
    shop.refund(paid, amount=300)
    assert (shop.charge(paid)["refunded"], shop.charge(paid)["amount_refunded"]) == (False, 300)
    assert shop.refund(paid)["amount"] == 700


def too_much(shop: Shop) -> None:
    paid = shop.pay()
    shop.refund(paid, amount=300)
    error = shop.tries(_PATH, payment_intent=paid["id"], amount=701).refused(400, None, "amount")
    assert "greater than unrefunded amount" in error["message"]


def nothing_left(shop: Shop) -> None:
    paid = shop.pay()
    shop.refund(paid)
    shop.tries(_PATH, payment_intent=paid["id"]).refused(400, "charge_already_refunded")


def zero(shop: Shop) -> None:
    shop.tries(_PATH, payment_intent=shop.pay()["id"], amount=0).refused(400, "parameter_invalid_integer", "amount")


def of_nothing(shop: Shop) -> None:
    shop.tries(_PATH).refused(400)


def unpaid(shop: Shop) -> None:
    intent = shop.payment()
    shop.tries(_PATH, payment_intent=intent["id"]).refused(400)
    shop.confirm(intent, payment_method="pm_card_chargeDeclinedExpiredCard")
    shop.tries(_PATH, payment_intent=intent["id"]).refused(400)


def by_charge(shop: Shop) -> None:
    paid = shop.pay()
    back = shop.post(_PATH, charge=paid["latest_charge"], amount=100)
    assert (back["payment_intent"], back["currency"]) == (paid["id"], "eur")


def reason(shop: Shop) -> None:
    paid = shop.pay()
    assert shop.refund(paid, amount=100, reason="requested_by_customer")["reason"] == "requested_by_customer"
    shop.tries(_PATH, payment_intent=paid["id"], reason="regret").refused(400, None, "reason")


def status_stays(shop: Shop) -> None:
    paid = shop.pay()
    shop.refund(paid)
    assert (shop.again(paid)["status"], shop.again(paid)["amount_received"]) == ("succeeded", 1000)


def pending(shop: Shop) -> None:
    paid = shop.pay("pendingRefund")
    back = shop.refund(paid)
    assert (back["status"], back["pending_reason"]) == ("pending", "processing")
    shop.later()
    assert shop.again(back)["status"] == "succeeded"
    assert "refund.updated" in shop.events()


def fails(shop: Shop) -> None:
    paid = shop.pay("refundFail")
    back = shop.refund(paid, amount=400)
    assert back["status"] == "succeeded"
    shop.later()
    now = shop.again(back)
    assert (now["status"], now["failure_reason"]) == ("failed", "expired_or_canceled_card")


def failed_is_told(shop: Shop) -> None:
    shop.refund(shop.pay("refundFail"))
    shop.later()
    told = shop.events()
    assert {"refund.failed", "refund.updated", "charge.refund.updated"} <= set(told)
    assert shop.event("refund.failed")["request"]["id"] is None


def failed_may_be_tried_again(shop: Shop) -> None:
    paid = shop.pay("refundFail")
    shop.refund(paid)
    shop.later()
    assert (shop.charge(paid)["refunded"], shop.charge(paid)["amount_refunded"]) == (False, 0)
    assert shop.refund(paid)["amount"] == 1000


def cancelled(shop: Shop) -> None:
    back = shop.refund(shop.pay())
    shop.tries(f"{_PATH}/{back['id']}/cancel").refused(400)


def waits_for_the_buyer(shop: Shop) -> None:
    paid = shop.pay()
    back = shop.refund(paid, amount=400)
    control: Any = shop.app.test_client()
    control.post("/_sandbox/refunds", json={"refund": back["id"], "status": "requires_action"})
    assert shop.post(f"{_PATH}/{back['id']}/cancel")["status"] == "canceled"
    assert shop.charge(paid)["amount_refunded"] == 0


def notes(shop: Shop) -> None:
    back = shop.refund(shop.pay(), metadata={"a": "1"})
    assert shop.post(f"{_PATH}/{back['id']}", metadata={"b": "2"})["metadata"] == {"a": "1", "b": "2"}
    assert shop.event("refund.updated")["data"]["previous_attributes"] == {"metadata": {"a": "1"}}
    shop.tries(f"{_PATH}/{back['id']}", amount=5).refused(400, "parameter_unknown", "amount")


def lists(shop: Shop) -> None:
    paid, other = shop.pay(), shop.pay()
    made = [shop.refund(paid, amount=each)["id"] for each in (100, 200)]
    shop.refund(other)
    assert [each["id"] for each in shop.get(_PATH, payment_intent=paid["id"])["data"]] == made[::-1]


def missing(shop: Shop) -> None:
    shop.ask("GET", f"{_PATH}/re_nothing").refused(404, "resource_missing", "refund")


def three_decimals(shop: Shop) -> None:
    paid = shop.pay(amount=5000, currency="kwd")
    shop.tries(_PATH, payment_intent=paid["id"], amount=1005).refused(400, "invalid_charge_amount", "amount")


def told(shop: Shop) -> None:
    shop.refund(shop.pay(), amount=100)
    assert shop.events()[-2:] == ["refund.created", "charge.refunded"]
    event = shop.event("charge.refunded")
    assert event["data"]["previous_attributes"]["amount_refunded"] == 0
    assert event["data"]["object"]["amount_refunded"] == 100


def balance(shop: Shop) -> None:
    shop.refund(shop.pay(), amount=300)
    assert [each["amount"] for each in shop.get("/v1/balance")["available"]] == [700]


BEHAVIOURS = (
    Behaviour("refund-all", _CREATE, "Without an amount all goes back.", all_of_it),
    Behaviour("refund-part", _CREATE, "Parts go back until nothing is left.", some_of_it),
    Behaviour("refund-too-much", _CREATE, "No more than is left.", too_much),
    Behaviour("refund-none-left", "error-codes", "What went back wholly cannot go back again.", nothing_left),
    Behaviour("refund-zero", _CREATE, "At least one minor unit goes back.", zero),
    Behaviour("refund-of-nothing", _CREATE, "A charge or an intent is named.", of_nothing),
    Behaviour("refund-unpaid", _CREATE, "What was not paid does not go back.", unpaid),
    Behaviour("refund-by-charge", _CREATE, "A charge may be named instead of the intent.", by_charge),
    Behaviour("refund-reason", _CREATE, "The reason is one of a few words.", reason),
    Behaviour("refund-intent", "refunds", "The intent stays succeeded.", status_stays),
    Behaviour("refund-pending", _TEST, "4000000000007726 refunds after a while.", pending),
    Behaviour("refund-fails", _TEST, "4000000000005126 refunds, and after a while did not.", fails),
    Behaviour("refund-failed-told", _FAILED, "A refund that failed is told, by nobody's request.", failed_is_told),
    Behaviour("refund-failed-again", _FAILED, "What failed is with the shop again.", failed_may_be_tried_again),
    Behaviour("refund-cancel", "api/refunds/cancel", "A card's refund is not cancelled.", cancelled),
    Behaviour("refund-cancel-waiting", "api/refunds/cancel", "One that waits for the buyer is.", waits_for_the_buyer),
    Behaviour("refund-update", "api/refunds/update", "Only notes change, and that is told.", notes),
    Behaviour("refund-list", "api/refunds/list", "Refunds are listed by intent, newest first.", lists),
    Behaviour("refund-missing", "api/refunds/retrieve", "A refund that is not there is 404.", missing),
    Behaviour("refund-three-decimals", "currencies#three-decimal", "A refund's last digit is 0 there too.", three_decimals),
    Behaviour("refund-told", "api/events/types", "A refund is told, and so is what it makes of the charge.", told),
    Behaviour("refund-balance", "api/balance", "What went back is no longer in the balance.", balance),
)  # fmt: skip
