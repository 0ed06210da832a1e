"""Answers that no stand-in gives on demand: the network's edge of the stripe SDK, with what it should read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import stripe as sdk

from webapp.gateways import stripe
from webapp.gateways.base import Gateway, Purchase, SavedPaymentMethod

PURCHASE = Purchase("ord_1", "demo", 1000, "EUR", False, "cus_1", "A12", "")
PAYMENT_METHOD = SavedPaymentMethod("cus_1", "pm_1")
NOWHERE = stripe.Addresses("http://127.0.0.1:9", "http://127.0.0.1:9/endive/stripe.js")
KEYS = stripe.Credentials("pk_test_shop", "sk_test_shop", ("whsec_new", "whsec_old"))


class Canned(sdk.HTTPClient):
    """Gives its answers in turn; `sent` holds the bodies that it got."""

    name = "canned"

    def __init__(self, *answers: tuple[int, Any]) -> None:
        super().__init__()
        self._answers = list(answers)
        self.sent: list[str] = []

    def request(  # type: ignore[override]  # as the SDK's own clients, which differ from their base
        self,
        method: str,  # noqa: ARG002
        url: str,  # noqa: ARG002
        headers: Mapping[str, str] | None,  # noqa: ARG002
        post_data: Any = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        self.sent.append(post_data or "")
        status, body = self._answers.pop(0)
        return body if isinstance(body, bytes) else json.dumps(body).encode(), status, {"request-id": "req_1"}


def gateway(*answers: tuple[int, Any]) -> Gateway:
    """An adapter whose gateway answers just this."""
    return stripe.connect(KEYS, NOWHERE, Canned(*answers))


def error(status: int, **fields: Any) -> tuple[int, Any]:
    """Stripe's answer to a call that failed."""
    return status, {"error": {"type": "invalid_request_error", "message": "No.", **fields}}


def intent(status: str, **fields: Any) -> dict[str, Any]:
    """As much of a payment intent as the adapter reads."""
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "status": status,
        "amount": 1000,
        "amount_received": 1000,
        "client_secret": "pi_1_secret_1",
        "currency": "eur",
        "customer": "cus_1",
        "last_payment_error": None,
        "metadata": {},
        "payment_method": None,
        "setup_future_usage": None,
        **fields,
    }


def submit(to: Gateway, *, save: bool = False) -> Any:
    """Confirm `pi_1`."""
    return to.submit("pi_1", token="ctoken_1", save=save, key="att_1", return_url="https://x.example", mandate="")
