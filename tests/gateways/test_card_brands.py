"""Which cards buyers are told are taken: those of the merchant's file, each with a picture of ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from webapp.domain import errors
from webapp.gateways import stripe
from webapp.gateways.stripe_provider import USUAL, Brand, StripeProvider
from webapp.web.headers import STATIC

REAL = stripe.Addresses("https://api.stripe.com", "https://js.stripe.com/endive/stripe.js")


def keys(**more: Any) -> dict[str, Any]:
    return {"publishable_key": "pk_test_1", "secret_key": "sk_test_1", "webhook_secrets": ["whsec_1"], **more}


def test_the_cards_that_are_shown_are_those_of_the_merchant_s_file() -> None:
    provider = StripeProvider(REAL)
    connected = provider.connect(provider.account(keys(card_brands=["visa", "jcb"]), live=False))
    assert connected.card_brands == ("visa", "jcb")
    usual = provider.account(keys(), live=False)
    assert provider.connect(usual).card_brands == USUAL
    before = {name: value for name, value in usual.secrets.items() if name != "card_brands"}
    assert provider.connect(replace(usual, secrets=before)).card_brands == USUAL  # as a release before kept it


def test_a_card_of_which_there_is_no_picture_is_refused() -> None:
    with pytest.raises(errors.Invalid, match=r"card_brands"):
        StripeProvider(REAL).account(keys(card_brands=["maestro"]), live=False)
    assert {f"{brand}.svg" for brand in get_args(Brand)} == {path.name for path in (STATIC / "cards").iterdir()}
