"""Saved cards by the API: shown, charged once for a reference, asked about first, replaced and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.backend import Backend
from tests.kit import saved
from webapp.db import models

if TYPE_CHECKING:
    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHARGE: dict[str, Any] = {"reference": "RENT-1", "amount": 500, "currency": "EUR"}
MORE: dict[str, Any] = {"description": "Rent", "metadata": {"flat": "7"}}


@pytest.fixture
def alias(shop: Shop) -> str:
    """The id of a card that a buyer has saved."""
    return str(shop.get(saved(shop)).alias_id)


def test_a_card_is_shown_with_its_buyer_and_what_was_agreed_to(backend: Backend, shop: Shop, alias: str) -> None:
    row = shop.one(models.Alias)
    shown = backend.get(f"/aliases/{alias}").get_json()
    assert shown == {
        "id": alias,
        "status": "active",
        "brand": "visa",
        "last4": "4242",
        "exp_month": row.exp_month,
        "exp_year": row.exp_year,
        "wallet": None,
        "buyer": {"id": row.buyer_id, "phone": "+33612345678"},
        "created_at": "2026-11-24T10:00:00Z",
    }
    assert backend.get("/aliases").get_json() == {"data": [shown], "next_cursor": None}
    assert backend.get("/aliases", buyer=row.buyer_id).get_json()["data"] == [shown]
    assert backend.get("/aliases", buyer="buy_x").get_json()["data"] == []
    (consent,) = backend.get(f"/aliases/{alias}/consents").get_json()["data"]
    (order,) = backend.get("/orders").get_json()["data"]
    assert consent == order["consent"] | {"id": consent["id"], "order": order["id"]}


def test_a_card_is_charged_once_for_a_reference(backend: Backend, shop: Shop, alias: str) -> None:
    first = backend.post(f"/aliases/{alias}/charge", CHARGE | MORE, key="one")
    made = first.get_json()
    assert (first.status_code, first.headers["Location"]) == (201, f"/api/v1/orders/{made['id']}")
    assert (made["reference"], made["state"], made["charged_alias"]) == ("RENT-1", "processing", alias)
    assert (made["link"], made["metadata"], made["description"]) == (None, {"flat": "7"}, "Rent")
    shop.drain()
    assert backend.get(f"/orders/{made['id']}").get_json()["state"] == "paid"
    assert backend.post(f"/aliases/{alias}/charge", CHARGE | MORE, key="one").get_json() == made
    again = backend.post(f"/aliases/{alias}/charge", CHARGE | {"reference": " rent-1"}, key="two").get_json()
    assert (again["status"], again["code"], again["order"]) == (409, "reference_exists", made["id"])
    assert len(shop.all(models.Order)) == 2


def test_a_large_charge_is_asked_about_and_made_once_it_is_answered(backend: Backend, shop: Shop, alias: str) -> None:
    asked = backend.post(f"/aliases/{alias}/charge", CHARGE | {"amount": 50_001}).get_json()
    assert (asked["status"], asked["code"]) == (409, "confirmation_needed")
    assert [each["about"] for each in asked["questions"]] == ["large"]
    assert "500.01" in asked["questions"][0]["text"]
    assert len(shop.all(models.Order)) == 1
    sure = backend.post(f"/aliases/{alias}/charge", CHARGE | {"amount": 50_001, "confirm": asked["confirm"]})
    assert (sure.status_code, sure.get_json()["amount"]) == (201, 50_001)
    more = CHARGE | {"reference": "RENT-2", "amount": 50_001}
    both = backend.post(f"/aliases/{alias}/charge", more | {"confirm": asked["confirm"]}).get_json()
    assert [each["about"] for each in both["questions"]] == ["repeated"]
    assert backend.post(f"/aliases/{alias}/charge", more | {"confirm": both["confirm"]}).status_code == 201


def test_a_card_is_replaced_by_an_order_and_revoked_for_good(backend: Backend, shop: Shop, alias: str) -> None:
    replacing = backend.post(f"/aliases/{alias}/replace", key="one")
    assert (replacing.status_code, replacing.get_json()["action"]) == (201, "REGISTER")
    assert backend.post(f"/aliases/{alias}/replace", key="one").get_json() == replacing.get_json()
    for _ in range(2):
        assert backend.post(f"/aliases/{alias}/revoke").get_json()["status"] == "revoked"
    for refused in (backend.post(f"/aliases/{alias}/charge", CHARGE), backend.post(f"/aliases/{alias}/replace")):
        assert (refused.status_code, refused.get_json()["code"]) == (409, "no_alias")
    shop.drain()
    assert len(shop.all(models.Order)) == 2


def test_fields_that_are_wrong_are_named_and_nothing_is_charged(backend: Backend, shop: Shop, alias: str) -> None:
    for fields, pointer, code in (
        ({"reference": None}, "/reference", "wrong_type"),
        ({"reference": ""}, "/reference", "too_short"),
        ({"amount": None}, "/amount", "wrong_type"),
        ({"amount": "all"}, "/amount", "wrong_type"),
        ({"amount": 0}, "/amount", "too_small"),
        ({"currency": "XYZ"}, "/currency", "unknown_currency"),
        ({"confirm": True}, "/confirm", "wrong_type"),
        ({"confirm": "large:1"}, "/confirm", "wrong_type"),
        ({"confirm": ["everything"]}, "/confirm/0", "wrong_form"),
        ({"confirm": ["large:1"] * 11}, "/confirm", "too_long"),
        ({"manual_capture": True}, "/manual_capture", "unknown_field"),
    ):
        answer = backend.post(f"/aliases/{alias}/charge", CHARGE | fields)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_fields"), (fields, answer.text)
        assert [(each["pointer"], each["code"]) for each in answer.get_json()["errors"]] == [(pointer, code)], fields
    for missing in CHARGE:
        answer = backend.post(f"/aliases/{alias}/charge", {k: v for k, v in CHARGE.items() if k != missing})
        assert answer.get_json()["errors"][0]["code"] == "missing"
    other = backend.post(f"/aliases/{alias}/charge", CHARGE | {"currency": "USD"}).get_json()
    assert (other["status"], other["code"]) == (422, "other_currency")
    assert len(shop.all(models.Order)) == 1
