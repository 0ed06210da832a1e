"""Bodies that are no order: refused with a code and words, and nothing is left of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api import hostile
from tests.api.backend import ORDER, Backend
from webapp.db import models

if TYPE_CHECKING:
    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FIELDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no reference": ({"reference": None}, "/reference", "wrong_type"),
    "an empty one": ({"reference": ""}, "/reference", "too_short"),
    "a long one": ({"reference": "x" * 65}, "/reference", "too_long"),
    "one of marks alone": ({"reference": '"'}, "/reference", "bad_reference"),
    "an amount as a text": ({"amount": "1250"}, "/amount", "wrong_type"),
    "an amount as a fraction": ({"amount": 12.5}, "/amount", "wrong_type"),
    "an amount beyond all numbers": ({"amount": 1e300}, "/amount", "too_large"),
    "true as an amount": ({"amount": True}, "/amount", "wrong_type"),
    "nothing to pay": ({"amount": 0}, "/amount", "too_small"),
    "less than nothing": ({"amount": -1}, "/amount", "too_small"),
    "thirteen digits": ({"amount": 10**12}, "/amount", "too_large"),
    "no such currency": ({"currency": "XYZ"}, "/currency", "unknown_currency"),
    "small letters": ({"currency": "eur"}, "/currency", "wrong_form"),
    "a phone without its country": ({"buyer": {"phone": "0612345678"}}, "/buyer/phone", "wrong_form"),
    "a phone that is none": ({"buyer": {"phone": "+3361234567"}}, "/buyer/phone", "bad_phone"),
    "an address that is none": ({"buyer": {"email": "buyer@"}}, "/buyer/email", "bad_email"),
    "a buyer's unknown field": ({"buyer": {"name": "Ada"}}, "/buyer/name", "unknown_field"),
    "a buyer as a list": ({"buyer": []}, "/buyer", "wrong_type"),
    "an unknown action": ({"action": "payment"}, "/action", "unknown_value"),
    "an unknown language": ({"language": "tlh"}, "/language", "unknown_value"),
    "a link for ever": ({"expires_in_days": 91}, "/expires_in_days", "too_large"),
    "yes as a text": ({"manual_capture": "true"}, "/manual_capture", "wrong_type"),
    "one as yes": ({"manual_capture": 1}, "/manual_capture", "wrong_type"),
    "a rate of three digits": ({"tax_rate": "100"}, "/tax_rate", "wrong_form"),
    "a rate as a number": ({"tax_rate": 20}, "/tax_rate", "wrong_type"),
    "a slash in a name": ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
}


def test_a_body_that_is_not_one_object_is_refused(backend: Backend, shop: Shop) -> None:
    for name, (body, code) in hostile.BODIES.items():
        answer = backend.client.post(
            "/api/v1/orders",
            data=body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {backend.token}", "Idempotency-Key": "k"},
        )
        assert (answer.get_json()["code"], answer.mimetype) == (code, "application/problem+json"), name
        assert answer.status_code == answer.get_json()["status"] < 500, name
        assert "4242" not in answer.text, name
    assert shop.all(models.Order) == shop.all(models.IdempotentRequest) == []


def test_json_comes_as_json(backend: Backend) -> None:
    for kind in hostile.TYPES.values():
        answer = backend.client.post(
            "/api/v1/orders",
            data=json.dumps(ORDER),
            content_type=kind,
            headers={"Authorization": f"Bearer {backend.token}", "Idempotency-Key": "k"},
        )
        assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type"), kind


def test_each_wrong_field_is_named(backend: Backend, shop: Shop) -> None:
    for name, (fields, pointer, code) in FIELDS.items():
        answer = backend.post("/orders", ORDER | fields)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_fields"), (name, answer.text)
        assert [(each["pointer"], each["code"]) for each in answer.get_json()["errors"]] == [(pointer, code)], name
    assert shop.all(models.Order) == []


def test_a_parameter_that_is_wrong_is_named(backend: Backend) -> None:
    for query, code in {
        "limit=0": "bad_parameters",
        "limit=many": "bad_parameters",
        "state=gone": "bad_parameters",
        "sort=up": "bad_parameters",
        "limit=1&limit=2": "repeated_parameter",
        "after=nonsense": "bad_cursor",
        "after=WzEsMl0": "bad_cursor",
        "after=" + "W" * 200: "bad_cursor",
        "after=" + "W" * 201: "bad_parameters",
        "after=4242424242424242": "card_number",
        "reference=4242+4242+4242+4242": "card_number",
    }.items():
        answer = backend.client.get(f"/api/v1/orders?{query}", headers={"Authorization": f"Bearer {backend.token}"})
        assert answer.get_json()["code"] == code, query
        assert answer.status_code in {400, 422}


def test_a_uuid_that_looks_as_if_it_held_a_card_number_is_a_key(backend: Backend) -> None:
    """Three of ten thousand do."""
    headers = {"Authorization": f"Bearer {backend.token}", "Idempotency-Key": "d34d71c7-8615-4283-8575-8928aa0fc238"}
    assert backend.client.post("/api/v1/orders", json=ORDER, headers=headers).status_code == 201
    headers["Idempotency-Key"] = "42424242-4242-4242-4242-424242424242"
    assert backend.client.post("/api/v1/orders", json=ORDER, headers=headers).get_json()["code"] == "card_number"
