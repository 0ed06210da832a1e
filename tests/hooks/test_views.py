"""Webhooks in: only what is signed is stored, and 200 means stored."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.hooks.posts import stripe_post, whatsapp_post
from tests.kit import OPERATOR, Shop, browser
from webapp.db import models
from webapp.db.session import Database
from webapp.web import services as web_services

if TYPE_CHECKING:
    from flask import Flask

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
}


def batch(count: int, number: str) -> bytes:
    messages: list[dict[str, Any]] = [
        {"id": f"wamid.{n}", "from": OPERATOR[1:], "timestamp": "1795514400", "type": "text", "text": {"body": "HELP"}}
        for n in range(count)
    ]
    value = {"metadata": {"phone_number_id": number}, "messages": messages}
    return json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()


def number(shop: Shop) -> str:
    return str(shop.one(models.Merchant).phone_number_id)


def test_a_signed_gateway_event_is_stored_once(app: Flask, shop: Shop) -> None:
    assert [stripe_post(app, json.dumps(EVENT)).status_code for _ in range(3)] == [200] * 3
    event = shop.one(models.InboxEvent)
    assert event.payload == {
        "type": "payment_intent.succeeded",
        "intent": "pi_1",
        "account": None,
        "after_payment": False,
        "payment_method": None,
    }


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "whsec_other"}, {"merchant": "nobody"}, {"age": 301}, {"age": -302}, {"age": -31_536_000}],
)
def test_what_is_not_signed_by_the_merchant_s_gateway_is_refused_and_not_stored(
    app: Flask, shop: Shop, wrong: dict[str, Any]
) -> None:
    answer = stripe_post(app, json.dumps(EVENT), **wrong)
    assert (answer.status_code, answer.text) == (401, "signature refused\n")
    assert shop.all(models.InboxEvent) == []


@pytest.mark.parametrize("wrong", [{"secret": "other"}, {"merchant": "nobody"}])
def test_what_is_not_signed_by_meta_is_refused_and_not_stored(app: Flask, shop: Shop, wrong: dict[str, Any]) -> None:
    answer = whatsapp_post(app, batch(1, number(shop)), **wrong)
    assert (answer.status_code, answer.text) == (401, "signature refused\n")
    assert shop.all(models.InboxEvent) == []


@pytest.mark.parametrize("path", ["/hooks/stripe/cafe", "/hooks/whatsapp/cafe"])
def test_no_signature_at_all_is_refused(app: Flask, shop: Shop, path: str) -> None:
    assert browser(app).post(path, data="{}").status_code == 401


def test_a_clock_that_is_a_little_ahead_is_no_reason_to_refuse(app: Flask, shop: Shop) -> None:
    assert stripe_post(app, json.dumps(EVENT), age=-290).status_code == 200


def test_signs_that_no_database_keeps_lose_no_message(app: Flask, shop: Shop) -> None:
    """Meta sends a refused body again for days, with all that others wrote: what a buyer types must not bring that about."""
    message = {
        "id": "wamid.\ud800",
        "from": OPERATOR[1:],
        "timestamp": "\0",
        "type": "text",
        "text": {"body": "\0\udfff"},
    }
    value = {"metadata": {"phone_number_id": number(shop)}, "messages": [message]}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    assert [whatsapp_post(app, body).status_code for _ in range(2)] == [200, 200]
    assert shop.one(models.InboxEvent).payload["message"]["text"] == {"body": "\ufffd\ufffd"}


def test_a_batch_of_a_thousand_messages_is_stored_whole_and_a_repeat_adds_nothing(app: Flask, shop: Shop) -> None:
    body = batch(1000, number(shop))
    assert [whatsapp_post(app, body).status_code for _ in range(2)] == [200, 200]
    assert len(shop.all(models.InboxEvent)) == 1000


def test_of_a_larger_body_a_part_is_stored_each_time_it_comes_until_all_is(app: Flask, shop: Shop) -> None:
    body, answers, stored = batch(2500, number(shop)), [], []
    for _ in range(4):
        answer = whatsapp_post(app, body)
        answers.append((answer.status_code, answer.headers.get("Retry-After"), answer.text))
        stored.append(len(shop.all(models.InboxEvent)))
    again = "events are stored: send the same body again\n"
    assert answers == [(503, "1", f"1000 of 2500 {again}"), (503, "1", f"2000 of 2500 {again}"), *[(200, None, "")] * 2]
    assert stored == [1000, 2000, 2500, 2500]


def test_signed_nonsense_is_400(app: Flask, shop: Shop) -> None:
    assert whatsapp_post(app, b"not JSON").status_code == 400
    assert shop.all(models.InboxEvent) == []


def test_a_database_that_fails_is_no_false_acknowledgement(app: Flask, shop: Shop) -> None:
    down = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    web_services.install(app, dataclasses.replace(web_kit_of(app), database=down))
    assert stripe_post(app, json.dumps(EVENT)).status_code == 503
    assert whatsapp_post(app, batch(1, "1")).status_code == 503
    down.close()


def web_kit_of(app: Flask) -> Any:
    return app.extensions[web_services.EXTENSION]


@pytest.mark.parametrize(("token", "status"), [("a-verify-token", 200), ("another", 401)])
def test_meta_s_question_is_answered_for_who_knows_the_verify_token(app: Flask, token: str, status: int) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "12345"}
    answer = browser(app).get("/hooks/whatsapp/cafe", query_string=query)
    assert (answer.status_code, answer.text == "12345") == (status, status == 200)


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "null",
        "{}",
        '{"id": 1}',
        json.dumps(EVENT | {"data": None}),
        *(
            json.dumps(EVENT | {name: f"a{sign}b"})
            for name in ("id", "type", "account")
            for sign in ("\0", "\ud800", "\udfff")
        ),
        *(
            json.dumps(EVENT | {"data": {"object": {"object": kind, "id": "x\ud800"}}})
            for kind in ("setup_intent", "payment_method")
        ),
        json.dumps(EVENT | {"data": {"object": {"object": "refund", "payment_intent": "pi_\0"}}}),
        "[" * 99,
    ],
)
def test_a_signed_gateway_event_of_no_known_shape_is_400(app: Flask, shop: Shop, body: str) -> None:
    assert (stripe_post(app, body).status_code, shop.all(models.InboxEvent)) == (400, [])


def test_a_signature_or_a_merchant_that_cannot_be_is_refused_like_any_other(app: Flask, shop: Shop) -> None:
    odd = {"Stripe-Signature": f"t={int(time.time())},v1=\u00e9"}
    assert browser(app).post("/hooks/stripe/cafe", data="{}", headers=odd).status_code == 401
    for name in ("stripe", "whatsapp"):
        assert browser(app).post(f"/hooks/{name}/a%00b", data="{}").status_code in {401, 404}


def test_a_card_number_that_is_typed_in_the_chat_is_stored_nowhere(app: Flask, shop: Shop) -> None:
    for sender in (OPERATOR[1:], "33655555555"):
        message = {
            "id": f"wamid.{sender}",
            "from": sender,
            "timestamp": str(int(shop.clock().timestamp())),
            "type": "text",
        }
        message["text"] = {"body": "10 EUR +33612345678 4242 4242 4242 4242"}  # type: ignore[assignment]
        value = {"metadata": {"phone_number_id": number(shop)}, "messages": [message]}
        body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
        assert whatsapp_post(app, body).status_code == 200
    shop.drain()
    assert "4242 4242" not in str(shop.dump())
    assert any("Never write a card number" in str(message) for message in shop.place.sent)
