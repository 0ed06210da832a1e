"""The form that LINK opens from the chat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER, OPERATOR, PUBLIC_URL, STRANGER, Shop, browser, text
from tests.office.forms import NEW
from webapp.db import models

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def link(shop: Shop) -> str:
    """The path of the form that the chat gives out."""
    (answer,) = shop.hear("LINK")
    found = re.search(rf"{PUBLIC_URL}(/office/order_forms/\S+)", text(answer))
    assert found is not None
    return found[1]


def post(client: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    page = client.get(path).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    data = {**NEW, "csrf_token": token[1] if token else "", "channel": "whatsapp", **fields}
    answer = client.post(path, data=data)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_form_makes_one_order_that_is_sent_and_confirmed_in_the_chat(app: Flask, shop: Shop) -> None:
    path = link(shop)
    shop.place.sent.clear()
    status, page = post(browser(app), path)
    assert (status, "in your chat" in page) == (200, True)
    shop.drain()
    order = shop.one(models.Order)
    assert (order.source, order.operator_id) == ("whatsapp", shop.operator_id())
    assert sorted(message["to"] for message in shop.place.sent) == [OPERATOR, BUYER]
    (confirmation,) = [message for message in shop.place.sent if message["to"] == OPERATOR]
    assert shop.context.links.url(order.id, 1) in text(confirmation)


def test_a_link_that_was_used_is_over(app: Flask, shop: Shop) -> None:
    path, client = link(shop), browser(app)
    post(client, path)
    for again in (client, browser(app)):
        assert again.get(path).status_code == 404
        assert post(again, path)[0] in {400, 404}
    shop.one(models.Order)


def test_looking_spends_nothing_and_opens_nothing_else(app: Flask, shop: Shop) -> None:
    path, client = link(shop), browser(app)
    before = shop.dump()
    for _ in range(3):
        assert client.get(path, headers={"User-Agent": "WhatsApp/2.24"}).status_code == 200
    assert shop.dump() == before
    assert client.get("/office/orders").status_code == 302


def test_after_ten_minutes_it_is_over(app: Flask, shop: Shop) -> None:
    path = link(shop)
    shop.clock.forward(minutes=9, seconds=59)
    assert browser(app).get(path).status_code == 200
    shop.clock.forward(seconds=1)
    assert browser(app).get(path).status_code == 404


def test_who_is_no_operator_any_more_has_no_form(app: Flask, shop: Shop) -> None:
    path = link(shop)
    with shop.context.database.write() as session:
        session.get_one(models.Operator, shop.operator_id()).active = False
    assert browser(app).get(path).status_code == 404


@pytest.mark.parametrize("change", ["last letter", "payment link", "nonsense"])
def test_a_forged_link_is_over_too(app: Flask, shop: Shop, change: str) -> None:
    path = link(shop)
    forged = {
        "last letter": path[:-1] + ("A" if path[-1] != "A" else "B"),
        "payment link": f"/office/order_forms/{shop.context.links.token(shop.order(), 1)}",
        "nonsense": "/office/order_forms/a.b.c",
    }[change]
    assert browser(app).get(forged).status_code == 404


def test_what_is_to_be_mended_comes_back_and_keeps_the_link(app: Flask, shop: Shop) -> None:
    path, client = link(shop), browser(app)
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    assert post(client, path, amount="")[0] == 422
    status, page = post(client, path, reference="A12")
    assert (status, "already an order" in page) == (422, True)
    assert post(client, path, reference="A13")[0] == 200


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("reference", 'A"12', "no quotation marks"),
        ("reference", "a12", "already an order"),
        ("email", "büyer@example.com", "only the letters a to z"),
        ("email", "buyer@exаmple.com", "letters that look like others"),
        ("email", "buyer@localhost", "not an e-mail address"),
    ],
)
def test_what_is_wrong_with_a_reference_or_an_address_is_said(
    app: Flask, shop: Shop, field: str, typed: str, words: str
) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    status, page = post(browser(app), link(shop), **{field: typed})
    assert (status, words in page) == (422, True)


def test_the_form_takes_what_the_chat_takes(app: Flask, shop: Shop) -> None:
    typed = {"reference": "Table 5", "email": "buyer@bücher.example", "description": "ශ්‍රී 👩‍🍳"}
    assert post(browser(app), link(shop), **typed)[0] == 200
    order = shop.one(models.Order)
    assert (order.reference, order.description) == (typed["reference"], typed["description"])
    assert order.email == "buyer@xn--bcher-kva.example"


def test_the_page_speaks_the_operator_s_language(app: Flask, shop: Shop) -> None:
    shop.hear("LANGUAGE es")
    (answer,) = shop.hear("ENLACE")
    path = re.search(r"/office/order_forms/\S+", text(answer))
    assert path is not None
    assert '<html lang="es"' in browser(app).get(path[0]).get_data(as_text=True)


def test_only_an_operator_gets_a_form(shop: Shop) -> None:
    assert all("/office/" not in text(answer) for answer in shop.hear("LINK", sender=STRANGER))
