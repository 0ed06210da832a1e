from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import stripe

from tests.sandbox.gateway.conftest import OTHER, SHOP, Gateway


def test_a_wrong_key_is_401_and_a_publishable_one_is_told_to_stay_out(gateway: Gateway) -> None:
    with pytest.raises(stripe.AuthenticationError):
        gateway.client("sk_test_nobody_9999").v1.balance.retrieve()
    with pytest.raises(stripe.PermissionError) as caught:
        gateway.client(SHOP.publishable_key).v1.balance.retrieve()
    assert "publishable" in str(caught.value)


def test_what_another_account_owns_is_404(gateway: Gateway) -> None:
    intent = gateway.payment()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        gateway.client(OTHER.secret_key).v1.payment_intents.retrieve(intent.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_a_connected_account_has_data_of_its_own(gateway: Gateway, shop: stripe.StripeClient) -> None:
    connected = gateway.client(account="acct_connected1")
    made = connected.v1.customers.create({"name": "Léa"})
    assert connected.v1.accounts.retrieve_current().id == "acct_connected1"
    assert shop.v1.customers.list().data == []
    assert [customer.id for customer in connected.v1.customers.list().data] == [made.id]


def test_another_platforms_account_is_closed(gateway: Gateway) -> None:
    with pytest.raises(stripe.PermissionError) as caught:
        gateway.client(account=OTHER.id).v1.balance.retrieve()
    assert OTHER.id in str(caught.value)


def test_a_repeated_key_gets_the_first_answer_again(gateway: Gateway, shop: stripe.StripeClient) -> None:
    first = shop.v1.customers.create({"name": "Léa"}, {"idempotency_key": "k"})
    again = shop.v1.customers.create({"name": "Léa"}, {"idempotency_key": "k"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(shop.v1.customers.list().data) == 1


def test_a_key_is_not_used_for_another_request(shop: stripe.StripeClient) -> None:
    shop.v1.customers.create({"name": "Léa"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError) as caught:
        shop.v1.customers.create({"name": "Noé"}, {"idempotency_key": "k"})
    assert caught.value.http_status == 400


def test_a_decline_is_replayed_and_not_tried_again(gateway: Gateway, shop: stripe.StripeClient) -> None:
    intent, token = gateway.payment(), gateway.token("visa_chargeDeclined")
    for replayed in (None, "true"):
        with pytest.raises(stripe.CardError) as caught:
            shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token}, {"idempotency_key": "try-1"})
        assert (caught.value.headers or {}).get("Idempotent-Replayed") == replayed
    assert len(gateway.ledger()["charges"]) == 1


def test_a_key_is_forgotten_after_a_day_and_then_the_request_is_a_new_one(
    gateway: Gateway, shop: stripe.StripeClient
) -> None:
    first = shop.v1.customers.create({"name": "Léa"}, {"idempotency_key": "k"})
    gateway.clock.now += 24 * 3600
    assert shop.v1.customers.create({"name": "Léa"}, {"idempotency_key": "k"}).id != first.id


def test_a_wrong_parameter_does_not_spend_its_key(shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.create({"amount": 1, "currency": "eur"}, {"idempotency_key": "k"})
    made = shop.v1.payment_intents.create({"amount": 1000, "currency": "eur"}, {"idempotency_key": "k"})
    assert made.amount == 1000


def test_twenty_copies_of_a_request_at_once_do_one_thing(gateway: Gateway) -> None:
    together = threading.Barrier(20)

    def create(_: int) -> str:
        together.wait(timeout=10)
        return gateway.client().v1.customers.create({"name": "Léa"}, {"idempotency_key": "k"}).id

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(create, range(20)))) == 1


def test_what_the_api_version_does_not_know_is_refused(gateway: Gateway, shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.customers.create({"nickname": "L"})  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.param) == ("parameter_unknown", "nickname")
    old = {"Authorization": f"Bearer {SHOP.secret_key}", "Stripe-Version": "2020-08-27"}
    assert requests.get(f"{gateway.url}/v1/balance", headers=old, timeout=5).status_code == 400


def test_what_stripe_knows_and_the_sandbox_does_nothing_with_is_refused_and_nothing_is_made(
    gateway: Gateway, shop: stripe.StripeClient
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does nothing with it") as caught:
        gateway.payment(transfer_group="tables")
    assert caught.value.param == "transfer_group"
    assert gateway.ledger()["intents"] == []
    with pytest.raises(stripe.InvalidRequestError, match="does nothing with it"):
        shop.v1.charges.list({"transfer_group": "tables"})


def test_an_unknown_address_answers_as_stripe_does(gateway: Gateway) -> None:
    answer = requests.get(f"{gateway.url}/v1/coupons", timeout=5)
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_browser_sees_an_intent_by_its_secret_alone_and_not_the_shops_notes(gateway: Gateway) -> None:
    intent = gateway.payment(metadata={"order": "ord_1"})
    address = f"{gateway.url}/v1/payment_intents/{intent.id}"
    key = {"Authorization": f"Bearer {SHOP.publishable_key}"}
    seen = requests.get(address, {"client_secret": intent.client_secret or ""}, headers=key, timeout=5).json()
    assert (seen["status"], "metadata" in seen, "customer" in seen) == ("requires_payment_method", False, False)
    assert requests.get(address, {"client_secret": f"{intent.id}_secret_x"}, headers=key, timeout=5).status_code == 404
    assert requests.get(address, headers=key, timeout=5).status_code == 400


def test_the_log_names_requests_and_not_what_they_said(gateway: Gateway, shop: stripe.StripeClient) -> None:
    shop.v1.customers.create({"email": "buyer@example.com"}, {"idempotency_key": "k"})
    (line,) = gateway.sandbox("requests")
    assert (line["method"], line["path"], line["idempotency_key"], line["status"]) == (
        "POST",
        "/v1/customers",
        "k",
        200,
    )
    assert "buyer" not in str(line)


def test_a_doctor_sees_the_account(shop: stripe.StripeClient) -> None:
    account = shop.v1.accounts.retrieve_current()
    assert (account.id, account.charges_enabled) == (SHOP.id, True)
    assert account.settings is not None
    assert account.settings.dashboard.display_name == "Café Lumière"
