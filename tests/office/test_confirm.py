"""What the back office asks before money moves: the page that stands between a form and what it would do (`payments.questions`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import saved
from tests.office.forms import csrf, enter
from webapp.db import models

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop

pytestmark = pytest.mark.wording


def hidden(page: str, verb: str) -> dict[str, str]:
    """What the form for that verb would post, its amount left out."""
    form = re.search(rf'<form[^>]*action="/office/orders/[^/"]+/{verb}">(.*?)</form>', page, re.DOTALL)
    assert form
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', form[1])
    named = [(re.search(r'name="([^"]+)"', each), re.search(r'value="([^"]*)"', each)) for each in found]
    return {name[1]: value[1] if value else "" for name, value in named if name}


def page_of(client: FlaskClient, order: str) -> str:
    return client.get(f"/office/orders/{order}?lang=en").text


def test_two_clerks_who_refund_from_the_page_that_both_opened_give_back_once_and_the_second_is_asked(
    app: Flask, shop: Shop
) -> None:
    order = shop.order()
    shop.pay(order)
    shop.drain()
    clerks = [enter(app, shop, f"{each}@cafe.example") for each in ("clerk", "admin")]
    forms = [hidden(page_of(each, order), "refund") for each in clerks]
    path = f"/office/orders/{order}/refund?lang=en"
    assert clerks[0].post(path, data=forms[0] | {"amount": "4"}).status_code == 303
    answer = clerks[1].post(path, data=forms[1] | {"amount": "4"})
    assert (answer.status_code, [row.amount for row in shop.all(models.Refund)]) == (409, [400])
    assert "4,00\u00a0€ is refunded or on its way, 6,00\u00a0€ is left." in answer.text
    again = hidden(answer.text, "refund")
    for _ in range(2):  # as often as it is posted
        assert clerks[1].post(path, data=again).status_code == 303
    assert [row.amount for row in shop.all(models.Refund)] == [400, 400]


def test_charge_again_in_the_office_asks_what_the_chat_asks(app: Flask, shop: Shop) -> None:
    source = saved(shop)
    client = enter(app, shop, "clerk@cafe.example")
    path = f"/office/orders/{source}/charge?lang=en"

    def post(amount: str) -> tuple[int, str]:
        answer = client.post(path, data=hidden(page_of(client, source), "charge") | {"amount": amount})
        return answer.status_code, answer.text

    status, asked = post("9500")
    assert (status, "That is a large amount" in asked, shop.charges()) == (409, True, [])
    assert post("7")[0] == 303
    status, asked = post("7")
    assert (status, "a moment ago" in asked) == (409, True)
    assert client.post(path, data=hidden(asked, "charge")).status_code == 303
    assert post("7")[0] == 409
    shop.drain()
    assert shop.charges() == [700, 700]


def test_a_hold_that_somebody_else_has_ended_is_not_ended_again_and_what_became_of_it_is_said(
    app: Flask, shop: Shop
) -> None:
    order = shop.order(manual_capture=True)
    shop.pay(order)
    shop.drain()
    client = enter(app, shop, "clerk@cafe.example")
    data = {"csrf_token": csrf(client), "amount": "10,00"}
    client.post(f"/office/orders/{order}/void", data=data)
    path = f"/office/orders/{order}/capture?lang=en"
    assert "Asked to release the money." in client.post(path, data=data, follow_redirects=True).text
    shop.drain()
    assert "Released." in client.post(path, data=data, follow_redirects=True).text
    assert shop.state(order) == "voided"
