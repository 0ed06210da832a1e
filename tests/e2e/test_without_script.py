"""A buyer's browser that runs no script: only the card fields need one; all the rest goes by plain posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.actors import ASKS_THE_BANK, WORKS, Backend, Buyer, Merchant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PHONE = "+33612345678"


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A phone's browser in which JavaScript is off."""
    context = browser.new_context(
        viewport={"width": 360, "height": 780}, has_touch=True, locale="en-GB", java_script_enabled=False
    )
    yield context.new_page()
    context.close()


def test_the_page_says_why_it_needs_a_script_and_leads_to_the_shop(merchant: Merchant, plain: Page) -> None:
    link, _ = merchant.orders(f"10 EUR {PHONE} ORDER=PLAIN-1")
    plain.goto(link)
    expect(plain.get_by_role("heading", name="The card fields need JavaScript")).to_be_visible()
    expect(plain.locator("noscript").get_by_role("link")).to_have_attribute("href", "mailto:hello@cafe-lumiere.example")
    expect(plain.locator("#button")).to_be_hidden()


def test_the_language_changes_by_a_plain_link(merchant: Merchant, plain: Page) -> None:
    link, _ = merchant.orders(f"10 EUR {PHONE} ORDER=PLAIN-2")
    plain.goto(link)
    plain.locator("summary", has_text="English").click()
    plain.get_by_role("link", name="Deutsch").click()
    expect(plain.locator("html")).to_have_attribute("lang", "de")
    expect(plain.get_by_role("heading", name="JavaScript")).to_be_visible()


def test_a_request_for_somebody_else_is_stopped(merchant: Merchant, plain: Page) -> None:
    link, confirmation = merchant.orders(f"10 EUR {PHONE} ORDER=PLAIN-3")
    plain.goto(link)
    plain.get_by_text("Not your order?").click()
    plain.get_by_role("button", name="This is not for me: stop it").click()
    expect(plain.get_by_role("heading", name="This request was stopped")).to_be_visible()
    merchant.hears(confirmation, "Somebody who has the link")


def test_a_try_that_waits_for_the_bank_is_shown_and_given_up_for_another_card(
    merchant: Merchant, buyer: Buyer, plain: Page
) -> None:
    link, _ = merchant.orders(f"10 EUR {PHONE} ORDER=PLAIN-4")
    buyer.opens(link).pays(ASKS_THE_BANK).sees("Your bank asks for your confirmation")
    plain.goto(link)
    expect(plain.get_by_role("heading", name="Your bank asks for your confirmation")).to_be_visible()
    expect(plain.get_by_role("button", name="Continue to the bank")).to_be_hidden()
    plain.get_by_role("link", name="Look again").click()
    plain.get_by_role("button", name="Use another card").click()
    expect(plain.get_by_role("heading", name="The card fields need JavaScript")).to_be_visible()


def test_the_receipt_is_read_and_the_saved_card_removed(
    merchant: Merchant, buyer: Buyer, plain: Page, backend: Backend
) -> None:
    link, _ = merchant.orders(f"10 EUR {PHONE} REGISTER buyer@example.com ORDER=PLAIN-5")
    buyer.opens(link).pays(WORKS).sees("Paid")
    assert backend.hears_of("PLAIN-5")["state"] == "paid"
    plain.goto(link)
    expect(plain.locator("#summary")).to_contain_text("PLAIN-5")
    expect(plain.get_by_role("link", name="Back to the chat")).to_be_visible()
    expect(plain.get_by_role("button", name="Print or keep as PDF")).to_be_hidden()
    expect(plain.get_by_role("button", name="Keep as a picture")).to_be_hidden()
    plain.get_by_text("Remove this card").click()
    plain.get_by_role("button", name="Yes, remove it").click()
    expect(plain.locator("#pay")).to_contain_text("it can no longer be charged")


def test_a_name_and_an_address_are_given_before_the_card(merchant: Merchant, buyer: Buyer, plain: Page) -> None:
    link, confirmation = merchant.orders(f"10 EUR {PHONE} FORM ORDER=PLAIN-6")
    plain.goto(link)
    plain.get_by_label("Name", exact=True).fill("Ada Martin")
    plain.get_by_label("Street and number").fill("1 rue de la Paix")
    plain.get_by_role("button", name="Continue to the card").click()
    expect(plain.get_by_label("Town or city")).to_be_focused()
    expect(plain.get_by_label("Town or city")).to_have_accessible_description("Please fill this in.")
    expect(plain.get_by_label("Name", exact=True)).to_have_value("Ada Martin")
    plain.get_by_label("Town or city").fill("Paris")
    plain.get_by_label("Country").select_option("France")
    plain.get_by_role("button", name="Continue to the card").click()
    expect(plain.locator("#pay")).to_contain_text("Your name and address are noted")
    buyer.opens(link).pays(WORKS).sees("Paid")
    merchant.hears(confirmation, "Paid")
