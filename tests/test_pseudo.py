"""No page says a word that is not translated, and long words find room on a small phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import pseudo
from tests.kit import ASKS, CONSENT, DECLINED, Shop, app, browser, outside, paid, shop, test_gateway
from tests.pay.pages import ROOT
from webapp import i18n
from webapp.db import models
from webapp.domain import money
from webapp.domain.actions import Action
from webapp.services.accounts import sessions
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page, Route

__all__ = ["app", "outside", "shop", "test_gateway"]

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HERE = "https://ordo.localhost"
BUYERS_WORDS = re.compile(r'<div class="(?:message|buyer-page)" lang="en".*?(?=</figure>)', re.DOTALL)  # of a preview
# What a page shows as somebody gave it, and names that no language translates.
DATA = {
    "Café Lumière",
    "hello@cafe.example",
    "buyer@example.com",
    "Stripe",
    "Visa",
    "Mastercard",
    "American Express",
    "GMT+1",
    "Ordo",
    "WhatsApp",
    "JavaScript",
    "PDF",
    CONSENT["wording"],  # kept as it was agreed to
}


@pytest.fixture(autouse=True)
def language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the pseudo-language where the product looks for its carrier."""
    pseudo.write(tmp_path)
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    i18n._catalogue.cache_clear()
    yield
    i18n._catalogue.cache_clear()


def test_a_text_keeps_what_is_filled_in_and_what_stands_outside_is_found() -> None:
    assert pseudo.text("Pay %(amount)s") == "[Þåý %(amount)s öþǫŕ]"
    assert pseudo.untranslated("<p title='Left'>[Þåý <b>€10 A12</b> öþǫŕ] 10 June</p>", {"June"}) == ["Left"]


def refused(shop: Shop) -> str:
    order = shop.order()
    for _ in range(3):
        shop.pay(order, DECLINED)
    return order


def expired(shop: Shop) -> str:
    order = shop.order()
    shop.clock.forward(days=8)
    return order


def cancelled(shop: Shop) -> str:
    order = shop.order()
    lifecycle.cancel(shop.context, shop.id, order)
    return order


SCENES: dict[str, Callable[[Shop], str]] = {
    "payment": lambda shop: shop.order(),
    "register": lambda shop: shop.order(Action.REGISTER),
    "ask": lambda shop: shop.order(Action.ASK_REGISTER_PAY),
    "register and pay": lambda shop: shop.order(Action.REGISTER_PAY),
    "declined": lambda shop: paid(shop, card=DECLINED),
    "bank": lambda shop: paid(shop, card=ASKS),
    "paid": paid,
    "registered": lambda shop: paid(shop, Action.REGISTER),
    "refused": refused,
    "expired": expired,
    "cancelled": cancelled,
}


def buyer_s(app: Flask, shop: Shop, scene: str) -> str:
    order = SCENES[scene](shop)
    token = shop.context.links.token(order, shop.get(order).link_version)
    return browser(app).get(f"/p/{token}?lang={pseudo.CARRIER}").text


def data_of(shop: Shop) -> set[str]:
    """What these orders show as it was given, and the switch."""
    return DATA | {*i18n.NAMES.values()} | {order.reference for order in shop.all(models.Order)}


@one_database
@pytest.mark.parametrize("scene", SCENES)
def test_a_buyer_s_page_says_nothing_untranslated(app: Flask, shop: Shop, scene: str) -> None:
    html = buyer_s(app, shop, scene)
    assert html.count("[") > 8
    assert pseudo.untranslated(html, data_of(shop)) == []


@one_database
@pytest.mark.parametrize("path", ["/p/nothing", "/office/login", "/office/link/nothing"])
def test_what_strangers_see_is_translated(app: Flask, shop: Shop, path: str) -> None:
    html = browser(app).get(f"{path}?lang={pseudo.CARRIER}").text
    assert "[" in html
    assert pseudo.untranslated(html, data_of(shop)) == []


def clerk_s(app: Flask, shop: Shop) -> FlaskClient:
    """A browser in which somebody of the shop is logged in."""
    client, path = browser(app), f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    form = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert form
    assert client.post(path, data={"csrf_token": form[1]}).status_code == 303
    return client


def office_pages(shop: Shop) -> list[str]:
    order = paid(shop, Action.REGISTER_PAY)
    refused(shop)
    return [
        "/office/orders",
        "/office/orders?state=paid",
        "/office/orders?q=nothing",
        "/office/orders/new",
        f"/office/orders/{order}",
    ]


@one_database
def test_the_back_office_says_nothing_untranslated(app: Flask, shop: Shop) -> None:
    pages = office_pages(shop)
    client = clerk_s(app, shop)
    given = data_of(shop) | {str(row.id) for row in shop.all(models.Alias)} | {*money.currencies()}
    given |= {user.name for user in shop.all(models.User)} | {str(order.intent) for order in shop.all(models.Order)}
    given |= {"CSV", "JSON", "order.paid", f"{CONSENT['version']}, {CONSENT['language']}"}
    for path in pages:
        html = client.get(f"{path}{'&' if '?' in path else '?'}lang={pseudo.CARRIER}").text
        html = BUYERS_WORDS.sub("", html)
        assert html.count("[") > 8
        assert pseudo.untranslated(html, given) == [], path


def served(html: str) -> Callable[[Route], None]:
    """The page at HERE, with its styles; nothing else answers."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.endswith((".css", ".svg")):
            kind = "text/css" if path.endswith(".css") else "image/svg+xml"
            route.fulfill(body=(ROOT / path[1:].split("?")[0]).read_bytes(), content_type=kind)
        elif route.request.is_navigation_request():
            route.fulfill(body=html, content_type="text/html")
        else:
            route.abort()

    return answer


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A small one, without scripts: the page has to stand by itself."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def runs_over(page: Page) -> list[str]:
    """What is drawn beyond the phone's edges."""
    return [
        f"{each.evaluate('e => e.outerHTML')}"[:80]
        for each in page.locator("body *:visible").all()
        if (box := each.bounding_box()) and (box["x"] < -0.5 or box["x"] + box["width"] > 360.5)
    ]


@one_database
@pytest.mark.parametrize("scene", ["ask", "declined", "bank", "registered", "refused"])
def test_long_words_find_room_on_a_small_phone(app: Flask, shop: Shop, phone: Page, scene: str) -> None:
    phone.route("**/*", served(buyer_s(app, shop, scene)))
    phone.goto(HERE)
    assert runs_over(phone) == []
    assert phone.locator(".shop .name").bounding_box()["width"] > 100  # type: ignore[index]  # it is visible


@one_database
def test_the_switch_shows_every_language_at_once(app: Flask, shop: Shop, phone: Page) -> None:
    phone.route("**/*", served(buyer_s(app, shop, "payment")))
    phone.goto(HERE)
    phone.locator(".languages summary").click()
    links = phone.locator(".languages a")
    assert links.all_inner_texts() == list(i18n.NAMES.values())
    for link in links.all():
        box = link.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] + box["height"] <= 640
