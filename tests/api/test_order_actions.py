"""What an order backend does with orders, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.backend import Backend
from tests.kit import WORKS
from webapp.db import models

if TYPE_CHECKING:
    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def held(backend: Backend, shop: Shop) -> str:
    order: str = backend.order(manual_capture=True, amount=1000)["id"]
    shop.pay(order)
    return order


def test_an_order_is_cancelled_and_opened_again_under_another_link(backend: Backend) -> None:
    made = backend.order()
    path = f"/orders/{made['id']}"
    assert backend.post(f"{path}/cancel").get_json()["state"] == "cancelled"
    again = backend.post(f"{path}/cancel", {})
    assert (again.status_code, again.get_json()["code"], again.get_json()["state"]) == (409, "wrong_state", "cancelled")
    opened = backend.post(f"{path}/reactivate", {"send": False, "expires_in_days": 3}).get_json()
    assert (opened["state"], opened["expires_at"]) == ("open", "2026-11-27T10:00:00Z")
    assert opened["link"]["url"] != made["link"]["url"]


def test_a_link_lives_longer_once_however_often_that_is_sent(backend: Backend) -> None:
    path = f"/orders/{backend.order(expires_in_days=7)['id']}"
    answers = {backend.post(f"{path}/extend", {"days": 2}, key="once").text for _ in range(3)}
    assert len(answers) == 1
    assert backend.get(path).get_json()["expires_at"] == "2026-12-03T10:00:00Z"
    assert backend.post(f"{path}/extend", {"days": 90}).get_json()["code"] == "bad_days"


def test_a_link_is_replaced_and_sent_again(backend: Backend, shop: Shop) -> None:
    made = backend.order()
    shop.drain()
    new = backend.post(f"/orders/{made['id']}/revoke-link").get_json()
    assert new["link"]["url"] != made["link"]["url"]
    assert backend.post(f"/orders/{made['id']}/resend").status_code == 200
    shop.drain()
    assert new["link"]["url"].rpartition("/")[2] in str(shop.place.sent[-1])
    unsent = backend.order(buyer={})
    assert backend.post(f"/orders/{unsent['id']}/resend").get_json()["code"] == "not_sent"


def test_money_that_is_held_is_taken_in_part(backend: Backend, shop: Shop) -> None:
    order = held(backend, shop)
    refused = backend.post(f"/orders/{order}/capture", {"amount": 1001})
    assert (refused.status_code, refused.get_json()["rest"]) == (409, {"amount": 1000, "currency": "EUR"})
    assert backend.post(f"/orders/{order}/capture", {}).get_json()["errors"][0]["pointer"] == "/amount"
    assert backend.post(f"/orders/{order}/capture", {"amount": 600}).get_json()["pending"] == "paid"
    shop.drain()
    taken = backend.get(f"/orders/{order}").get_json()
    assert (taken["state"], taken["captured"], taken["amount"], taken["pending"]) == ("paid", 600, 1000, None)


@pytest.mark.parametrize(
    ("verb", "body", "state", "taken"), [("capture", {"amount": "all"}, "paid", 1000), ("void", None, "voided", None)]
)
def test_money_that_is_held_is_taken_or_let_go(
    backend: Backend, shop: Shop, verb: str, body: dict[str, str] | None, state: str, taken: int | None
) -> None:
    order = held(backend, shop)
    assert backend.post(f"/orders/{order}/{verb}", body).status_code == 200
    shop.drain()
    ended = backend.get(f"/orders/{order}").get_json()
    assert (ended["state"], ended["captured"]) == (state, taken)


def test_money_goes_back_in_parts_and_then_all_that_is_left(backend: Backend, shop: Shop) -> None:
    order = backend.order(amount=1000)["id"]
    shop.pay(order, WORKS)
    made = backend.post(f"/orders/{order}/refunds", {"amount": 300}, key="first")
    assert (made.status_code, made.get_json()["amount"], made.get_json()["state"]) == (201, 300, "requested")
    assert made.headers["Location"] == f"/api/v1/refunds/{made.get_json()['id']}"
    assert backend.post(f"/orders/{order}/refunds", {"amount": 300}, key="first").get_json() == made.get_json()
    shop.drain()
    asked = backend.post(f"/orders/{order}/refunds", {"amount": "all", "seen_refunded": 0})
    assert (asked.status_code, asked.get_json()["code"]) == (409, "confirmation_needed")
    (question,) = asked.get_json()["questions"]
    assert (question["about"], question["amount"], question["currency"], question["left"]) == (
        "refunded",
        300,
        "EUR",
        700,
    )
    confirm = asked.get_json()["confirm"]
    rest = backend.post(f"/orders/{order}/refunds", {"amount": "all", "seen_refunded": 0, "confirm": confirm})
    assert rest.get_json()["amount"] == 700
    shop.drain()
    assert backend.get(f"/orders/{order}").get_json()["state"] == "refunded"
    listed = backend.get("/refunds", order=order).get_json()["data"]
    assert sorted(each["amount"] for each in listed) == [300, 700]
    assert [each["state"] for each in listed] == ["succeeded"] * 2
    assert backend.get("/refunds", limit=1).get_json()["next_cursor"]
    assert backend.get(f"/refunds/{listed[0]['id']}").get_json() == listed[0]
    over = backend.post(f"/orders/{order}/refunds", {"amount": 1})
    assert (over.status_code, over.get_json()["code"]) == (409, "wrong_state")


def test_nothing_goes_back_where_no_amount_is_named(backend: Backend, shop: Shop) -> None:
    order = backend.order()["id"]
    shop.pay(order)
    bodies: list[dict[str, object]] = [
        {},
        {"amount": None},
        {"amount": ""},
        {"amount": "ALL"},
        {"amount": 0},
        {"amount": []},
    ]
    for body in bodies:
        assert backend.post(f"/orders/{order}/refunds", body).get_json()["code"] == "invalid_fields"
    assert shop.all(models.Refund) == []


def test_an_order_s_events_are_its_timeline_with_who_did_it(backend: Backend) -> None:
    order = backend.order()["id"]
    backend.post(f"/orders/{order}/cancel")
    first = backend.get(f"/orders/{order}/events", limit=1).get_json()
    assert [each["kind"] for each in first["data"]] == ["created"]
    assert first["data"][0]["actor"]["kind"] == "api_key"
    rest = backend.get(f"/orders/{order}/events", after=first["next_cursor"]).get_json()
    assert [each["kind"] for each in rest["data"]][-1] == "cancelled"
    assert rest["next_cursor"] is None
    of_orders = backend.get("/orders", limit=1, after=first["next_cursor"])
    assert of_orders.status_code == 200
    backend.order()
    other = backend.get("/orders", limit=1).get_json()["next_cursor"]
    assert backend.get(f"/orders/{order}/events", after=other).get_json()["code"] == "bad_cursor"
