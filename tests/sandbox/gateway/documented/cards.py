"""Stripe's test cards."""

from __future__ import annotations

from typing import Any

from tests.sandbox.gateway.documented.rig import CARD, Behaviour, Shop

_PAGE = "testing"
_DECLINES, _FRAUD, _3DS = f"{_PAGE}#declined-payments", f"{_PAGE}#fraud-prevention", f"{_PAGE}#authentication-and-setup"
_TYPED = "declines/codes"

# Name, number, code, decline code.
_DECLINED = (
    ("visa_chargeDeclined", "4000000000000002", "card_declined", "generic_decline"),
    ("visa_chargeDeclinedInsufficientFunds", "4000000000009995", "card_declined", "insufficient_funds"),
    ("visa_chargeDeclinedLostCard", "4000000000009987", "card_declined", "lost_card"),
    ("visa_chargeDeclinedStolenCard", "4000000000009979", "card_declined", "stolen_card"),
    ("visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_declined", "card_velocity_exceeded"),
    ("chargeDeclinedExpiredCard", "4000000000000069", "expired_card", "expired_card"),
    ("chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    ("chargeDeclinedProcessingError", "4000000000000119", "processing_error", "processing_error"),
)
_BRANDS = (
    ("visa", "4242424242424242", "visa", "credit"),
    ("visa_debit", "4000056655665556", "visa", "debit"),
    ("mastercard", "5555555555554444", "mastercard", "credit"),
    ("amex", "378282246310005", "amex", "credit"),
    ("discover", "6011111111111117", "discover", "credit"),
    ("diners", "3056930009020004", "diners", "credit"),
    ("jcb", "3566002020360505", "jcb", "credit"),
    ("unionpay", "6200000000000005", "unionpay", "credit"),
)


def declines(name: str, number: str, code: str, decline_code: str) -> Any:
    def show(shop: Shop) -> None:
        for intent, means in (
            (shop.payment(), {"payment_method": f"pm_card_{name}"}),
            (shop.payment(), {"confirmation_token": shop.token(number)["id"]}),
        ):
            error = shop.confirm(intent, **means).refused(402, code)
            assert (error["decline_code"], error["payment_method"]["card"]["last4"]) == (decline_code, number[-4:])

    return show


def is_of(name: str, number: str, brand: str, funding: str) -> Any:
    def show(shop: Shop) -> None:
        made = shop.method(name)["card"]
        assert (made["brand"], made["funding"], made["last4"]) == (brand, funding, number[-4:])

    return show


def typed(code: str, param: str, **wrong: str) -> Any:
    def show(shop: Shop) -> None:
        card = {**CARD, **wrong}
        shop.browser("POST", "/v1/confirmation_tokens", card=card).refused(402, code, param)

    return show


def saves_then_declines(shop: Shop) -> None:
    kept = shop.saved("chargeCustomerFail")
    told = {"payment_method": kept["id"], "customer": kept["customer"]}
    shop.tries_to_pay(**told, off_session=True).refused(402, "card_declined")


def blocked(shop: Shop) -> None:
    error = shop.tries_to_pay("radarBlock").refused(402, "card_declined")
    outcome = shop.get(f"/v1/charges/{error['charge']}")["outcome"]
    assert (outcome["type"], outcome["network_status"], outcome["risk_level"]) == (
        "blocked",
        "not_sent_to_network",
        "highest",
    )


def elevated(shop: Shop) -> None:
    paid = shop.pay("riskLevelElevated")
    assert (paid["status"], shop.charge(paid)["outcome"]["risk_level"]) == ("succeeded", "elevated")


def check_fails(name: str, check: str) -> Any:
    return lambda shop: check_is(shop.pay(name, expand=["payment_method"]), check)


def check_is(paid: Any, check: str) -> None:
    assert paid["payment_method"]["card"]["checks"][check] == "fail"


def same_card(shop: Shop) -> None:
    prints = [shop.method()["card"]["fingerprint"] for _ in range(2)]
    assert prints[0] == prints[1] != shop.method("mastercard")["card"]["fingerprint"]


def always_asks(shop: Shop) -> None:
    asked = shop.pay("authenticationRequired")
    assert asked["status"] == "requires_action"
    assert shop.proves(asked)["status"] == "succeeded"
    assert shop.charge(asked)["payment_method_details"]["card"]["three_d_secure"]["result"] == "authenticated"


def asks_until_set_up(shop: Shop) -> None:
    customer = shop.customer()
    setup = shop.setup(customer=customer, payment_method="pm_card_authenticationRequiredOnSetup", confirm=True)
    means = shop.proves(setup)["payment_method"]
    assert shop.pay(payment_method=means, customer=customer, off_session=True)["status"] == "succeeded"


def not_set_up(shop: Shop) -> None:
    shop.tries_to_pay("authenticationRequiredOnSetup", off_session=True).refused(402, "authentication_required")


def set_up_elsewhere(shop: Shop) -> None:
    card = "authenticationRequiredSetupForOffSession"
    assert shop.pay(card, off_session=True)["status"] == "succeeded"
    assert shop.pay(card)["status"] == "requires_action"


def proof_then_decline(shop: Shop) -> None:
    asked = shop.pay("authenticationRequiredChargeDeclinedInsufficientFunds")
    now = shop.proves(asked)
    assert (now["status"], now["last_payment_error"]["decline_code"]) == (
        "requires_payment_method",
        "insufficient_funds",
    )


def proof_not_given(shop: Shop) -> None:
    now = shop.proves(shop.pay("threeDSecure2Required"), "failed")
    assert now["status"] == "requires_payment_method"
    assert now["last_payment_error"]["code"] == "payment_intent_authentication_failure"


def proof_not_needed(shop: Shop) -> None:
    assert shop.pay("threeDSecureOptional")["status"] == "succeeded"


BEHAVIOURS = (
    *(
        Behaviour(f"card-{name}", _DECLINES, f"The card {number} is declined with {code} and {why}.", declines(name, number, code, why))
        for name, number, code, why in _DECLINED
    ),
    *(
        Behaviour(f"card-{name}", f"{_PAGE}#cards", f"{number} is a {funding} card of {brand}.", is_of(name, number, brand, funding))
        for name, number, brand, funding in _BRANDS
    ),
    Behaviour("card-number-wrong", f"{_PAGE}#invalid-data", "A number whose check digit is wrong is incorrect_number.",
              typed("incorrect_number", "number", number="4242424242424241")),
    Behaviour("card-month-wrong", f"{_PAGE}#invalid-data", "There is no 13th month.", typed("invalid_expiry_month", "exp_month", exp_month="13")),
    Behaviour("card-year-past", f"{_PAGE}#invalid-data", "A year that is over is invalid.", typed("invalid_expiry_year", "exp_year", exp_year="2020")),
    Behaviour("card-year-far", f"{_PAGE}#invalid-data", "A year too far ahead is too.", typed("invalid_expiry_year", "exp_year", exp_year="2099")),
    Behaviour("card-cvc-short", f"{_PAGE}#invalid-data", "A security code has three digits.", typed("invalid_cvc", "cvc", cvc="99")),
    Behaviour("card-cvc-amex", f"{_PAGE}#cards", "American Express has four.", typed("invalid_cvc", "cvc", number="378282246310005", cvc="123")),
    Behaviour("card-real", "error-codes", "A real card is declined in test mode.", typed("card_declined", "number", number="4111111111111111")),
    Behaviour("card-saves-then-declines", _DECLINES, "4000000000000341 can be saved, and is declined when charged.", saves_then_declines),
    Behaviour("card-blocked", _FRAUD, "4100000000000019 is blocked before the bank is asked.", blocked),
    Behaviour("card-elevated", _FRAUD, "4000000000009235 has an elevated risk, and pays.", elevated),
    Behaviour("card-cvc-check", _FRAUD, "4000000000000101 fails the check of its code, and pays.", check_fails("cvcCheckFail", "cvc_check")),
    Behaviour("card-zip-check", _FRAUD, "4000000000000036 fails the check of the postal code, and pays.", check_fails("avsZipFail", "address_postal_code_check")),
    Behaviour("card-line1-check", _FRAUD, "4000000000000028 fails the check of the street, and pays.", check_fails("avsLine1Fail", "address_line1_check")),
    Behaviour("card-fingerprint", "api/payment_methods/object", "One number has one fingerprint in an account.", same_card),
    Behaviour("3ds-always", _3DS, "4000002760003184 asks for the bank's proof each time.", always_asks),
    Behaviour("3ds-until-set-up", _3DS, "4000002500003155 asks until it is set up.", asks_until_set_up),
    Behaviour("3ds-not-set-up", _3DS, "Not set up, it is declined without the buyer.", not_set_up),
    Behaviour("3ds-set-up-elsewhere", _3DS, "4000003800000446 counts as set up, and asks when the buyer is there.", set_up_elsewhere),
    Behaviour("3ds-then-no-funds", _3DS, "4000008260003178 is declined for want of funds after the proof.", proof_then_decline),
    Behaviour("3ds-failed", f"{_PAGE}#three-ds-cards", "Without the proof the intent waits for another means.", proof_not_given),
    Behaviour("3ds-optional", f"{_PAGE}#three-ds-cards", "4000000000003055 may prove, and need not.", proof_not_needed),
)  # fmt: skip
