from __future__ import annotations

import queue
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import stripe
from flask import Flask, request

from sandbox.gateway import courier
from sandbox.gateway.app import create_app
from sandbox.serve import Served
from tests.sandbox.gateway.conftest import SHOP, Gateway


@dataclass
class Backend:
    """Receives webhooks, verifies them with the SDK, and answers with the statuses it is given, then 200."""

    url: str = ""
    secret: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: queue.Queue[tuple[str, str]] = field(default_factory=queue.Queue)

    def hear(self) -> tuple[str, int]:
        event = stripe.Webhook.construct_event(request.data, request.headers["Stripe-Signature"], self.secret)
        self.heard.put((event.id, event.type))
        return "", self.statuses.pop(0) if self.statuses else 200

    def wait(self, count: int) -> list[tuple[str, str]]:
        return [self.heard.get(timeout=10) for _ in range(count)]


@pytest.fixture
def backend(gateway: Gateway) -> Iterator[Backend]:
    ears = Backend()
    app = Flask("backend")
    app.add_url_rule("/hook", "hear", ears.hear, methods=["POST"])
    served = Served(app).start()
    ears.url = f"{served.url}/hook"
    yield ears
    served.stop()


def listen(gateway: Gateway, backend: Backend, *events: Any, **more: Any) -> stripe.WebhookEndpoint:
    params: Any = {"url": backend.url, "enabled_events": list(events) or ["*"], **more}
    endpoint = gateway.client().v1.webhook_endpoints.create(params)
    backend.secret = endpoint.secret or ""
    return endpoint


def release(gateway: Gateway, **wish: Any) -> list[str]:
    answer = requests.post(f"{gateway.url}/_sandbox/webhooks/release", json=wish, timeout=30).json()
    return [sent["type"] for sent in answer["delivered"]]


def test_a_payment_is_told_by_signed_events(gateway: Gateway, backend: Backend) -> None:
    listen(gateway, backend)
    gateway.confirm(gateway.payment().id)
    types = {kind for _, kind in backend.wait(3)}
    assert types == {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}


def test_an_endpoint_hears_only_what_it_asked_for(gateway: Gateway, backend: Backend) -> None:
    listen(gateway, backend, "payment_intent.payment_failed")
    gateway.refused(gateway.payment().id, "visa_chargeDeclined")
    assert [kind for _, kind in backend.wait(1)] == ["payment_intent.payment_failed"]
    assert len(gateway.sandbox("webhooks")) == 1


def test_the_secret_is_told_once(gateway: Gateway, backend: Backend, shop: stripe.StripeClient) -> None:
    endpoint = listen(gateway, backend)
    assert (endpoint.secret or "").startswith("whsec_")
    assert "secret" not in shop.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()


def test_a_failed_delivery_is_repeated_with_the_same_id(
    gateway: Gateway, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "RETRIES", (0.01, 0.01))
    backend.statuses = [500, 302]
    listen(gateway, backend, "payment_intent.created")
    gateway.payment()
    assert len({identity for identity, _ in backend.wait(3)}) == 1


def test_what_a_kill_interrupted_is_delivered_after_a_restart(gateway: Gateway, backend: Backend) -> None:
    listen(gateway, backend, "payment_intent.created")
    gateway.fault("webhook_hold")
    gateway.payment()
    with closing(sqlite3.connect(gateway.database)) as database, database:
        database.execute("UPDATE deliveries SET state = 'sending'")
    again = create_app(database=gateway.database, accounts=[SHOP], public_url="http://gateway.localhost")
    assert [kind for _, kind in backend.wait(1)] == ["payment_intent.created"]
    again.extensions["courier"].stop()


def test_a_lost_event_is_recorded_and_never_sent(gateway: Gateway, backend: Backend) -> None:
    listen(gateway, backend, "payment_intent.created")
    gateway.fault("webhook_lost", "payment_intent.created")
    gateway.payment()
    gateway.payment()
    backend.wait(1)
    assert gateway.sandbox("webhooks")[0]["state"] == "lost"
    assert len(gateway.client().v1.events.list({"type": "payment_intent.created"}).data) == 2


def test_an_event_may_come_twice(gateway: Gateway, backend: Backend) -> None:
    listen(gateway, backend, "payment_intent.created")
    gateway.fault("webhook_twice")
    gateway.payment()
    assert len(set(backend.wait(2))) == 1


def test_held_events_come_in_the_order_asked_and_as_often(gateway: Gateway, backend: Backend) -> None:
    listen(gateway, backend, "payment_intent.created", "payment_intent.succeeded")
    gateway.fault("webhook_hold")
    gateway.confirm(gateway.payment().id)
    assert backend.heard.empty()
    sent = release(gateway, order="reverse", repeat=2)
    assert sent == ["payment_intent.succeeded", "payment_intent.created"] * 2
    assert backend.heard.qsize() == 4


def test_events_of_a_connected_account_reach_the_platform_that_asked_for_them(
    gateway: Gateway, backend: Backend
) -> None:
    listen(gateway, backend, connect=True)
    gateway.client(account="acct_connected1").v1.customers.create()
    backend.wait(1)
    (event,) = gateway.client(account="acct_connected1").v1.events.list().data
    assert event.account == "acct_connected1"


def test_saving_and_forgetting_a_card_are_told(gateway: Gateway, customer: str) -> None:
    shop = gateway.client()
    paid = gateway.confirm(gateway.payment(customer=customer).id, setup_future_usage="off_session")
    shop.v1.payment_methods.detach(str(paid.payment_method))
    wanted = ["payment_method.attached", "payment_method.detached"]
    types = [event.type for event in shop.v1.events.list({"types": wanted}).data]
    assert types == wanted[::-1]
