"""Orders are found, chosen, exported, refunded and watched in the back office, on a phone and on a desk; and all of it by the keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.actors import Merchant
from tests.e2e.office import SIZES, Keys, Outside, Screen

if TYPE_CHECKING:
    pass

BATCH = 31  # one more than a page of the list has


@pytest.fixture(scope="module")
def batch(outside: Outside) -> list[str]:
    """More orders than a page has: their references, oldest first."""
    made = [f"LOT-{number:02}" for number in range(BATCH)]
    for number, reference in enumerate(made):
        outside.orders(reference, 100 + number, phone="+33612340002")
    return made


def test_orders_are_searched_filtered_sorted_paged_and_live(screen: Screen, outside: Outside, batch: list[str]) -> None:
    page, tag = screen.opens("/orders"), "P" if screen.is_phone else "D"
    first = page.locator(".orders tbody tr").first
    box = first.bounding_box()
    assert box
    assert box["y"] + box["height"] <= SIZES["phone" if screen.is_phone else "desk"]["height"]
    page.evaluate("() => { window.neverReloaded = true; }")
    page.get_by_role("searchbox").press_sequentially("lot-1")
    expect(page.locator(".orders tbody tr")).to_have_count(10)  # LOT-10 to LOT-19, while it is typed
    page.get_by_role("searchbox").fill("LOT-")
    expect(page.locator("#totals b").first).to_contain_text(str(BATCH))
    page.locator("#filters > summary").click()
    page.get_by_label("Sort").select_option(label="Lowest amount first")
    page.locator("#state").select_option(label="Waiting for the buyer")
    expect(page).to_have_url(re.compile("state="))
    seen = page.locator(".orders .ref").all_inner_texts()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Previous")).to_be_visible()
    rest = page.locator(".orders .ref").all_inner_texts()
    assert sorted(seen + rest) == batch
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".orders .ref")).to_have_text(seen)
    screen.fits()
    screen.opens("/orders")
    outside.orders(f"NEW-{tag}")
    expect(page.locator(".orders")).to_contain_text(f"NEW-{tag}")  # the list is live


def test_a_selection_is_cancelled_and_all_that_is_listed_exported(screen: Screen, outside: Outside) -> None:
    tag = "P" if screen.is_phone else "D"
    for number in (1, 2):
        outside.orders(f"PICK-{tag}{number}", phone="+33612340003")
    outside.pays(f"PICK-{tag}3", 700, phone="+33612340003")
    page = screen.opens(f"/orders?q=PICK-{tag}")
    expect(page.locator("#totals")).to_contain_text("7")
    for number in (1, 2, 3):
        screen.row(f"PICK-{tag}{number}").get_by_role("checkbox").check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    lines = Path(saved.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 4
    page.get_by_role("button", name="Cancel the orders").click()
    expect(page.get_by_role("heading", name="Cancel these orders?")).to_be_visible()
    page.get_by_role("button", name="Cancel the orders").click()
    expect(page.get_by_text("The order is being cancelled.")).to_have_count(2)
    expect(page.get_by_text("Not done")).to_have_count(1)
    screen.fits()
    screen.opens(f"/orders?q=PICK-{tag}1")
    expect(page.locator(".orders .badge")).to_contain_text("Cancelled")


def test_an_order_is_refunded_in_part_noted_followed_and_duplicated(
    screen: Screen, outside: Outside, merchant: Merchant
) -> None:
    reference = "BACK-P" if screen.is_phone else "BACK-D"
    link, confirmation = merchant.orders(f"10 EUR +33612340005 ORDER={reference}")
    outside.buyer.opens(link).pays()
    merchant.hears(confirmation, "Paid")
    page = screen.opens(f"/orders?q={reference}")
    page.get_by_role("link", name=reference).click()
    _refunds(page, "3")
    expect(page.locator(".stats")).to_contain_text("3,00")
    page.get_by_role("button", name="Refund", exact=True).click()  # while the dialog is open, the chat refunds too
    _refunds_in_the_chat(merchant, confirmation)
    _refunds(page, "2", opened=True)
    expect(page.get_by_text("Nothing has been done yet.")).to_be_visible()
    page.get_by_role("button", name="Refund", exact=True).click()
    expect(page.locator(".stats")).to_contain_text("6,00")
    expect(page.get_by_role("table", name="Refunds").get_by_role("row", name="One was cold")).to_have_count(2)
    page.get_by_label("A note, for the people of the shop alone").fill("Gave her a coffee")
    page.get_by_role("button", name="Write the note").click()
    expect(page.get_by_role("region", name="Notes")).to_contain_text("Gave her a coffee")
    times = [each.get_attribute("datetime") or "" for each in page.locator("ol.timeline time").all()]
    assert times == sorted(times, reverse=True)
    page.evaluate("() => { window.neverReloaded = true; }")
    _refunds_in_the_chat(merchant, confirmation)
    expect(page.locator(".stats")).to_contain_text("7,00")
    assert page.evaluate("() => window.neverReloaded") is True
    screen.fits()
    page.locator("#status summary").click()
    status = page.locator("#status-link").input_value()
    page.get_by_role("link", name="Duplicate").click()
    expect(page.get_by_label("Amount")).to_have_value(re.compile("^10"))
    page.goto(status)
    expect(page.locator("#live")).to_contain_text("Partly refunded")
    assert "33612340005" not in page.content()
    screen.fits()


def _refunds(page: Page, amount: str, *, opened: bool = False) -> None:
    if not opened:
        page.get_by_role("button", name="Refund", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("How much goes back")).fill(amount)
    dialog.get_by_label(re.compile("^Why")).fill("One was cold")
    dialog.get_by_role("button", name="Refund", exact=True).click()


def _refunds_in_the_chat(merchant: Merchant, confirmation: str) -> None:
    """1 of it, after a yes."""
    question = merchant.answer(merchant.texts("REFUND 1 EUR", reply_to=confirmation))
    merchant.hears(merchant.phone.taps(question, 0), "refund")


def test_the_keyboard_alone_makes_an_order_refunds_it_and_finds_its_callback(screen: Screen, outside: Outside) -> None:
    page, reference = screen.opens("/orders"), "KEYS-P" if screen.is_phone else "KEYS-D"
    keys = Keys(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    keys.presses(page.get_by_role("link", name="New order"))
    keys.writes(page.get_by_label("Amount"), "9")
    keys.writes(page.get_by_label("Buyer's phone"), "+33612340004")
    keys.writes(page.get_by_label("Reference"), reference)
    keys.presses(page.get_by_role("button", name="Make the order"))
    outside.buyer.opens(page.locator("#link").input_value()).pays()
    expect(page.locator(".badge").first).to_contain_text("Paid")
    _refunds_by_keys(keys)
    if screen.is_phone:
        keys.presses(page.get_by_role("button", name="Menu"))
    keys.presses(page.get_by_role("link", name="Callbacks", exact=True).first)
    keys.writes(page.get_by_role("searchbox"), reference)
    page.keyboard.press("Enter")
    told = page.locator("#list tr", has_text="order.partially_refunded").get_by_role("link").first
    keys.presses(told)
    answer = page.locator("#tries-title + ul summary").first
    expect(answer).to_contain_text("200")
    keys.presses(answer)
    expect(page.get_by_role("heading", name="Beginning of the answer")).to_be_visible()
    expect(page.locator("#body-title + pre")).to_contain_text(reference)


def _refunds_by_keys(keys: Keys) -> None:
    """4 of it; the dialog takes the focus, and gives it back to who changes their mind."""
    page, button = keys.page, keys.page.get_by_role("button", name="Refund", exact=True)
    keys.presses(button)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    keys.has_it_within(dialog)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    keys.writes(dialog.get_by_label(re.compile("How much goes back")), "4")
    page.keyboard.press("Enter")
    expect(page.locator(".badge").first).to_contain_text("Partly refunded")
