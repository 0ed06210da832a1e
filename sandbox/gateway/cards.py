"""Stripe's public test cards and what each does (https://docs.stripe.com/testing). Numbers live here and are never
stored: a payment method keeps brand, last four digits, expiry, a fingerprint and the word for its behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sandbox.gateway.errors import GatewayError


class Asks(StrEnum):
    """When the card's bank wants to see the buyer (3-D Secure)."""

    NEVER = "never"
    ALWAYS = "always"
    UNTIL_SET_UP = "until set up"  # saved with the buyer present, it may be charged without
    ON_SESSION = "on session"  # counts as set up elsewhere


class Disputed(StrEnum):
    """What the buyer tells the bank afterwards."""

    FRAUDULENT = "fraudulent"
    NOT_RECEIVED = "product_not_received"
    INQUIRY = "inquiry"


@dataclass(frozen=True)
class Decline:
    """A refusal, in Stripe's words. `blocked`: by the gateway's own rules, before the bank is asked."""

    code: str
    decline_code: str | None
    message: str
    blocked: bool = False


@dataclass(frozen=True)
class Behaviour:
    """What a card does. `saves_anyway`: refused when charged, but accepted when only saved. `refund`: `pending` succeeds a
    little later, `fails` succeeds and fails a little later. `risk` is the gateway's opinion, `fails_checks` what the bank says
    does not fit."""

    decline: Decline | None = None
    asks: Asks = Asks.NEVER
    saves_anyway: bool = False
    disputed: Disputed | None = None
    refund: Literal["pending", "fails"] | None = None
    risk: str = "normal"
    fails_checks: tuple[str, ...] = ()


def _declined(reason: str, *, blocked: bool = False) -> Decline:
    return Decline("card_declined", reason, "Your card was declined.", blocked)


AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
_NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")

BEHAVIOURS = {
    "works": Behaviour(),
    "declined": Behaviour(_declined("generic_decline")),
    "insufficient_funds": Behaviour(_NO_FUNDS),
    "lost_card": Behaviour(_declined("lost_card")),
    "stolen_card": Behaviour(_declined("stolen_card")),
    "velocity": Behaviour(_declined("card_velocity_exceeded")),
    "fraudulent": Behaviour(_declined("fraudulent", blocked=True)),
    "expired_card": Behaviour(Decline("expired_card", "expired_card", "Your card has expired.")),
    "incorrect_cvc": Behaviour(Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")),
    "processing_error": Behaviour(
        Decline("processing_error", "processing_error", "The card could not be processed. Try again in a moment.")
    ),
    "declined_when_charged": Behaviour(_declined("generic_decline"), saves_anyway=True),
    "asks_until_set_up": Behaviour(asks=Asks.UNTIL_SET_UP),
    "asks_always": Behaviour(asks=Asks.ALWAYS),
    "asks_on_session": Behaviour(asks=Asks.ON_SESSION),
    "asks_then_no_funds": Behaviour(_NO_FUNDS, asks=Asks.ALWAYS),
    "asks_then_declined": Behaviour(_declined("generic_decline"), asks=Asks.ALWAYS),
    "disputed": Behaviour(disputed=Disputed.FRAUDULENT),
    "disputed_not_received": Behaviour(disputed=Disputed.NOT_RECEIVED),
    "inquired": Behaviour(disputed=Disputed.INQUIRY),
    "refund_pending": Behaviour(refund="pending"),
    "refund_fails": Behaviour(refund="fails"),
    "elevated_risk": Behaviour(risk="elevated"),
    "cvc_check_fails": Behaviour(fails_checks=("cvc_check",)),
    "postal_code_check_fails": Behaviour(fails_checks=("address_postal_code_check",)),
    "line1_check_fails": Behaviour(fails_checks=("address_line1_check",)),
}


@dataclass(frozen=True)
class TestCard:
    """A number of Stripe's list. `name` is the one that `pm_card_…` gives it."""

    __test__ = False

    number: str
    behaviour: str = "works"
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    name: str = ""


CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242", name="visa"),
        TestCard("4000056655665556", funding="debit", name="visa_debit"),
        TestCard("5555555555554444", brand="mastercard", name="mastercard"),
        TestCard("2223003122003222", brand="mastercard"),
        TestCard("5200828282828210", brand="mastercard", funding="debit", name="mastercard_debit"),
        TestCard("378282246310005", brand="amex", name="amex"),
        TestCard("6011111111111117", brand="discover", name="discover"),
        TestCard("3056930009020004", brand="diners", name="diners"),
        TestCard("3566002020360505", brand="jcb", name="jcb"),
        TestCard("6200000000000005", brand="unionpay", name="unionpay"),
        TestCard("4000002500001001", country="FR"),
        TestCard("4000002500000003", country="FR", name="fr"),
        TestCard("4000000000000002", "declined", name="visa_chargeDeclined"),
        TestCard("4000000000009995", "insufficient_funds", name="visa_chargeDeclinedInsufficientFunds"),
        TestCard("4000000000009987", "lost_card", name="visa_chargeDeclinedLostCard"),
        TestCard("4000000000009979", "stolen_card", name="visa_chargeDeclinedStolenCard"),
        TestCard("4000000000006975", "velocity", name="visa_chargeDeclinedVelocityLimitExceeded"),
        TestCard("4100000000000019", "fraudulent", name="radarBlock"),
        TestCard("4000000000000069", "expired_card", name="chargeDeclinedExpiredCard"),
        TestCard("4000000000000127", "incorrect_cvc", name="chargeDeclinedIncorrectCvc"),
        TestCard("4000000000000119", "processing_error", name="chargeDeclinedProcessingError"),
        TestCard("4000000000000341", "declined_when_charged", name="chargeCustomerFail"),
        TestCard("4000002500003155", "asks_until_set_up", name="authenticationRequiredOnSetup"),
        TestCard("4000002760003184", "asks_always", name="authenticationRequired"),
        TestCard("4000003800000446", "asks_on_session", name="authenticationRequiredSetupForOffSession"),
        TestCard(
            "4000008260003178",
            "asks_then_no_funds",
            name="authenticationRequiredChargeDeclinedInsufficientFunds",
        ),
        TestCard("4000008400001629", "asks_then_declined", name="threeDSecureRequiredChargeDeclined"),
        TestCard("4000000000000259", "disputed", name="createDispute"),
        TestCard("4000000000002685", "disputed_not_received", name="createDisputeProductNotReceived"),
        TestCard("4000000000001976", "inquired", name="createDisputeInquiry"),
        TestCard("4000000000007726", "refund_pending", name="pendingRefund"),
        TestCard("4000000000005126", "refund_fails", name="refundFail"),
        TestCard("4000000000003220", "asks_always", name="threeDSecure2Required"),
        TestCard("4000000000003055", name="threeDSecureOptional"),
        TestCard("4000000000000077", name="bypassPending"),
        TestCard("4000000000009235", "elevated_risk", name="riskLevelElevated"),
        TestCard("4000000000000101", "cvc_check_fails", name="cvcCheckFail"),
        TestCard("4000000000000036", "postal_code_check_fails", name="avsZipFail"),
        TestCard("4000000000000028", "line1_check_fails", name="avsLine1Fail"),
    )
}
BY_NAME = {card.name: card for card in CARDS.values() if card.name}

_ON_SCREEN = (
    ("works", "4242424242424242"),
    ("declined", "4000000000000002"),
    ("asks the bank", "4000002500003155"),
    ("no funds", "4000000000009995"),
    ("asks the bank every time", "4000002760003184"),
    ("saves, then declines", "4000000000000341"),
    ("expired", "4000000000000069"),
    ("wrong CVC", "4000000000000127"),
)


def on_screen() -> list[dict[str, str]]:
    """The cards that a person trying the sandbox is offered."""
    return [
        {"label": label, "number": number, "expiry": "12/34", "cvc": "123", "brand": CARDS[number].brand}
        for label, number in _ON_SCREEN
    ]


def recognise(number: str) -> TestCard:
    """The test card of a number. Any other number is refused before anything is written: a real card has no business
    here."""
    if number in CARDS:
        return CARDS[number]
    if not (number.isdecimal() and number.isascii() and 12 <= len(number) <= 19 and _luhn(number)):
        raise GatewayError(
            402, "card_error", "Your card number is incorrect.", code="incorrect_number", param="number", executed=True
        )
    raise GatewayError(
        402,
        "card_error",
        "Your card was declined. Only the gateway's test cards work here; this one was not kept.",
        code="card_declined",
        param="number",
        executed=True,
        more={"decline_code": "test_mode_live_card"},
    )


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
