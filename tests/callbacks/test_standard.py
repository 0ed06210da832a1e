"""Callbacks as Standard Webhooks 1.0: what we sign, the standard's own library verifies."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from webapp.callbacks import standard

AT = datetime(2026, 11, 24, 10, 0, 0, tzinfo=UTC)


def test_a_signed_callback_is_verified_by_the_library() -> None:
    secret, content = standard.new_secret(), standard.body("order.paid", AT, {"what": "2 pizzas à l’ail 🍕"})
    headers = standard.sign("msg_1", datetime.now(UTC), content, [secret])
    assert Webhook(secret).verify(content.encode(), headers)["data"] == {"what": "2 pizzas à l’ail 🍕"}


def test_the_signature_is_the_one_of_the_reference_libraries_tests() -> None:
    # standard-webhooks, libraries/*/tests: the vector that all of them share
    at, secret = datetime.fromtimestamp(1614265330, UTC), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = standard.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}', [secret])
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("known", [0, 1])
def test_while_a_secret_is_replaced_a_receiver_needs_to_know_one(known: int) -> None:
    secrets = [standard.new_secret(), standard.new_secret()]
    headers = standard.sign("msg_1", datetime.now(UTC), "{}", secrets)
    assert Webhook(secrets[known]).verify("{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(standard.new_secret()).verify("{}", headers)


@pytest.mark.parametrize("change", [{"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}])
def test_an_altered_header_or_body_is_not_verified(change: dict[str, str]) -> None:
    secret = standard.new_secret()
    headers = standard.sign("msg_1", datetime.now(UTC), "{}", [secret])
    for body, given in (("{}", headers | change), ("{ }", headers)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, given)


def test_every_try_is_signed_with_its_own_time_under_the_same_id() -> None:
    secret = standard.new_secret()
    first, second = (standard.sign("msg_1", AT + timedelta(hours=n), "{}", [secret]) for n in (0, 1))
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 3600
    assert first["webhook-signature"] != second["webhook-signature"]


def test_a_time_of_another_zone_is_signed_as_the_moment_that_it_is() -> None:
    secret, paris = standard.new_secret(), timezone(timedelta(hours=1))
    assert standard.sign("msg_1", AT.astimezone(paris), "{}", [secret]) == standard.sign("msg_1", AT, "{}", [secret])
    assert standard.body("t", AT.astimezone(paris), {}) == standard.body("t", AT, {})


def test_the_body_is_the_same_bytes_each_time_and_says_when_it_happened() -> None:
    data = {"b": 1, "a": None, "é": "¥"}
    content = standard.body("order.paid", AT, data)
    assert content == standard.body("order.paid", AT, dict(data))
    assert content == '{"type":"order.paid","timestamp":"2026-11-24T10:00:00Z","data":{"b":1,"a":null,"é":"¥"}}'
    assert json.loads(content)["data"] == data


def test_a_new_secret_has_the_size_that_the_standard_asks_for_and_is_new() -> None:
    secrets = {standard.new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(standard.is_secret(secret) for secret in secrets)


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("whsec_" + base64.b64encode(bytes(24)).decode(), True),
        ("whsec_" + base64.b64encode(bytes(64)).decode(), True),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), False),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), False),
        (base64.b64encode(bytes(32)).decode(), False),
        ("whsec_not base64 at all, though long enough", False),
        ("whsec_é", False),
        ("whsec_", False),
    ],
)
def test_a_secret_that_can_be_guessed_or_read_is_told(secret: str, expected: bool) -> None:
    assert standard.is_secret(secret) is expected
