"""The merchant's door: who may do what, to whose orders, and how one gets in and out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import pytest

from tests.kit import Shop, browser, rival
from tests.office.forms import NEW, csrf, enter
from tools import permissions
from webapp.db import models
from webapp.office import identity
from webapp.office import logins as pages
from webapp.office.permissions import ANYBODY, Permission, allows
from webapp.services.accounts import sessions

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
COOKIE = "__Host-ordo"
ROUTES = {f"{method} {rule}": needed for method, rule, needed in permissions.routes(permissions.application())}
OF_AN_ORDER = sorted(route for route in ROUTES if "<order_id>" in route)


@pytest.mark.parametrize("route", OF_AN_ORDER)
def test_another_merchant_s_order_is_not_found(app: Flask, shop: Shop, route: str) -> None:
    rival(shop)
    order = shop.order()
    client = enter(app, shop, "boss@rival.example")
    method, path = route.replace("<order_id>", order).split()
    before = shop.all(models.Order), shop.kinds(order)
    answer = client.open(path, method=method, data={"csrf_token": csrf(client), "amount": "5"})
    assert answer.status_code == 404
    assert (len(before[0]), before[1]) == (len(shop.all(models.Order)), shop.kinds(order))
    assert shop.state(order) == "open"


@pytest.mark.parametrize("route", [route for route, needed in sorted(ROUTES.items()) if needed is not ANYBODY])
@pytest.mark.parametrize("role", ["nobody", "viewer"])
def test_who_may_not_is_sent_away(app: Flask, shop: Shop, route: str, role: str) -> None:
    order = shop.order()
    client = enter(app, shop, f"{role}@cafe.example") if role != "nobody" else browser(app)
    token = csrf(client) if role != "nobody" else csrf(client, "/office/link/x")
    method, path = route.replace("<order_id>", order).split()
    status = client.open(path, method=method, data={"csrf_token": token}).status_code
    if role == "nobody":
        assert status == (302 if method == "GET" else 303)
    elif not allows("viewer", cast("Permission", ROUTES[route])):
        assert status == 403
    else:
        assert status in ({404} if "<" in path else {200, 204})
    assert shop.state(order) == "open"


def test_a_post_without_its_token_or_from_another_site_changes_nothing(app: Flask, shop: Shop) -> None:
    order, client = shop.order(), enter(app, shop)
    path, token = f"/office/orders/{order}/cancel", csrf(client)
    assert client.post(path).status_code == 400
    answer = client.post(path, data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, shop.state(order)) == (403, "open")
    assert client.post(path, data={"csrf_token": token}).status_code == 303
    assert shop.state(order) == "cancelled"


def test_a_login_link_works_once_and_a_preview_does_not_spend_it(app: Flask, shop: Shop) -> None:
    path = f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    browser(app).get(path)
    client, other = browser(app), browser(app)
    assert client.post(path, data={"csrf_token": csrf(client, path)}).status_code == 303
    assert client.get("/office/orders").status_code == 200
    assert other.post(path, data={"csrf_token": csrf(other, path)}).status_code == 403


def test_a_login_link_is_dead_after_a_quarter_of_an_hour(app: Flask, shop: Shop) -> None:
    path = f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    shop.clock.forward(minutes=15)
    client = browser(app)
    assert client.post(path, data={"csrf_token": csrf(client, path)}).status_code == 403


def test_logout_kills_the_session_on_the_server(app: Flask, shop: Shop) -> None:
    client, thief = enter(app, shop), browser(app)
    cookie = client.get_cookie(COOKIE)
    assert cookie
    thief.set_cookie(COOKIE, cookie.value)
    assert thief.get("/office/orders").status_code == 200
    assert client.post("/office/logout", data={"csrf_token": csrf(client)}).status_code == 200
    assert thief.get("/office/orders").status_code == 302


@pytest.mark.parametrize("span", [{"hours": 8, "seconds": 1}, {"days": 7}])
def test_a_session_that_nobody_uses_ends(app: Flask, shop: Shop, span: dict[str, float]) -> None:
    client = enter(app, shop)
    shop.clock.forward(**span)
    assert client.get("/office/orders").status_code == 302


@pytest.mark.parametrize(
    "where",
    [
        "/office/orders?x=\r\nA:b",
        "https://evil.example/office/",
        "//evil.example/office/",
        "/\\evil.example",
        "/office/\\evil",
        "javascript:x",
        "",
    ],
)
def test_a_login_leads_nowhere_else(where: str, shop: Shop) -> None:
    assert pages._inside(where) == "/office/orders"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": ""}, "Write the amount"),
        ({"amount": "12,5050"}, "not an amount"),
        ({"amount": "1e5"}, "not an amount"),
        ({"amount": "1e-999999999"}, "not an amount"),
        ({"amount": "1.250"}, "Is that 1,25 € or 1 250,00 €"),
        ({"amount": "0"}, "amount is zero"),
        ({"amount": "-5 €"}, "amount is negative"),
        ({"amount": "12,50 USD"}, "The amount here is in EUR"),
        ({"amount": "£12.50"}, "The amount here is in EUR"),
        ({"amount": "0.10"}, "The least that the payment provider takes is 0,50 €"),
        ({"amount": "10000000000"}, "At most 9 999 999 999,99 €"),
        ({"phone": "0612"}, "not a whole phone number"),
        ({"action": "REGISTER", "amount": "", "email": ""}, "e-mail address is needed"),
        ({"email": "buyer@exаmple.com"}, "no letters that look like others"),  # a Cyrillic look-alike
        ({"email": "=?utf-8?q?a=40b.c?=@example.com"}, "not an e-mail address"),
        ({"description": "4242 4242 4242 4242"}, "Never write a card number"),
        ({"reference": "A12"}, "already an order"),
    ],
)
def test_a_wrong_form_comes_back_with_what_to_mend(app: Flask, shop: Shop, change: dict[str, str], words: str) -> None:
    shop.order(reference="A12")
    client = enter(app, shop, "clerk@cafe.example")
    answer = client.post("/office/orders", data={**NEW, "csrf_token": csrf(client), **change})
    assert answer.status_code == 422
    assert words in re.sub(r"\s", " ", answer.text.replace("&#39;", "'"))
    assert len(shop.all(models.Order)) == 1


@pytest.mark.parametrize("amount", ["12,50", "12,50\u00a0€", "€12.50", "EUR 12.5", "\u200f12.50\u00a0€"])
def test_a_right_form_makes_the_order_and_shows_it(app: Flask, shop: Shop, amount: str) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    data = {**NEW, "csrf_token": csrf(client), "amount": amount}
    answer = client.post("/office/orders", data=data, follow_redirects=True)
    assert re.findall(r'class="error"[^>]*>([^<]+)', answer.text) == []
    order = shop.one(models.Order)
    assert (order.amount, order.action) == (1250, "PAYMENT")
    assert shop.context.links.url(order.id, 1) in answer.text


def test_the_list_is_searched_and_paged(app: Flask, shop: Shop) -> None:
    for number in range(32):
        shop.order(reference=f"REF{number:02}", description="pizza" if number == 3 else "wine")
        shop.clock.forward(seconds=1)
    client = enter(app, shop, "viewer@cafe.example")
    first = client.get("/office/orders").text
    older = re.search(r'href="(/office/orders\?[^"]*after=[^"]+)"', first)
    assert older
    second = client.get(older[1].replace("&amp;", "&")).text
    shown = re.compile(r"\bREF\d\d\b")
    assert (len(set(shown.findall(first))), set(shown.findall(second))) == (30, {"REF00", "REF01"})
    assert set(shown.findall(client.get("/office/orders?q=pizza").text)) == {"REF03"}
    assert set(shown.findall(client.get("/office/orders?state=paid").text)) == set()


def test_the_language_that_was_chosen_stays(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    token = csrf(client)
    client.get("/office/orders/new?lang=ar")
    answer = client.post("/office/orders", data={**NEW, "csrf_token": token, "phone": "0612"})
    assert (answer.status_code, 'lang="ar" dir="rtl"' in answer.text) == (422, True)


def test_a_provider_that_is_away_or_answers_rubbish_lets_nobody_in(app: Flask, shop: Shop) -> None:
    class Away:
        def begin(self, _back: str, _where: str, **_asked: object) -> None:
            raise ConnectionError("nobody answers")

        def finish(self) -> None:
            raise identity.LoginRefused(identity.Why.FAILED, "rubbish")

    client = browser(app)
    assert client.get("/office/login/callback").status_code == 403
    app.extensions["identity"] = Away()
    assert client.get("/office/login").status_code == 502
    assert client.get("/office/login/callback").status_code == 403
    assert client.get("/office/orders").status_code == 302
