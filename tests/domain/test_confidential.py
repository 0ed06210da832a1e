"""What a log must not hold is taken out by its form, and what people need to find something again stays."""

from __future__ import annotations

import pytest

from tests.confidences import HIDDEN, ORDER
from webapp.domain import confidential, ids


@pytest.mark.parametrize("what", HIDDEN)
def test_it_is_taken_out(what: str) -> None:
    text, canary = HIDDEN[what]
    assert canary in text
    assert canary not in confidential.hidden(text)


@pytest.mark.parametrize(
    "text",
    [
        f"order {ORDER}: paid by gateway",
        f"attempts {ids.new('att')} failed 3 times and is tried again in 0:00:05: the gateway is busy",
        "POST /v1/payment_intents/pi_3NabcDEF/confirm: 200 in 123 ms, Request-Id req_8Kd2jf93k",
        "2026-11-30 10:00:00,000 ERROR webapp.app: unexpected",
        "state: authorised; code: card_declined; https://shop.example/orders answers",
        'File "/srv/ordo/webapp/services/payments/checkout.py", line 91, in idle_in_transaction_session_timeout_and_more_words',
        "12.50 EUR of 2026-11-30, 1,000,000 rows in 0:10:00.123456",
    ],
)
def test_what_is_needed_stays(text: str) -> None:
    assert confidential.hidden(text) == text
