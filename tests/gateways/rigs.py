"""What the contract suite needs of a stand-in: cards, the bank's answer, faults, the books. One for each adapter."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import requests
import stripe as sdk
from stripe.params.test_helpers import ConfirmationTokenCreateParams

from sandbox.gateway.app import Account, create_app
from sandbox.serve import Served
from tests.gateways.fidelity import Checked
from tests.gateways.toy import ToyProvider
from tests.gateways.toy_server import Payment, ToyServer
from webapp.domain.outcome import ActionNeeded
from webapp.gateways import stripe
from webapp.gateways.base import Account as Keys
from webapp.gateways.base import Gateway, GatewayProvider
from webapp.gateways.stripe_provider import StripeProvider


class Plastic(StrEnum):
    """Cards by what they do."""

    WORKS = "works"
    WORKS_TOO = "works too"
    DECLINED = "declined"
    NO_FUNDS = "no funds"
    LOST = "lost"
    STOLEN = "stolen"
    FRAUDULENT = "fraudulent"
    EXPIRED = "expired"
    WRONG_CVC = "wrong cvc"
    PROCESSING_ERROR = "processing error"
    ASKS_THE_BANK = "asks the bank"
    ASKS_THEN_NO_FUNDS = "asks, then no funds"
    DECLINES_LATER = "declines when charged later"
    DISPUTED = "pays, and is disputed"


class Fault(StrEnum):
    """What goes wrong on the way to the gateway (BEFORE: nothing was done) or back from it."""

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    ERROR_BEFORE = "500"
    ERROR_AFTER = "500_after"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    TOO_MANY = "429"


class Rig(Protocol):
    """`impatient` waits 0.3 s for an answer, `unknown` shows a key that the gateway does not know. `good` is a `[gateway]` table of a test
    merchant, `wrong` one that cannot be used, with the key that is wrong in it."""

    provider: GatewayProvider
    good: dict[str, object]
    wrong: tuple[dict[str, object], str]
    gateway: Gateway
    impatient: Gateway
    unknown: Gateway
    currency: str

    def token(self, card: Plastic, *, saves: bool = False) -> str:
        """The page's one-time token for a card; `saves` is what the page asked for."""

    def pays(self, intent: str, card: Plastic) -> None:
        """The buyer's part on the gateway's own page, where the card is not typed on ours."""

    def webhook(self, intent: str) -> tuple[bytes, str]:
        """The gateway's news of an intent: the body, and the header that carries the signature."""

    def bank(self, asked: ActionNeeded, *, passed: bool) -> None:
        """The buyer's answer to the bank's question."""

    def fault(self, step: str, fault: Fault) -> None:
        """The next `step` (customer, delete_customer, open, submit, charge, capture, refund) suffers this."""

    def charged(self) -> int:
        """How many charges succeeded."""

    def saved(self) -> int:
        """How many cards are kept for a customer."""

    def returned(self) -> int:
        """How much money went back, in the gateway's units."""

    def knows(self, customer: str) -> bool:
        """Whether the gateway still has that customer."""

    def stop(self) -> None:
        """The gateway is down: connections are refused."""

    def start(self) -> None:
        """It is up again."""


_CARDS = {
    Plastic.WORKS: "pm_card_visa",
    Plastic.WORKS_TOO: "pm_card_mastercard",
    Plastic.DECLINED: "pm_card_visa_chargeDeclined",
    Plastic.NO_FUNDS: "pm_card_visa_chargeDeclinedInsufficientFunds",
    Plastic.LOST: "pm_card_visa_chargeDeclinedLostCard",
    Plastic.STOLEN: "pm_card_visa_chargeDeclinedStolenCard",
    Plastic.FRAUDULENT: "pm_card_radarBlock",
    Plastic.EXPIRED: "pm_card_chargeDeclinedExpiredCard",
    Plastic.WRONG_CVC: "pm_card_chargeDeclinedIncorrectCvc",
    Plastic.PROCESSING_ERROR: "pm_card_chargeDeclinedProcessingError",
    Plastic.ASKS_THE_BANK: "pm_card_authenticationRequired",
    Plastic.ASKS_THEN_NO_FUNDS: "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
    Plastic.DECLINES_LATER: "pm_card_chargeCustomerFail",
    Plastic.DISPUTED: "pm_card_createDispute",
}
_STEPS = {
    "customer": "POST /v1/customers",
    "delete_customer": "DELETE /v1/customers/*",
    "open": "POST /v1/*_intents",
    "submit": "POST /v1/*_intents/*/confirm",
    "charge": "POST /v1/payment_intents",
    "capture": "POST /v1/payment_intents/*/capture",
    "refund": "POST /v1/refunds",
}


@dataclass
class StripeRig:
    """The sandbox's Stripe, over HTTP. Everything said and answered passes `fidelity.Checked`."""

    served: Served
    http: Checked
    provider: GatewayProvider
    gateway: Gateway
    impatient: Gateway
    unknown: Gateway
    client: sdk.StripeClient
    currency: str = "EUR"
    good = {"publishable_key": "pk_test_1", "secret_key": "rk_test_1", "webhook_secrets": ["whsec_1"]}  # noqa: RUF012  # read only
    wrong = {**good, "secret_key": "sk_live_1"}, "secret_key"

    def token(self, card: Plastic, *, saves: bool = False) -> str:
        asked: ConfirmationTokenCreateParams = {"payment_method": _CARDS[card]}
        if saves:
            asked["setup_future_usage"] = "off_session"
        return self.client.v1.test_helpers.confirmation_tokens.create(asked).id

    def pays(self, intent: str, card: Plastic) -> None:  # noqa: ARG002  # never asked
        raise AssertionError("the card is typed on our page")

    def webhook(self, intent: str) -> tuple[bytes, str]:
        event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded"}
        body = json.dumps(event | {"data": {"object": {"id": intent, "object": "payment_intent"}}})
        moment = int(time.time())
        made = hmac.new(b"whsec_new", f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
        return body.encode(), f"t={moment},v1={made}"

    def bank(self, asked: ActionNeeded, *, passed: bool) -> None:
        url, browser = f"{self.served.url}/v1/3ds2", {"Authorization": "Bearer pk_test_shop"}
        secret = {"client_secret": asked.action["clientSecret"]}
        question = requests.get(f"{url}/challenge", params=secret, headers=browser, timeout=5).json()
        answer = secret | {"attempt": question["attempt"], "outcome": "passed" if passed else "failed"}
        requests.post(f"{url}/authenticate", data=answer, headers=browser, timeout=5).raise_for_status()

    def fault(self, step: str, fault: Fault) -> None:
        wish = {"match": _STEPS[step], "kind": fault, "seconds": 0.5, "times": 1}
        requests.post(f"{self.served.url}/_sandbox/faults", json=wish, timeout=5).raise_for_status()

    def charged(self) -> int:
        return sum(charge["status"] == "succeeded" for charge in self._books()["charges"])

    def saved(self) -> int:
        return len(self._books()["payment_methods"])

    def returned(self) -> int:
        return sum(charge["amount_refunded"] for charge in self._books()["charges"])

    def knows(self, customer: str) -> bool:
        known = {"Authorization": "Bearer sk_test_shop"}
        found = requests.get(f"{self.served.url}/v1/customers/{customer}", headers=known, timeout=5).json()
        return found["id"] == customer and not found.get("deleted")

    def stop(self) -> None:
        self.served.stop()

    def start(self) -> None:
        self.served.start()

    def _books(self) -> dict[str, Any]:
        ledger = requests.get(f"{self.served.url}/_sandbox/ledger", timeout=5).json()
        return dict(next(iter(ledger.values())))


@contextmanager
def stripe_rig(folder: Path) -> Iterator[StripeRig]:
    """A gateway of the test's own, with a shop whose webhook secrets are `whsec_new` and `whsec_old`."""
    accounts = [Account("sk_test_shop", "pk_test_shop", "Shop")]
    app = create_app(database=folder / "gateway.db", accounts=accounts, public_url="http://gateway.localhost")
    served = Served(app).start()
    addresses, http = stripe.Addresses(served.url, f"{served.url}/endive/stripe.js"), Checked()
    keys = stripe.Credentials("pk_test_shop", "sk_test_shop", ("whsec_new", "whsec_old"))
    try:
        yield StripeRig(
            served,
            http,
            StripeProvider(addresses),
            gateway=stripe.connect(keys, addresses, http),
            impatient=stripe.connect(keys, addresses, Checked(timeout=(3, 0.3))),
            unknown=stripe.connect(stripe.Credentials("pk_test_x", "sk_test_x", ()), addresses, http),
            client=sdk.StripeClient("sk_test_shop", base_addresses={"api": served.url}, http_client=http),
        )
    finally:
        served.stop()
        for request in [each for each in threading.enumerate() if "process_request_thread" in each.name]:
            request.join(timeout=5)  # one that was made to wait still writes what it did
        app.extensions["courier"].stop()
        app.extensions["store"].close()


@dataclass
class ToyRig:
    """A gateway that is nobody's (tests/gateways/toy.py)."""

    server: ToyServer
    provider: ToyProvider
    gateway: Gateway
    impatient: Gateway
    unknown: Gateway
    currency: str = "EUR"
    good = {"key": "test-1", "webhook_secret": "secret"}  # noqa: RUF012  # read only
    wrong = {"key": "live-1", "webhook_secret": "secret"}, "key"

    def token(self, card: Plastic, *, saves: bool = False) -> str:  # noqa: ARG002  # typed on the gateway's page
        return ""

    def pays(self, intent: str, card: Plastic) -> None:
        self.server.tries(intent, card)

    def webhook(self, intent: str) -> tuple[bytes, str]:
        return self.server.news(intent)

    def bank(self, asked: ActionNeeded, *, passed: bool) -> None:
        self.server.answers_the_bank(asked.intent, passed=passed)

    def fault(self, step: str, fault: Fault) -> None:
        self.server.faults[step] = fault

    def charged(self) -> int:
        return sum(payment.status == "paid" for payment in self._payments())

    def saved(self) -> int:
        return 0

    def returned(self) -> int:
        return sum(refund["amount"] for payment in self._payments() for refund in payment.refunds)

    def knows(self, customer: str) -> bool:
        return customer in self.server.customers

    def stop(self) -> None:
        self.server.served.stop()

    def start(self) -> None:
        self.server.served.start()

    def _payments(self) -> list[Payment]:
        return list({payment.id: payment for payment in self.server.payments.values()}.values())


@contextmanager
def toy_rig(_folder: Path) -> Iterator[ToyRig]:
    """A gateway of the test's own."""
    server = ToyServer("test-shop", "a-secret")
    provider, keys = ToyProvider(server.url), Keys({"key": "test-shop", "webhook_secret": "a-secret"})
    try:
        yield ToyRig(
            server,
            provider,
            gateway=provider.connect(keys),
            impatient=ToyProvider(server.url, timeout=(3, 0.3)).connect(keys),
            unknown=provider.connect(Keys({"key": "test-x", "webhook_secret": "x"})),
        )
    finally:
        server.served.stop()
