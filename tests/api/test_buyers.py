"""Buyers by the API: listed, shown, erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.backend import Backend, backend_of
from tests.kit import ASKS_ALWAYS, rival
from webapp.domain.scopes import Scope

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_buyer_is_listed_shown_and_erased(backend: Backend, shop: Shop) -> None:
    order = backend.order()
    (found,) = backend.get("/buyers", phone="+33612345678").get_json()["data"]
    assert (found["phone"], found["email"], found["orders"], found["aliases"], found["erasure"]) == (
        "+33612345678",
        "buyer@example.com",
        1,
        0,
        None,
    )
    path = f"/buyers/{found['id']}"
    assert backend.get(path).get_json() == found
    assert backend.get("/buyers", email="other@example.com").get_json() == {"data": [], "next_cursor": None}
    answer = backend.post(f"{path}/erase")
    gone = answer.get_json()
    assert (answer.status_code, gone["phone"], gone["email"], gone["erasure"]) == (200, None, None, "running")
    assert backend.post(f"{path}/erase", {}).get_json() == gone
    shop.drain()
    assert backend.get(path).get_json() == gone | {"erasure": "done"}
    cancelled = backend.get(f"/orders/{order['id']}").get_json()
    assert (cancelled["state"], cancelled["buyer"]["phone"], cancelled["reference"]) == (
        "cancelled",
        None,
        order["reference"],
    )


def test_pages_of_buyers_follow_each_other(backend: Backend) -> None:
    made = {backend.order(buyer={"phone": f"+3361234567{n}"})["id"] for n in range(3)}
    first = backend.get("/buyers", limit=2).get_json()
    last = backend.get("/buyers", limit=2, after=first["next_cursor"]).get_json()
    assert len({each["id"] for page in (first, last) for each in page["data"]}) == len(made)
    assert last["next_cursor"] is None


def test_what_is_refused_says_why_and_erases_nobody(app: Flask, backend: Backend, shop: Shop) -> None:
    order = backend.order()["id"]
    shop.pay(order, ASKS_ALWAYS)
    path = f"/buyers/{shop.get(order).buyer_id}"
    refused = backend.post(f"{path}/erase")
    assert (refused.status_code, refused.get_json()["code"], refused.get_json()["orders"]) == (
        409,
        "money_in_flight",
        [order],
    )
    assert "processing" in refused.get_json()["detail"]
    writer, other = backend_of(app, shop, Scope.ORDERS_READ, Scope.ORDERS_WRITE), backend_of(app, rival(shop))
    for answer, status, code in (
        (writer.post(f"{path}/erase"), 403, "missing_scope"),
        (other.post(f"{path}/erase"), 404, "not_found"),
        (other.get(path), 404, "not_found"),
        (backend.post("/buyers/buy_unknown/erase"), 404, "not_found"),
        (backend.post(f"{path}/erase", {"force": True}), 422, "no_fields_here"),
        (backend.get("/buyers", phone="0612345678"), 400, "bad_parameters"),
        (backend.get("/buyers", email="no address"), 400, "bad_parameters"),
        (backend.get("/buyers", after="x"), 400, "bad_cursor"),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.text
    assert backend.get(path).get_json()["erasure"] is None
