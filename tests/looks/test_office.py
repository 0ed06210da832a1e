"""The back office's pages, by axe: light and dark, English and Arabic, on a phone and on a desk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.kit import PUBLIC_URL
from tests.kit import browser as client_of
from tests.looks import axe
from tests.looks.stage import Stage
from webapp.services import logins

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import BrowserContext, Route

PAGES = ("orders", "orders?q=nothing", "orders/new", "order", "operators")


@pytest.fixture(scope="module")
def clerk(scenes: Stage) -> FlaskClient:
    """Somebody of the shop who is logged in."""
    client = client_of(scenes.app)
    path = f"/office/link/{logins.make_link(scenes.shop.kit, 'admin@cafe.example')}"
    form = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert form
    assert client.post(path, data={"csrf_token": form[1]}).status_code == 303
    return client


def check(context: BrowserContext, client: FlaskClient, path: str, language: str) -> None:
    """Both schemes, both widths: nothing is found, nothing runs over."""

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        with client.get(f"{url.path}?{url.query}") as given:
            route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.get_data())

    page, wrong = context.new_page(), []
    page.route("**/*", answer)
    page.goto(f"{PUBLIC_URL}{path}{'&' if '?' in path else '?'}lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in (360, 1100):
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{scheme}, {width} px: {each}" for each in axe.finds(page)]
            if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
                wrong.append(f"{scheme}, {width} px: runs over")
    page.close()
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_the_back_office(
    scenes: Stage, checked: BrowserContext, clerk: FlaskClient, name: str, language: str
) -> None:
    order = scenes.shop.get(scenes.orders["paid-saved"]).id
    check(checked, clerk, f"/office/{f'orders/{order}' if name == 'order' else name}", language)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", ["/office/login", "/office/link/nothing"])
def test_axe_finds_nothing_at_the_door(scenes: Stage, checked: BrowserContext, path: str, language: str) -> None:
    check(checked, client_of(scenes.app), path, language)
