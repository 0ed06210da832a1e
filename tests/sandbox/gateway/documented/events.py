"""Events, and the endpoints that are told of them."""

from __future__ import annotations

import json
import time

import pytest
import stripe

from sandbox.gateway import courier
from tests.sandbox.gateway.documented.rig import HOOK, Behaviour, Shop, refuses

_HOOKS, _WEBHOOKS, _EVENTS = "api/webhook_endpoints", "webhooks", "api/events"
_PATH = "/v1/webhook_endpoints"


def types_told(shop: Shop) -> list[str]:
    """What is on its way to endpoints."""
    names = {event["id"]: event["type"] for event in shop.get("/v1/events", limit=100)["data"]}
    return [names[line["event"]] for line in shop.deliveries()]


def subscribed(shop: Shop) -> None:
    shop.hook("payment_intent.succeeded", "charge.refunded")
    shop.refund(shop.pay())
    assert types_told(shop) == ["payment_intent.succeeded", "charge.refunded"]


def each_its_own(shop: Shop) -> None:
    one, other = shop.hook("refund.created"), shop.hook("payment_intent.created")
    shop.refund(shop.pay())
    assert [line["endpoint"] for line in shop.deliveries()] == [other["id"], one["id"]]


def everything(shop: Shop) -> None:
    shop.hook("*")
    shop.refund(shop.pay())
    assert types_told(shop) == shop.events()


def not_before(shop: Shop) -> None:
    shop.pay()
    shop.hook("*")
    assert shop.deliveries() == []


def disabled(shop: Shop) -> None:
    hook = shop.hook("*")
    assert shop.post(f"{_PATH}/{hook['id']}", disabled=True)["status"] == "disabled"
    shop.pay()
    assert shop.deliveries() == []


def deleted(shop: Shop) -> None:
    hook = shop.hook("*")
    assert shop.delete(f"{_PATH}/{hook['id']}") == {"id": hook["id"], "object": "webhook_endpoint", "deleted": True}
    shop.pay()
    assert shop.deliveries() == []


def changed(shop: Shop) -> None:
    hook = shop.hook("refund.created")
    shop.post(f"{_PATH}/{hook['id']}", enabled_events=["payment_intent.created"])
    shop.refund(shop.pay())
    assert types_told(shop) == ["payment_intent.created"]


def secret_once(shop: Shop) -> None:
    hook = shop.hook("*")
    assert hook["secret"].startswith("whsec_")
    assert "secret" not in shop.get(f"{_PATH}/{hook['id']}")
    assert all("secret" not in each for each in shop.get(_PATH)["data"])


def signs(shop: Shop) -> None:
    body, at = json.dumps({"id": "evt_1", "object": "event"}), int(time.time())
    header = courier.signature("whsec_x", body, at)
    assert header.startswith(f"t={at},v1=")
    assert stripe.WebhookSignature.verify_header(body, header, "whsec_x", 300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(f"{body} ", header, "whsec_x", 300)


def old_signatures(shop: Shop) -> None:
    header = courier.signature("whsec_x", "{}", int(time.time()) - 301)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header("{}", header, "whsec_x", 300)


def shape(shop: Shop) -> None:
    shop.hook("payment_intent.created")
    intent = shop.keyed("my-key", "/v1/payment_intents", amount=1000, currency="eur")
    event = shop.event("payment_intent.created")
    assert event["data"]["object"] == intent.doc
    assert event["request"] == {"id": intent.headers["Request-Id"], "idempotency_key": "my-key"}
    assert (event["pending_webhooks"], event["livemode"], event["api_version"]) == (1, False, "2026-10-28.endive")


def snapshot(shop: Shop) -> None:
    intent = shop.payment()
    shop.confirm(intent, payment_method="pm_card_visa")
    assert shop.event("payment_intent.created")["data"]["object"]["status"] == "requires_payment_method"
    assert shop.event("payment_intent.succeeded")["data"]["object"]["status"] == "succeeded"


def by_types(shop: Shop) -> None:
    shop.pay()
    wanted = ["charge.succeeded", "payment_intent.succeeded"]
    found = [each["type"] for each in shop.get("/v1/events", types=wanted)["data"]]
    assert sorted(found) == wanted


def one_event(shop: Shop) -> None:
    shop.customer()
    (event,) = shop.get("/v1/events")["data"]
    assert shop.get(f"/v1/events/{event['id']}") == event


def connect(shop: Shop) -> None:
    shop.hook("*", connect=True)
    shop.customer()
    shop.ask("POST", "/v1/customers", headers={"Stripe-Account": "acct_connected1"})
    (line,) = shop.deliveries()
    event = shop.ask("GET", f"/v1/events/{line['event']}", headers={"Stripe-Account": "acct_connected1"}).doc
    assert event["account"] == "acct_connected1"


def declined(shop: Shop) -> None:
    shop.tries_to_pay("chargeDeclinedExpiredCard")
    assert shop.events() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def paid(shop: Shop) -> None:
    shop.pay()
    assert shop.events() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def asked(shop: Shop) -> None:
    shop.pay("authenticationRequired")
    assert shop.events()[-1] == "payment_intent.requires_action"


def cancelled(shop: Shop) -> None:
    shop.post(f"/v1/payment_intents/{shop.payment()['id']}/cancel")
    assert shop.events()[-1] == "payment_intent.canceled"


BEHAVIOURS = (
    Behaviour("hook-subscribed", _HOOKS, "An endpoint is told of what it asked for, and of nothing else.", subscribed),
    Behaviour("hook-own", _HOOKS, "Each endpoint has a list of its own.", each_its_own),
    Behaviour("hook-star", _HOOKS, "A star is everything.", everything),
    Behaviour("hook-not-before", _WEBHOOKS, "What was before an endpoint is not told to it.", not_before),
    Behaviour("hook-disabled", f"{_HOOKS}/update", "One that is disabled is told nothing.", disabled),
    Behaviour("hook-deleted", f"{_HOOKS}/delete", "Nor is one that is deleted.", deleted),
    Behaviour("hook-changed", f"{_HOOKS}/update", "Another list replaces the first.", changed),
    Behaviour("hook-secret", f"{_HOOKS}/object", "The secret is told when an endpoint is made, and never again.", secret_once),
    Behaviour("hook-no-events", f"{_HOOKS}/create", "An event is named.",
              refuses(_PATH, {"url": HOOK}, "parameter_missing", "enabled_events")),
    Behaviour("hook-unknown-event", f"{_HOOKS}/create", "An event that is none is refused.",
              refuses(_PATH, {"url": HOOK, "enabled_events": ["tea.ready"]}, None, "enabled_events[0]")),
    Behaviour("hook-url", f"{_HOOKS}/create", "An address has its scheme.",
              refuses(_PATH, {"url": "shop.example", "enabled_events": ["*"]}, "url_invalid", "url")),
    Behaviour("hook-signature", "webhooks/signature", "The signature is over the moment and the very body.", signs),
    Behaviour("hook-signature-old", "webhooks/signature", "One that is older than five minutes is not taken.", old_signatures),
    Behaviour("event-shape", f"{_EVENTS}/object", "An event names its request, its key, its version, and who waits for it.", shape),
    Behaviour("event-snapshot", f"{_EVENTS}/object", "It has the object as it was then.", snapshot),
    Behaviour("event-types", f"{_EVENTS}/list", "Events are listed by types.", by_types),
    Behaviour("event-one", f"{_EVENTS}/retrieve", "One is read again.", one_event),
    Behaviour("event-connect", "connect/webhooks", "A connected account's events go to endpoints for those, with its name.", connect),
    Behaviour("event-paid", f"{_EVENTS}/types", "A payment is told in three steps.", paid),
    Behaviour("event-declined", f"{_EVENTS}/types", "A decline is, too.", declined),
    Behaviour("event-asked", f"{_EVENTS}/types", "The bank's question is told.", asked),
    Behaviour("event-cancelled", f"{_EVENTS}/types", "A cancellation is told.", cancelled),
)  # fmt: skip
