"""Home: figures of the last days, and what somebody has to look at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import DECLINED, paid
from tests.office.forms import csrf, enter
from webapp.domain.money import Money
from webapp.services.payments import refunds

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_figures_stand_in_pictures_and_in_tables(app: Flask, shop: Shop) -> None:
    paid(shop, amount=123456)
    shop.pay(shop.order(), DECLINED)
    shop.drain()
    text = enter(app, shop).get("/office?days=30").text
    assert text.count('<rect class="taken"') == 30
    assert re.search(r"1\D234,56", text)
    assert text.count("<tbody>") == 3  # days, steps, reasons
    assert 'aria-current="true">30 days' in text


@pytest.mark.parametrize("days", ["", "?days=8", "?days=x", "?days=-1"])
def test_a_period_that_is_none_is_the_usual_one(app: Flask, shop: Shop, days: str) -> None:
    assert 'aria-current="true">7 days' in enter(app, shop).get(f"/office{days}").text


def test_what_is_to_be_looked_at_is_named_until_a_clerk_has(app: Flask, shop: Shop) -> None:
    order = paid(shop, card="createDispute", reference="<b>R1</b>")
    shop.drain()
    refunds.request(shop.context, shop.id, order, Money(100, "EUR"))
    shop.drain()
    viewer, clerk = enter(app, shop, "viewer@cafe.example"), enter(app, shop, "clerk@cafe.example")
    post = f"/office/orders/{order}/looked-at"
    assert "&lt;b&gt;R1&lt;/b&gt;" in viewer.get("/office").text
    assert post not in viewer.get("/office").text
    assert viewer.post(post, data={"csrf_token": csrf(viewer, "/office")}).status_code == 403
    token = csrf(clerk, "/office")
    assert clerk.post(post, data={"csrf_token": token}).status_code == 303
    assert "R1" not in clerk.get("/office").text
    clerk.post(post, data={"csrf_token": token})
    assert "Somebody has looked at it already." in clerk.get("/office").text
    assert clerk.post("/office/orders/ord_other/looked-at", data={"csrf_token": token}).status_code == 404


def test_everybody_begins_there(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    assert client.get("/").headers["Location"] == "/office"
    assert client.get("/office/").status_code == 200
