from __future__ import annotations

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.gateway.conftest import OTHER, SHOP, Gateway


def card(number: str, **more: str) -> Any:
    return {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123", **more}}


def typed(gateway: Gateway, number: str, **more: str) -> Any:
    """What the gateway's own frame posts."""
    form = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2034", "card[cvc]": "123", **more}
    key = {"Authorization": f"Bearer {SHOP.publishable_key}"}
    return requests.post(f"{gateway.url}/v1/confirmation_tokens", form, headers=key, timeout=5).json()


def test_a_typed_card_becomes_a_token_that_shows_no_number(gateway: Gateway) -> None:
    token = typed(gateway, "4242 4242 4242 4242")
    preview = token["payment_method_preview"]["card"]
    assert (preview["brand"], preview["last4"], preview["exp_year"]) == ("visa", "4242", 2034)
    assert "4242424242424242" not in str(token)


def test_no_card_number_is_ever_written(gateway: Gateway, shop: stripe.StripeClient, customer: str) -> None:
    token = typed(gateway, "5555555555554444")["id"]
    shop.v1.payment_intents.confirm(
        gateway.payment(customer=customer).id, {"confirmation_token": token, "setup_future_usage": "off_session"}
    )
    typed(gateway, "4539578763621486")
    written = b"".join(path.read_bytes() for path in gateway.database.parent.glob("gateway.db*"))
    assert b"ctoken_" in written
    assert b"5555555555554444" not in written
    assert b"4539578763621486" not in written


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"card[number]": "4242424242424241"}, "incorrect_number", "number"),
        ({"card[number]": "4539578763621486"}, "card_declined", "number"),
        ({"card[exp_month]": "13"}, "invalid_expiry_month", "exp_month"),
        ({"card[exp_year]": "2019"}, "invalid_expiry_year", "exp_year"),
        ({"card[cvc]": "12"}, "invalid_cvc", "cvc"),
    ],
)
def test_a_mistyped_or_real_card_gives_no_token(gateway: Gateway, form: dict[str, str], code: str, param: str) -> None:
    error = typed(gateway, **{"number": "4242424242424242", **form})["error"]
    assert (error["type"], error["code"], error["param"]) == ("card_error", code, param)


def test_the_fingerprint_is_of_the_number_within_the_account(gateway: Gateway, shop: stripe.StripeClient) -> None:
    def print_of(client: stripe.StripeClient, number: str) -> Any:
        payment_method_id = client.v1.payment_methods.create(card(number))
        return payment_method_id.card.fingerprint if payment_method_id.card else None

    first = print_of(shop, "4242424242424242")
    assert print_of(shop, "4242424242424242") == first
    assert print_of(shop, "5555555555554444") != first
    assert print_of(gateway.client(OTHER.secret_key), "4242424242424242") != first


def test_a_card_is_attached_listed_and_detached_for_good(shop: stripe.StripeClient, customer: str) -> None:
    payment_method_id = shop.v1.payment_methods.create(card("4242424242424242"))
    assert shop.v1.payment_methods.attach(payment_method_id.id, {"customer": customer}).customer == customer
    assert [found.id for found in shop.v1.payment_methods.list({"customer": customer, "type": "card"}).data] == [
        payment_method_id.id
    ]
    assert shop.v1.payment_methods.detach(payment_method_id.id).customer is None
    assert shop.v1.customers.payment_methods.list(customer).data == []
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_methods.detach(payment_method_id.id)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_methods.attach(payment_method_id.id, {"customer": customer})


def test_a_declined_card_is_not_attached(shop: stripe.StripeClient, customer: str) -> None:
    payment_method_id = shop.v1.payment_methods.create(card("4000000000000002"))
    with pytest.raises(stripe.CardError):
        shop.v1.payment_methods.attach(payment_method_id.id, {"customer": customer})


def test_the_screen_is_offered_cards_that_the_gateway_knows(gateway: Gateway) -> None:
    offered = gateway.sandbox("cards")
    assert {"works", "declined", "asks the bank"} <= {line["label"] for line in offered}
    for line in offered:
        assert "error" not in typed(gateway, line["number"], **{"card[cvc]": line["cvc"]})
