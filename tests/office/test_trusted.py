"""In the back office no script but htmx turns text into markup, and htmx does so still."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.kit import PUBLIC_URL, Shop, app, outside, shop, test_gateway
from tests.kit import browser as client_of
from webapp.services.accounts import sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from playwright.sync_api import Browser, Page, Request, Route

__all__ = ["app", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def page(app: Flask, shop: Shop, browser: Browser) -> Iterator[Page]:
    """An order that waits for its buyer, looked at by somebody of the shop; its page asks every two seconds what is new."""
    client, order = client_of(app), shop.order()
    path = f"/office/link/{sessions.make_link(shop.context, 'admin@cafe.example')}"
    form = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert form
    assert client.post(path, data={"csrf_token": form[1]}).status_code == 303

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        with client.get(f"{url.path}?{url.query}", headers=route.request.headers) as given:
            route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.get_data())

    context = browser.new_context(locale="en-GB")
    made = context.new_page()
    made.route("**/*", answer)
    made.goto(f"{PUBLIC_URL}/office/orders/{order}?lang=en")
    yield made
    context.close()


@pytest.mark.parametrize(
    "writes",
    [
        "document.body.innerHTML = '<img src=x>'",
        "document.body.insertAdjacentHTML('beforeend', '<img src=x>')",
        "document.createElement('script').src = '/static/js/pay.js'",
        "trustedTypes.createPolicy('mine', {createHTML: (text) => text})",
        "trustedTypes.createPolicy('htmx', {createHTML: (text) => text})",
    ],
)
def test_no_other_script_writes_markup(page: Page, writes: str) -> None:
    caught = f"try {{ {writes}; 'written' }} catch (error) {{ error.name }}"
    assert page.evaluate(caught) == "TypeError"


def test_no_file_and_no_fragment_is_told_the_page_s_address(page: Page) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # it wants a function of its own
    page.reload()
    page.wait_for_event("request", lambda request: "/live" in request.url)
    assert len(asked) > 4
    assert {request.header_value("referer") for request in asked} == {None}


def test_htmx_still_shows_what_is_new(page: Page, shop: Shop) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    paid = page.get_by_text("Paid", exact=True).first
    assert not paid.is_visible()
    shop.pay(urlsplit(page.url).path.rpartition("/")[2])
    paid.wait_for()
    assert complaints == []
