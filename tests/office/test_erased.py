"""Orders of a buyer who was erased are shown as before, without the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, browser, paid
from tests.office.forms import enter
from webapp.domain.actions import Action
from webapp.services.orders import buyer_details
from webapp.services.payments import erasure

if TYPE_CHECKING:
    from flask import Flask

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_pages_of_their_orders_are_there_and_name_nobody(app: Flask, shop: Shop) -> None:
    told: dict[str, Any] = {"reference": "R1", "description": "Cake for Zoé", "email": "zoe@mail.example"}
    first = paid(shop, Action.REGISTER_PAY, **told, send=True)
    other = shop.order(collects_details=True, **told | {"reference": "R2"})
    buyer_details.give(shop.context, other, {"name": "Zoé", "line1": "17 rue des Lilas"})
    shop.hear("Where is my cake?", sender=BUYER)
    shop.drain()
    office, public = enter(app, shop), browser(app)
    erasure.erase(shop.context, shop.id, shop.get(first).buyer_id)
    shop.drain()
    links = [f"/p/{shop.context.links.token(each, 1)}" for each in (first, other)]
    pages = [f"/office/orders/{each}" for each in (first, other)] + ["/office/orders", "/office/orders?q=R1"]
    answers = [office.get(each) for each in pages] + [public.get(each) for each in links]
    assert [each.status_code for each in answers] == [200] * 6
    for word in ("Zoé", "zoe@mail", "Lilas", "12 34 56 78", BUYER, "Where is"):
        assert [each.request.path for each in answers if word in each.text] == []
    assert "R1" in answers[0].text
