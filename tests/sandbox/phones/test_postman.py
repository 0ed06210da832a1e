from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox.phones.conftest import SAM

if TYPE_CHECKING:
    from tests.sandbox.phones.conftest import Product, WhatsApp


def test_the_signature_is_over_the_raw_and_escaped_bytes(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say("10 € https://x.example/é")
    post = product.next("message")
    assert b"\\u20ac" in post.body
    assert b"https:\\/\\/" in post.body
    expected = hmac.new(b"app-secret", post.body, hashlib.sha256).hexdigest()
    assert post.signature == f"sha256={expected}"


def test_a_webhook_is_repeated_until_it_is_taken(whatsapp: WhatsApp, product: Product) -> None:
    product.statuses += ["500 Oops", "204 Nearly"]
    whatsapp.say("10 EUR")
    posts = [product.next("message") for _ in range(3)]
    assert len({post.body for post in posts}) == 1
    assert whatsapp.chat_when("status", "delivered")
    (entry,) = whatsapp.call("GET", "/_sandbox/log").json()
    assert (entry["state"], entry["attempts"]) == ("delivered", 3)


def test_a_webhook_comes_twice_when_told_to(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("faults", kind="webhook_twice")
    whatsapp.say("10 EUR")
    assert product.next("message").body == product.next("message").body


def test_a_lost_webhook_never_comes(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("faults", kind="webhook_lost")
    whatsapp.say("lost")
    whatsapp.say("found")
    assert product.next("message").values[0]["messages"][0]["text"]["body"] == "found"


def test_a_late_webhook_comes_after_what_was_said_later(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("faults", kind="webhook_late", seconds=0.5)
    whatsapp.say("first")
    whatsapp.say("second")
    bodies = [product.next("message").values[0]["messages"][0]["text"]["body"] for _ in range(2)]
    assert bodies == ["second", "first"]


def test_batched_webhooks_come_in_one_post(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("faults", kind="webhook_batched", times=3)
    for words in ("a", "b", "c"):
        whatsapp.say(words)
    values = product.next("message").values
    assert [value["messages"][0]["text"]["body"] for value in values] == ["a", "b", "c"]


def test_a_batch_does_not_wait_for_ever(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.control("faults", kind="webhook_batched", times=9)
    whatsapp.say("alone")
    assert len(product.next("message").values) == 1


def test_a_send_can_be_refused_with_any_code(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    whatsapp.control("faults", kind="send_error", code=131000)
    assert whatsapp.text("Hi").json()["error"]["code"] == 131000
    assert whatsapp.text("Hi").status_code == 200


def test_a_message_can_fail_later_with_any_code(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say()
    whatsapp.control("faults", kind="status_failed", code=131049)
    assert whatsapp.text("Hi").status_code == 200
    assert product.next("failed").values[0]["statuses"][0]["errors"][0]["code"] == 131049


def test_a_token_can_be_refused_once(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    whatsapp.control("faults", kind="401")
    assert [whatsapp.text("Hi").status_code for _ in range(2)] == [401, 200]


def test_a_hung_send_gives_no_answer_and_yet_arrives(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    whatsapp.control("faults", kind="hang", seconds=1)
    body = {"messaging_product": "whatsapp", "to": SAM, "type": "text", "text": {"body": "Hi"}}
    headers = {"Authorization": "Bearer token"}
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{whatsapp.url}/v26.0/1001/messages", json=body, headers=headers, timeout=0.2)
    assert whatsapp.chat_when("from_business", True)[-1]["text"] == "Hi"


def test_faults_that_have_not_struck_can_be_taken_back(whatsapp: WhatsApp) -> None:
    whatsapp.control("faults", kind="send_error", times=5)
    whatsapp.call("DELETE", "/_sandbox/faults")
    assert whatsapp.call("GET", "/_sandbox/faults").json() == []


def test_a_webhook_that_answers_the_challenge_is_verified(whatsapp: WhatsApp) -> None:
    assert whatsapp.control("verify-webhook") == {"verified": True, "why": ""}


def test_the_postman_answers_at_once(whatsapp: WhatsApp, product: Product) -> None:
    start = time.monotonic()
    whatsapp.say("quick")
    product.next("message")
    assert time.monotonic() - start < 2
