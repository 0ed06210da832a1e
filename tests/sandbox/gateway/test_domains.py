"""Payment method domains, and the card that a wallet gives."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.gateway.conftest import OTHER, SHOP, Gateway


def session(gateway: Gateway, domain: str, key: str = SHOP.publishable_key) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    return requests.get(
        f"{gateway.url}/v1/elements/sessions", params={"domain": domain}, headers=headers, timeout=5
    ).json()


def test_wallets_are_offered_on_the_account_s_own_domains(gateway: Gateway, shop: stripe.StripeClient) -> None:
    assert session(gateway, "pay.shop.example")["wallets"] is False
    made = shop.v1.payment_method_domains.create({"domain_name": "Pay.shop.example"})
    assert shop.v1.payment_method_domains.create({"domain_name": "pay.shop.example"}).id == made.id
    assert session(gateway, "pay.shop.example")["wallets"] is True
    assert session(gateway, "pay.shop.example", OTHER.publishable_key)["wallets"] is False


def test_a_disabled_domain_has_no_wallets_and_is_still_listed(gateway: Gateway, shop: stripe.StripeClient) -> None:
    made = shop.v1.payment_method_domains.create({"domain_name": "pay.shop.example"})
    shop.v1.payment_method_domains.update(made.id, {"enabled": False})
    assert session(gateway, "pay.shop.example")["wallets"] is False
    assert [each.id for each in shop.v1.payment_method_domains.list({"enabled": False}).data] == [made.id]
    assert shop.v1.payment_method_domains.list({"domain_name": "other.example"}).data == []
    assert shop.v1.payment_method_domains.retrieve(made.id).apple_pay.status == "active"


@pytest.mark.parametrize("wrong", ["https://pay.shop.example", "pay shop", ".."])
def test_what_is_no_domain_is_refused(shop: stripe.StripeClient, wrong: str) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_method_domains.create({"domain_name": wrong})


def test_only_wallets_that_there_are_give_a_card(gateway: Gateway) -> None:
    given = {"payment_method": "pm_card_visa", "wallet": "sandbox_pay"}
    headers = {"Authorization": f"Bearer {SHOP.publishable_key}"}
    answer = requests.post(f"{gateway.url}/v1/confirmation_tokens", data=given, headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "wallet")
