"""A gateway of the test's own, spoken to through the real stripe SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from sandbox.gateway.app import Account, create_app
from sandbox.serve import Served

SHOP = Account("sk_test_shop_0001", "pk_test_shop_0001", "Café Lumière")
OTHER = Account("sk_test_other_0002", "pk_test_other_0002", "Another shop")


@dataclass
class Clock:
    """Unix seconds that only a test moves."""

    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Gateway:
    """The served gateway, and what tests do with it."""

    url: str
    database: Path
    clock: Clock = field(default_factory=Clock)

    def client(
        self, key: str = SHOP.secret_key, *, account: str | None = None, timeout: float = 10
    ) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            stripe_account=account,
            base_addresses={"api": self.url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    def token(self, card: str = "visa", *, usage: str | None = None) -> str:
        """A confirmation token of one of Stripe's ready-made test cards."""
        params: Any = {"payment_method": f"pm_card_{card}"} | ({"setup_future_usage": usage} if usage else {})
        return self.client().v1.test_helpers.confirmation_tokens.create(params).id

    def payment(self, **more: Any) -> stripe.PaymentIntent:
        """An unconfirmed payment of 10 EUR."""
        params: Any = {"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["card"], **more}
        return self.client().v1.payment_intents.create(params)

    def confirm(self, intent: str, card: str = "visa", **more: Any) -> stripe.PaymentIntent:
        params: Any = {"confirmation_token": self.token(card), **more}
        return self.client().v1.payment_intents.confirm(intent, params)

    def refused(self, intent: str, card: str, **more: Any) -> stripe.CardError:
        """Confirm with a card that is declined; the error."""
        with pytest.raises(stripe.CardError) as caught:
            self.confirm(intent, card, **more)
        return caught.value

    def fault(self, kind: str, match: str = "*", **more: Any) -> None:
        assert requests.post(f"{self.url}/_sandbox/faults", json={"kind": kind, "match": match, **more}, timeout=5).ok

    def sandbox(self, path: str) -> Any:
        return requests.get(f"{self.url}/_sandbox/{path}", timeout=5).json()

    def ledger(self) -> Any:
        return self.sandbox("ledger")[SHOP.id]

    def answer(self, intent: Any, outcome: str) -> Any:
        """Answer the bank's question as the gateway's frame does."""
        secret = {"client_secret": intent.client_secret}
        key = {"Authorization": f"Bearer {SHOP.publishable_key}"}
        asked = requests.get(f"{self.url}/v1/3ds2/challenge", secret, headers=key, timeout=5).json()
        body = {**secret, "attempt": asked.get("attempt"), "outcome": outcome}
        return requests.post(f"{self.url}/v1/3ds2/authenticate", body, headers=key, timeout=5).json()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    clock = Clock()
    database = tmp_path / "gateway.db"
    app = create_app(database=database, accounts=[SHOP, OTHER], public_url="http://gateway.localhost", clock=clock)
    served = Served(app).start()
    yield Gateway(served.url, database, clock)
    served.stop()
    app.extensions["courier"].stop()


@pytest.fixture
def shop(gateway: Gateway) -> stripe.StripeClient:
    return gateway.client()


@pytest.fixture
def customer(shop: stripe.StripeClient) -> str:
    return shop.v1.customers.create({"email": "buyer@example.com"}).id
