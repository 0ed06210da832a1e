"""Cards from a wallet, as the adapter reads them of Stripe."""

from __future__ import annotations

import pytest
import requests

from tests.gateways.rigs import StripeRig
from webapp.domain.outcome import Done
from webapp.gateways.base import Purchase


def token(rig: StripeRig, card: str = "visa", wallet: str = "google_pay") -> str:
    """What the page's wallet button hands over; the gateway's own frame asks for it."""
    given = {"payment_method": f"pm_card_{card}", "wallet": wallet}
    headers = {"Authorization": "Bearer pk_test_shop"}
    answer = requests.post(f"{rig.served.url}/v1/confirmation_tokens", data=given, headers=headers, timeout=5)
    assert answer.ok, answer.text
    return str(answer.json()["id"])


def done(rig: StripeRig, given: str, amount: int = 1000) -> Done:
    customer = rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)
    intent = rig.gateway.open(Purchase(f"ord_{given}", "demo", amount, "EUR", True, customer, "A12", ""))
    outcome = rig.gateway.submit(intent, token=given, save=True, key=given, return_url="https://x", mandate="")
    assert isinstance(outcome, Done)
    return outcome


@pytest.mark.parametrize("amount", [1000, 0])
@pytest.mark.parametrize("wallet", ["apple_pay", "google_pay"])
def test_the_wallet_is_told_and_kept_with_what_was_saved(stripe_rig: StripeRig, wallet: str, amount: int) -> None:
    outcome = done(stripe_rig, token(stripe_rig, wallet=wallet), amount)
    assert outcome.card is not None
    assert (outcome.card.brand, outcome.card.last4, outcome.card.wallet) == ("visa", "4242", wallet)
    assert stripe_rig.gateway.saved(outcome.saved or "") == outcome.card


def test_the_fingerprint_is_the_device_s_not_the_card_s(stripe_rig: StripeRig) -> None:
    typed = stripe_rig.client.v1.test_helpers.confirmation_tokens.create({"payment_method": "pm_card_visa"}).id
    tokens = [typed, *(token(stripe_rig, wallet=wallet) for wallet in ("apple_pay", "google_pay"))]
    before = [stripe_rig.gateway.fingerprint(each) for each in tokens]
    after = [card.fingerprint for each in tokens if (card := done(stripe_rig, each).card)]
    assert before == after
    assert len(set(before)) == 3


def test_a_typed_card_has_no_wallet(stripe_rig: StripeRig) -> None:
    typed = stripe_rig.client.v1.test_helpers.confirmation_tokens.create({"payment_method": "pm_card_visa"}).id
    card = done(stripe_rig, typed).card
    assert card is not None
    assert card.wallet is None
