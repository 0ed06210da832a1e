"""A buyer pays at a gateway that has a page of its own: the browser goes there and comes back, and what counts is looked up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.gateways.house import KIOSK, House, open_house
from tests.kit import Shop, outside, shop, test_gateway
from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def house(shop: Shop) -> Iterator[House]:
    with open_house(shop) as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone. What its console complains of, such as the policy, fails the test; but for what a page that is left no longer loads."""
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    made = context.new_page()
    yield made
    context.close()
    assert [each for each in complaints if not each.startswith("Failed to load resource")] == []


def opens(page: Page, house: House, order: str) -> None:
    page.goto(f"{house.link(order)}?lang=en")
    expect(page.get_by_text("You continue on the page of Toy Pay, the payment provider")).to_be_visible()


def goes(page: Page, house: House) -> None:
    """Press the button, which leads to the gateway's page."""
    page.get_by_role("button", name="Pay €10.00").click()
    expect(page).to_have_url(re.compile(f"{re.escape(house.toy.url)}/pay/"))


def test_a_buyer_pays_on_the_gateway_s_page_and_comes_back_to_the_receipt(page: Page, house: House) -> None:
    order = house.order()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opens(page, house, order)
    goes(page, house)
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert page.url == house.link(order)
    assert house.shop.state(order) == "paid"  # before any worker has seen the webhook
    assert house.shop.one(models.InboxEvent).merchant_id == KIOSK
    house.shop.drain()
    assert (house.shop.state(order), house.shop.attempts(order)) == ("paid", ["done"])
    assert [url for url in asked if "gateways/" in url or not url.startswith((house.url, house.toy.url))] == []


def test_a_buyer_who_comes_back_without_paying_has_paid_nothing_and_may_go_on(page: Page, house: House) -> None:
    order = house.order()
    opens(page, house, order)
    goes(page, house)
    page.get_by_role("button", name="Go back").click()
    expect(page.get_by_role("heading", name="Not finished yet")).to_be_visible()
    expect(page.get_by_role("button", name="Use another card")).to_have_count(0)
    assert (house.shop.state(order), house.shop.attempts(order)) == ("processing", ["action_needed"])
    page.get_by_role("button", name="Continue to Toy Pay").click()
    expect(page).to_have_url(re.compile(f"{re.escape(house.toy.url)}/pay/"))
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()


def test_a_decline_on_the_gateway_s_page_is_told_and_another_try_pays(page: Page, house: House) -> None:
    order = house.order()
    opens(page, house, order)
    goes(page, house)
    page.get_by_role("button", name="Pay with an empty card").click()
    expect(page.get_by_role("alert")).to_contain_text("There is not enough money available on this card")
    goes(page, house)
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    house.shop.drain()
    assert house.shop.attempts(order) == ["declined", "done"]


def test_a_buyer_who_never_comes_back_has_paid(page: Page, house: House) -> None:
    order = house.order()
    opens(page, house, order)
    goes(page, house)
    page.route(f"{house.url}/**", lambda route: route.abort())
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page).not_to_have_url(re.compile("/pay/"))
    house.shop.drain()
    assert house.shop.state(order) == "paid"


def test_all_of_it_works_without_a_script(browser: Browser, house: House) -> None:
    page = browser.new_page(java_script_enabled=False, locale="en-GB")
    order = house.order()
    opens(page, house, order)
    goes(page, house)
    page.get_by_role("button", name="Go back").click()
    expect(page.get_by_role("heading", name="Not finished yet")).to_be_visible()
    page.get_by_role("button", name="Continue to Toy Pay").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", name="Not finished yet")).to_be_visible()  # a GET asks nobody
    house.shop.drain()
    page.reload()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    page.close()


def test_a_page_that_is_brought_back_by_the_browser_goes_on(page: Page, house: House) -> None:
    order = house.order()
    opens(page, house, order)
    goes(page, house)
    page.go_back()
    expect(page.get_by_role("button", name="Continue to Toy Pay")).to_be_visible()
    assert house.shop.state(order) == "processing"
