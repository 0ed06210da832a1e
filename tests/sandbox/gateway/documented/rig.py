"""The sandbox's gateway in this process: a shop that asks it, and holds every answer against the SDK's types."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import stripe
from flask import Flask
from stripe._encode import _api_encode
from stripe._error_object import ErrorObject

from sandbox.gateway.app import Account, create_app
from tests.gateways import fidelity

CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
ELEMENTS = {"mode": "payment", "currency": "eur", "amount": 1000, "capture_method": "automatic_async"}
HOOK = "https://shop.example/hook"
TYPES: dict[str, Any] = {
    "account": stripe.Account,
    "balance": stripe.Balance,
    "charge": stripe.Charge,
    "confirmation_token": stripe.ConfirmationToken,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payment_method_domain": stripe.PaymentMethodDomain,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "webhook_endpoint": stripe.WebhookEndpoint,
}


@dataclass(frozen=True)
class Behaviour:
    """One thing that Stripe documents. `page` is where, below https://docs.stripe.com/; `says` what, in our words; `show` does it
    and asserts it."""

    id: str
    page: str
    says: str
    show: Callable[[Shop], object]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. Its `doc` was judged by the SDK's types."""

    status: int
    doc: Any
    headers: Any

    def refused(self, status: int = 400, code: str | None = None, param: str | None = None) -> Any:
        """It is that error; the error."""
        assert self.status == status, self.doc
        error = self.doc["error"]
        assert (error.get("code"), error.get("param")) == (code, param), error
        return error


@dataclass
class Gateway:
    """One gateway for many shops. `now` is its clock, in Unix seconds."""

    app: Flask
    accounts: list[Account]
    now: float = 1_795_000_000.0

    def account(self) -> Account:
        number = secrets.token_hex(8)
        self.accounts.append(Account(f"sk_test_{number}", f"pk_test_{number}", "Shop"))
        return self.accounts[-1]


@dataclass
class Shop:
    """A merchant with an account of its own, and `other` of another."""

    gateway: Gateway
    keys: Account
    other: Account

    @property
    def app(self) -> Flask:
        return self.gateway.app

    @property
    def now(self) -> float:
        return self.gateway.now

    # --- requests

    def ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        params: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        body = urlencode([(name, _text(value)) for name, value in _api_encode(params or {})])
        key = self.keys.secret_key if key is None else key
        sent = ({"Authorization": f"Bearer {key}"} if key else {}) | (headers or {})
        if method == "GET":
            got = self.app.test_client().get(path, query_string=body, headers=sent)
        else:
            form = "application/x-www-form-urlencoded"
            got = self.app.test_client().open(path, method=method, data=body, headers=sent, content_type=form)
        doc = json.loads(got.text)
        judge(f"{method} {path}", doc, browser=key == self.keys.publishable_key)
        return Answer(got.status_code, doc, got.headers)

    def post(self, path: str, **params: Any) -> Any:
        """The answer to a POST that succeeds."""
        return _well(self.ask("POST", path, params=params))

    def get(self, path: str, **params: Any) -> Any:
        return _well(self.ask("GET", path, params=params))

    def delete(self, path: str) -> Any:
        return _well(self.ask("DELETE", path))

    def tries(self, path: str, **params: Any) -> Answer:
        """The answer to a POST, whatever it is."""
        return self.ask("POST", path, params=params)

    def keyed(self, key: str, path: str, **params: Any) -> Answer:
        """A POST under an idempotency key."""
        return self.ask("POST", path, params=params, headers={"Idempotency-Key": key})

    def browser(self, method: str, path: str, **params: Any) -> Answer:
        """A request of the page's script."""
        return self.ask(method, path, key=self.keys.publishable_key, params=params)

    # --- what there is

    def customer(self, **params: Any) -> str:
        return str(self.post("/v1/customers", **params)["id"])

    def payment(self, **params: Any) -> Any:
        """An unconfirmed payment of 10 EUR."""
        told = {"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["card"], **params}
        return self.post("/v1/payment_intents", **told)

    def tries_to_pay(self, card: str = "visa", **params: Any) -> Answer:
        """Create and confirm in one; `params` as for a creation."""
        told = {"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["card"], "confirm": True, **params}
        return self.tries("/v1/payment_intents", **({"payment_method": f"pm_card_{card}"} | told))

    def pay(self, card: str = "visa", **params: Any) -> Any:
        return _well(self.tries_to_pay(card, **params))

    def confirm(self, intent: Any, **params: Any) -> Answer:
        noun = "payment_intents" if intent["object"] == "payment_intent" else "setup_intents"
        return self.tries(f"/v1/{noun}/{intent['id']}/confirm", **params)

    def again(self, doc: Any) -> Any:
        """The same object, as it is now."""
        return self.get(f"/v1/{doc['object']}s/{doc['id']}")

    def charge(self, intent: Any) -> Any:
        return self.get(f"/v1/charges/{self.again(intent)['latest_charge']}")

    def refund(self, intent: Any, **params: Any) -> Any:
        return self.post("/v1/refunds", payment_intent=intent["id"], **params)

    def dispute(self, card: str = "createDispute") -> tuple[Any, Any]:
        """A payment with that card, and the dispute about it."""
        paid = self.pay(card)
        (found,) = self.get("/v1/disputes", payment_intent=paid["id"])["data"]
        return paid, found

    def setup(self, **params: Any) -> Any:
        return self.post("/v1/setup_intents", **{"allowed_payment_method_types": ["card"], **params})

    def method(self, card: str = "visa", **params: Any) -> Any:
        return self.post("/v1/payment_methods", type="card", card={"token": f"tok_{card}"}, **params)

    def saved(self, card: str = "visa") -> Any:
        """A means of payment that a customer has kept."""
        return self.post(f"/v1/payment_methods/{self.method(card)['id']}/attach", customer=self.customer())

    def token(self, number: str = CARD["number"], *, elements: Any = None, **params: Any) -> Any:
        """A confirmation token, as the page's script makes it of a typed card."""
        made = {"elements": elements} if elements else {}
        return _well(self.browser("POST", "/v1/confirmation_tokens", card={**CARD, "number": number}, **made, **params))

    def ready_token(self, card: str = "visa", **params: Any) -> str:
        """A confirmation token that a test makes."""
        told = {"payment_method": f"pm_card_{card}", **params}
        return str(self.post("/v1/test_helpers/confirmation_tokens", **told)["id"])

    def proves(self, intent: Any, outcome: str = "passed") -> Any:
        """The buyer answers the bank; the intent after it."""
        secret = {"client_secret": intent["client_secret"]}
        question = self.browser("GET", "/v1/3ds2/challenge", **secret).doc
        self.browser("POST", "/v1/3ds2/authenticate", **secret, attempt=question["attempt"], outcome=outcome)
        return self.again(intent)

    def hook(self, *events: str, **params: Any) -> Any:
        return self.post("/v1/webhook_endpoints", url=HOOK, enabled_events=list(events) or ["*"], **params)

    def events(self) -> list[str]:
        """Types of what has happened so far, oldest first."""
        return [event["type"] for event in self.get("/v1/events", limit=100)["data"]][::-1]

    def event(self, kind: str) -> Any:
        """The newest of this type."""
        return self.get("/v1/events", type=kind)["data"][0]

    def deliveries(self) -> list[Any]:
        """What is on its way to this shop's endpoints, oldest first."""
        lines = json.loads(self.app.test_client().get("/_sandbox/webhooks").text)
        return [line for line in lines if line["endpoint_scope"] == self.keys.id]

    def later(self, seconds: int = 60) -> None:
        self.gateway.now += seconds


@contextmanager
def gateway(folder: Path) -> Iterator[Gateway]:
    """A gateway in this process. Webhooks stay where they are."""
    accounts: list[Account] = []
    made: list[Gateway] = []
    app = create_app(
        database=folder / "gateway.db",
        accounts=accounts,
        public_url="http://gateway.localhost",
        clock=lambda: made[0].now if made else 0.0,
    )
    app.extensions["courier"].stop()
    made.append(Gateway(app, accounts))
    yield made[0]
    app.extensions["store"].close()


@contextmanager
def opened(at: Gateway) -> Iterator[Shop]:
    """A shop with accounts of its own. Afterwards all events that it brought about are judged."""
    shop = Shop(at, at.account(), at.account())
    yield shop
    for event in shop.get("/v1/events", limit=100)["data"]:
        judge(event["type"], event["data"]["object"])


def judge(what: str, doc: Any, *, browser: bool = False) -> None:
    """Hold an answer against the SDK's type of its kind. A browser is shown only some of an intent's fields."""
    if "error" in doc:
        fidelity.check(f"{what}: error", doc["error"], ErrorObject)
    elif doc["object"] in {"list", "search_result"}:
        for each in doc["data"]:
            judge(what, each)
    elif not doc.get("deleted") and doc["object"] in TYPES and not (browser and doc["object"].endswith("_intent")):
        fidelity.check(f"{what}: answer", doc, TYPES[doc["object"]])


def refuses(
    path: str, params: dict[str, Any], code: str | None = None, param: str | None = None, *, status: int = 400
) -> Callable[[Shop], object]:
    """A POST with these parameters is refused so."""
    return lambda shop: shop.tries(path, **params).refused(status, code, param)


def _well(answer: Answer) -> Any:
    assert answer.status == 200, answer.doc
    return answer.doc


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
