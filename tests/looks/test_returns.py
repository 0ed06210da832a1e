"""Whatever the buyer does on the way, leaving, reloading, coming back: the page tells the truth, and there is one charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.kit import PUBLIC_URL
from tests.looks.paying import ASKS_THE_BANK, WORKS, charges, pays, sees, types
from tests.looks.stage import PATIENCE, Stage, phone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def pocket(browser: Browser) -> Iterator[BrowserContext]:
    with phone(browser) as context:
        yield context


def bank(page: Page, answer: str = "Complete authentication") -> None:
    button = page.frame_locator("iframe[src*=challenge]").get_by_role("button", name=answer)
    expect(button).to_be_visible(timeout=PATIENCE)
    button.press("Enter")


def test_a_page_reloaded_while_the_bank_asks_goes_on_there(scenes: Stage, pocket: BrowserContext, order: str) -> None:
    page = scenes.opens(pocket, scenes.link(order))
    pays(page, ASKS_THE_BANK)
    expect(page.locator("iframe[src*=challenge]")).to_be_visible(timeout=PATIENCE)
    page.reload()
    sees(page, "Your bank asks for your confirmation")
    page.get_by_role("button", name="Continue to the bank").press("Enter")
    bank(page)
    sees(page)
    assert charges(scenes, order) == 1


def test_a_page_reloaded_while_the_answer_is_lost_waits_and_asks_for_no_second_payment(
    scenes: Stage, pocket: BrowserContext, order: str
) -> None:
    page = scenes.opens(pocket, scenes.link(order))
    token = scenes.shop.token("visa")
    scenes.shop.fault("500_after", "POST /v1/payment_intents/*/confirm")
    scenes.shop.fault("500", "GET /v1/payment_intents/*", times=2)
    scenes.shop.pay(order, token=token)
    page.reload()
    sees(page, "Checking your payment")
    expect(page.locator("#button")).to_have_count(0)
    for _ in range(3):  # the gateway stays silent twice
        scenes.shop.hint(order, "payment_intent.succeeded")
    sees(page)
    assert charges(scenes, order) == 1


def test_the_back_button_after_paying_shows_the_receipt(scenes: Stage, pocket: BrowserContext, order: str) -> None:
    page = scenes.opens(pocket, scenes.link(order))
    pays(page)
    sees(page)
    page.goto(f"{PUBLIC_URL}/p/error/404")
    page.go_back()
    sees(page)
    expect(page.locator("#button")).to_have_count(0)
    assert charges(scenes, order) == 1


def test_the_other_tab_shows_the_receipt_when_it_comes_to_the_front(
    scenes: Stage, pocket: BrowserContext, order: str
) -> None:
    one, other = (scenes.opens(pocket, scenes.link(order)) for _ in range(2))
    types(other, WORKS)
    other.evaluate(HIDE, True)
    pays(one)
    sees(one)
    other.evaluate(HIDE, False)
    sees(other)
    assert charges(scenes, order) == 1


def test_a_phone_locked_at_the_bank_s_question_shows_what_the_bank_s_app_did_meanwhile(
    scenes: Stage, pocket: BrowserContext, order: str
) -> None:
    page = scenes.opens(pocket, scenes.link(order))
    pays(page, ASKS_THE_BANK)
    expect(page.locator("iframe[src*=challenge]")).to_be_visible(timeout=PATIENCE)
    page.evaluate(HIDE, True)
    scenes.shop.answer_bank(order, "passed")
    scenes.shop.hint(order, "payment_intent.succeeded")
    page.evaluate(HIDE, False)
    sees(page)
    assert charges(scenes, order) == 1


def test_offline_is_said_only_of_requests_that_failed_and_online_the_same_button_pays(
    scenes: Stage, pocket: BrowserContext, order: str
) -> None:
    page = scenes.opens(pocket, scenes.link(order))
    types(page, WORKS)
    page.route("**/p/**", lambda route: route.abort("internetdisconnected"))
    pocket.set_offline(True)
    said = page.get_by_text("You are offline. Nothing was sent.")
    expect(said).to_be_visible(timeout=PATIENCE)
    page.unroute("**/p/**")
    pocket.set_offline(False)
    expect(said).to_be_hidden(timeout=PATIENCE)
    pocket.set_offline(True)  # what the browser thinks; the stage answers all the same
    page.locator("#button").press("Enter")
    sees(page)
    assert charges(scenes, order) == 1
