from __future__ import annotations

import pytest
import requests
import stripe

from tests.sandbox.gateway.conftest import Gateway

CONFIRM = "POST /v1/payment_intents/*/confirm"


@pytest.mark.parametrize(
    ("kind", "charges"), [("drop_before", 0), ("drop_after", 1), ("timeout_before", 0), ("timeout_after", 1)]
)
def test_a_broken_connection_hides_whether_it_was_done(gateway: Gateway, kind: str, charges: int) -> None:
    intent, token = gateway.payment(), gateway.token()
    gateway.fault(kind, CONFIRM, seconds=1)
    with pytest.raises(stripe.APIConnectionError):
        gateway.client(timeout=0.5).v1.payment_intents.confirm(intent.id, {"confirmation_token": token})
    assert len(gateway.ledger()["charges"]) == charges


@pytest.mark.parametrize(("kind", "charges"), [("500", 0), ("500_after", 1)])
def test_a_500_is_replayed_for_its_key(gateway: Gateway, shop: stripe.StripeClient, kind: str, charges: int) -> None:
    intent, token = gateway.payment(), gateway.token()
    gateway.fault(kind, CONFIRM)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token}, {"idempotency_key": "k"})
        assert caught.value.http_status == 500
    assert len(gateway.ledger()["charges"]) == charges


def test_a_429_did_nothing_and_does_not_spend_its_key(gateway: Gateway, shop: stripe.StripeClient) -> None:
    intent, token = gateway.payment(), gateway.token()
    gateway.fault("429", CONFIRM)
    with pytest.raises(stripe.RateLimitError):
        shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token}, {"idempotency_key": "k"})
    paid = shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token}, {"idempotency_key": "k"})
    assert paid.status == "succeeded"


def test_a_fault_happens_as_often_as_asked_and_where_asked(gateway: Gateway, shop: stripe.StripeClient) -> None:
    gateway.fault("500", "POST /v1/customers", times=2)
    shop.v1.balance.retrieve()
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            shop.v1.customers.create()
    shop.v1.customers.create()
    assert gateway.sandbox("faults") == []


def test_faults_are_listed_and_taken_back(gateway: Gateway, shop: stripe.StripeClient) -> None:
    gateway.fault("500", times=-1)
    assert [fault["kind"] for fault in gateway.sandbox("faults")] == ["500"]
    requests.delete(f"{gateway.url}/_sandbox/faults", timeout=5)
    shop.v1.customers.create()


@pytest.mark.parametrize("wish", [{"kind": "fire"}, {"kind": "500", "often": 3}, {"kind": "500", "times": "x"}, []])
def test_a_fault_that_makes_no_sense_is_refused(gateway: Gateway, wish: object) -> None:
    assert requests.post(f"{gateway.url}/_sandbox/faults", json=wish, timeout=5).status_code == 400


def test_the_log_names_the_fault(gateway: Gateway, shop: stripe.StripeClient) -> None:
    gateway.fault("429")
    with pytest.raises(stripe.RateLimitError):
        shop.v1.customers.create()
    assert gateway.sandbox("requests")[-1]["fault"] == "429"
