"""The page of operators: for administrators, with the code as long as it is good."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import STRANGER, Shop
from tests.office.forms import csrf, enter
from webapp.db import models

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLACE = "/office/operators"


def test_an_administrator_invites_and_takes_off(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    token = csrf(client, PLACE)
    answer = client.post(PLACE, data={"csrf_token": token, "name": " Noé ", "language": "fr"})
    assert (answer.status_code, answer.headers["Location"]) == (303, PLACE)
    page = html.unescape(client.get(PLACE).text)
    code = re.search(r"JOIN ((?:\w{4}-?){3})<", page)
    assert code
    assert f"https://wa.me/33199001234?text=JOIN+{code[1]}" in page
    shop.hear(f"JOIN {code[1]}", sender=STRANGER)
    page = client.get(PLACE).text
    assert "+33 6 87 65 43 21" in page
    assert "JOIN" not in page.replace("send a code", "")
    operator = shop.one(models.Operator, models.Operator.name == "Noé").id
    client.post(f"{PLACE}/{operator}/dismiss", data={"csrf_token": token})
    assert "Noé" not in client.get(PLACE).text


@pytest.mark.parametrize(
    "form", [{"name": "", "language": "fr"}, {"name": "x" * 81, "language": "fr"}, {"name": "A", "language": "xx"}]
)
def test_a_form_that_cannot_be_used_comes_back(app: Flask, shop: Shop, form: dict[str, str]) -> None:
    client = enter(app, shop)
    answer = client.post(PLACE, data={"csrf_token": csrf(client, PLACE), **form})
    assert answer.status_code == 422
    assert len(shop.all(models.Operator)) == 1


@pytest.mark.parametrize("email", ["clerk@cafe.example", "viewer@cafe.example"])
def test_nobody_else_sees_the_page(app: Flask, shop: Shop, email: str) -> None:
    client = enter(app, shop, email)
    assert client.get(PLACE).status_code == 403
    assert PLACE not in client.get("/office/orders").text


def test_a_name_is_shown_as_it_was_written(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    client.post(PLACE, data={"csrf_token": csrf(client, PLACE), "name": "<b>=1+1", "language": "en"})
    assert "<b>=1" not in client.get(PLACE).text
    assert "<b>=1+1" in html.unescape(client.get(PLACE).text)


@pytest.mark.parametrize("deed", ["invite", "dismiss"])
def test_an_operator_of_the_file_is_changed_there_alone(app: Flask, shop: Shop, deed: str) -> None:
    client = enter(app, shop)
    token, operator = csrf(client, PLACE), shop.operator_id()
    assert f"{operator}/" not in client.get(PLACE).text
    answer = client.post(f"{PLACE}/{operator}/{deed}", data={"csrf_token": token}, follow_redirects=True)
    assert "names this operator" in html.unescape(answer.text)
    row = shop.one(models.Operator)
    assert (row.active, row.code) == (True, None)
