"""Money that is held first."""

from __future__ import annotations

from typing import Any

from tests.sandbox.gateway.documented.rig import Behaviour, Shop

_PAGE, _CAPTURE = "payments/place-a-hold-on-a-payment-method", "api/payment_intents/capture"
_UNEXPECTED = "payment_intent_unexpected_state"


def held(shop: Shop, **params: Any) -> Any:
    return shop.pay(capture_method="manual", **params)


def capture(shop: Shop, intent: Any, **params: Any) -> Any:
    return shop.post(f"/v1/payment_intents/{intent['id']}/capture", **params)


def is_held(shop: Shop) -> None:
    intent = held(shop)
    assert (intent["status"], intent["amount_capturable"], intent["amount_received"]) == ("requires_capture", 1000, 0)
    charge = shop.charge(intent)
    assert (charge["status"], charge["captured"], charge["paid"]) == ("succeeded", False, True)


def says_until_when(shop: Shop) -> None:
    until = shop.charge(held(shop))["payment_method_details"]["card"]["capture_before"]
    assert until == int(shop.now) + 7 * 86400


def takes_all(shop: Shop) -> None:
    taken = capture(shop, held(shop))
    assert (taken["status"], taken["amount_received"], taken["amount_capturable"]) == ("succeeded", 1000, 0)
    assert shop.charge(taken)["captured"]


def takes_some(shop: Shop) -> None:
    taken = capture(shop, held(shop), amount_to_capture=600)
    assert (taken["amount"], taken["amount_received"], taken["amount_capturable"]) == (1000, 600, 0)
    charge = shop.charge(taken)
    assert (charge["amount"], charge["amount_captured"], charge["refunded"]) == (1000, 600, False)


def rest_goes_back(shop: Shop) -> None:
    taken = capture(shop, held(shop), amount_to_capture=600)
    assert shop.charge(taken)["amount_refunded"] == 400
    (rest,) = shop.get("/v1/refunds", payment_intent=taken["id"])["data"]
    assert (rest["amount"], rest["status"]) == (400, "succeeded")


def refund_after_some(shop: Shop) -> None:
    taken = capture(shop, held(shop), amount_to_capture=600)
    shop.tries("/v1/refunds", payment_intent=taken["id"], amount=601).refused(400, None, "amount")
    shop.refund(taken, amount=250)
    assert shop.refund(taken)["amount"] == 350
    charge = shop.charge(taken)
    assert (charge["amount_refunded"], charge["refunded"]) == (1000, True)
    shop.tries("/v1/refunds", payment_intent=taken["id"]).refused(400, "charge_already_refunded")


def takes_too_much(shop: Shop) -> None:
    path = f"/v1/payment_intents/{held(shop)['id']}/capture"
    shop.tries(path, amount_to_capture=1001).refused(400, "amount_too_large", "amount_to_capture")


def takes_nothing(shop: Shop) -> None:
    path = f"/v1/payment_intents/{held(shop)['id']}/capture"
    shop.tries(path, amount_to_capture=0).refused(400, "parameter_invalid_integer", "amount_to_capture")


def takes_twice(shop: Shop) -> None:
    taken = capture(shop, held(shop))
    shop.tries(f"/v1/payment_intents/{taken['id']}/capture").refused(400, _UNEXPECTED)


def takes_what_is_not_held(shop: Shop) -> None:
    shop.tries(f"/v1/payment_intents/{shop.payment()['id']}/capture").refused(400, _UNEXPECTED)


def lets_go(shop: Shop) -> None:
    intent = held(shop)
    gone = shop.post(f"/v1/payment_intents/{intent['id']}/cancel")
    assert (gone["status"], gone["amount_capturable"], gone["amount_received"]) == ("canceled", 0, 0)
    charge = shop.charge(gone)
    assert (charge["captured"], charge["refunded"], charge["amount_refunded"]) == (False, True, 1000)


def no_refund_of_a_hold(shop: Shop) -> None:
    shop.tries("/v1/refunds", payment_intent=held(shop)["id"]).refused()


def no_dispute_of_a_hold(shop: Shop) -> None:
    intent = shop.pay("createDispute", capture_method="manual")
    assert shop.get("/v1/disputes", payment_intent=intent["id"])["data"] == []
    capture(shop, intent)
    assert len(shop.get("/v1/disputes", payment_intent=intent["id"])["data"]) == 1


def told(shop: Shop) -> None:
    capture(shop, held(shop))
    wanted = {"payment_intent.amount_capturable_updated", "charge.captured", "payment_intent.succeeded"}
    assert wanted <= set(shop.events())


def changes_nothing_held(shop: Shop) -> None:
    shop.tries(f"/v1/payment_intents/{held(shop)['id']}", amount=900).refused(400, _UNEXPECTED, "amount")


BEHAVIOURS = (
    Behaviour("hold", _PAGE, "With manual capture the money is held, and not taken.", is_held),
    Behaviour("hold-until", _PAGE, "The charge says until when; seven days for most cards.", says_until_when),
    Behaviour("hold-capture", _CAPTURE, "A capture takes all of it by default.", takes_all),
    Behaviour("hold-capture-part", _CAPTURE, "Or a part, once.", takes_some),
    Behaviour("hold-rest", _PAGE, "The rest is let go, and counts as refunded on the charge.", rest_goes_back),
    Behaviour("hold-refund-after-part", "refunds", "After that no more goes back than was taken.", refund_after_some),
    Behaviour("hold-capture-more", _CAPTURE, "No more is taken than is held.", takes_too_much),
    Behaviour("hold-capture-zero", _CAPTURE, "At least one minor unit is taken.", takes_nothing),
    Behaviour("hold-capture-twice", _CAPTURE, "What is taken is not taken again.", takes_twice),
    Behaviour("hold-capture-unheld", _CAPTURE, "What is not held cannot be taken.", takes_what_is_not_held),
    Behaviour("hold-cancel", "api/payment_intents/cancel", "A cancelled hold is let go, which counts as a refund of the charge.", lets_go),
    Behaviour("hold-no-refund", "refunds", "A hold is cancelled, not refunded.", no_refund_of_a_hold),
    Behaviour("hold-no-dispute", "disputes", "A dispute is about money that was taken.", no_dispute_of_a_hold),
    Behaviour("hold-told", "api/events/types", "The hold, the capture and the success are told.", told),
    Behaviour("hold-amount", "api/payment_intents/update", "The amount of a hold cannot change.", changes_nothing_held),
)  # fmt: skip
