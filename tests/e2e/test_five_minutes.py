"""The first five minutes, as the README tells them, on the one screen, with real clicks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.actors import BUYER, WORKS, Backend, Buyer, Merchant, office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from sandbox.world import World

SOON = 15_000  # milliseconds; how fast it is, is measured elsewhere


@pytest.fixture
def screen(browser: Browser, world: World) -> Iterator[Page]:
    """A newcomer's screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.goto(world.addresses.phones.browser)
    yield page
    context.close()


def pays_in_the_window(screen: Page, card: str) -> Page:
    """The newest link on the buyer's phone opens a window of its own; pay there."""
    phone = screen.get_by_role("region", name="Buyer's phone")
    with screen.expect_popup() as opened:
        phone.locator("a[data-popup]").last.click()
    buyer = Buyer.__new__(Buyer)
    buyer.page = opened.value
    buyer.pays(card)
    return opened.value


def reads_the_letter(screen: Page) -> None:
    """The newest letter in the mailbox, up to the page where the card can be removed."""
    with screen.expect_popup() as opened:
        screen.get_by_role("link", name="Mailbox").click()
    mailbox = opened.value
    expect(mailbox.get_by_role("heading", name="Mailbox")).to_be_visible()
    mailbox.get_by_role("link", name=re.compile("^Receipt of Café Lumière")).first.click()
    expect(mailbox.get_by_text(re.compile("buyer@example.com")).first).to_be_visible()
    letter = mailbox.frame_locator("iframe")
    expect(letter.get_by_text(re.compile("You agreed to this"))).to_be_visible()
    with mailbox.expect_popup() as page_of_the_card:
        letter.get_by_role("link", name="Remove the card, at any time").click()
    expect(page_of_the_card.value.locator("#saved")).to_be_visible(timeout=SOON)
    page_of_the_card.value.close()
    mailbox.close()


def test_the_first_five_minutes(screen: Page, world: World, merchant: Merchant, backend: Backend) -> None:
    shop = screen.get_by_role("region", name="Shop's phone")
    buyers = screen.get_by_role("region", name="Buyer's phone")
    log = screen.get_by_role("region", name="Order backend")

    again = shop.get_by_role("button", name="Charge 5 EUR again")
    before = again.count()

    # A chip is tapped: the buyer has a message with a button, the shop one confirmation with the link to forward, and ticks.
    links = buyers.locator("a[data-popup]").count()
    shop.get_by_role("button", name="Pay, save the card").click()
    expect(buyers.locator("a[data-popup]")).to_have_count(links + 1, timeout=SOON)
    expect(shop.get_by_text(re.compile("To forward it another way")).last).to_be_visible(timeout=SOON)
    expect(shop.get_by_role("img", name="Read").last).to_be_visible(timeout=SOON)

    # The link opens a window the size of a phone; the card works; a receipt.
    window = pays_in_the_window(screen, WORKS)
    expect(window.locator("#pay")).to_contain_text("This card is saved", timeout=SOON)
    window.close()

    # Untouched, the shop's phone and the backend's log tell it.
    expect(again).to_have_count(before + 1, timeout=SOON)
    expect(shop.get_by_text(re.compile(r"Paid, Visa ••42 saved")).last).to_be_visible(timeout=SOON)
    first = log.get_by_role("listitem").first
    expect(first).to_contain_text("signature valid", timeout=SOON)
    for words in ("order.paid", "REGISTER_PAY", "al_", "my next payments"):
        expect(first).to_contain_text(words)

    # The buyer has the receipt and what was agreed to in the chat, and both in one letter.
    expect(buyers.get_by_role("link", name="See receipt").last).to_be_visible(timeout=SOON)
    reads_the_letter(screen)

    # "Charge 5 EUR again": done without a link, callback and receipt follow.
    links = buyers.locator("a[data-popup]").count()
    again.last.click()
    expect(shop.get_by_text(re.compile(r"Paid, Visa ••42\.\s+5,00")).last).to_be_visible(timeout=SOON)
    expect(log.get_by_role("listitem").first).to_contain_text("alias charged", timeout=SOON)
    expect(buyers.locator("a[data-popup]")).to_have_count(links + 1, timeout=SOON)
    expect(buyers.locator("a[data-popup]").last).to_contain_text("receipt")

    # The backend is stopped, an order paid, the backend started: the callback arrives with the same id, applied once.
    screen.get_by_role("button", name="Stop the backend").click()
    link, confirmation = merchant.orders("7 EUR +33612345678 ORDER=OUTAGE")
    context = (
        screen.context.browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
        if screen.context.browser
        else screen.context
    )
    Buyer(context).opens(link).pays(WORKS).sees("Paid")
    merchant.hears(confirmation, "Paid")
    screen.get_by_role("button", name="Start the backend").click()
    told = backend.hears_of("OUTAGE")
    assert (told["signature"], told["applied"]) == ("valid", True)
    assert len([each for each in backend.log() if each["reference"] == "OUTAGE"]) == 1

    # A mistake gets a kind correction with an example.
    shop.get_by_role("button", name="A mistake").click()
    expect(shop.get_by_text(re.compile("is not a whole phone number")).last).to_be_visible(timeout=SOON)
    expect(shop.get_by_text(re.compile(r"For example: 10 EUR \+33")).last).to_be_visible()

    # "View as merchant": a demo login, and the order's timeline.
    page = office(context.new_page(), world, f"/office/orders/{told['order']}")
    expect(page.get_by_role("list").filter(has_text="Callback delivered")).to_be_visible(timeout=SOON)
    context.close()


def test_the_status_page_follows_an_order_without_a_reload(
    browser: Browser, world: World, merchant: Merchant, buyer: Buyer
) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 900}, locale="en-GB")
    page = office(context.new_page(), world, "/office/orders/new")
    page.get_by_label("Take a payment and save the card").check()
    page.get_by_label("Amount").fill("12")
    page.get_by_label("Buyer's phone").fill("06 12 34 56 78")
    page.get_by_label("Buyer's e-mail").fill("buyer@example.com")
    page.get_by_label("Reference").fill("LIVE1")
    page.get_by_role("button", name="Make the order").click()
    timeline = page.locator("ol.timeline")
    expect(timeline).to_be_visible()
    page.evaluate("() => { window.neverReloaded = true; }")
    for words in ("Order created", "Delivered to the phone"):
        expect(timeline).to_contain_text(words, timeout=SOON)
    expect(timeline.get_by_text("Read", exact=True)).to_have_count(0)
    merchant.shows(BUYER)
    expect(timeline.get_by_text("Read", exact=True)).to_be_visible(timeout=SOON)
    buyer.opens(page.locator("#link").input_value())
    expect(timeline).to_contain_text("Page opened", timeout=SOON)
    buyer.pays(WORKS).sees("Paid")
    for pattern in ("Paid", "Card saved for later charges|The same card was saved again", "Callback delivered"):
        expect(timeline).to_contain_text(re.compile(pattern), timeout=SOON)
    assert page.evaluate("() => window.neverReloaded") is True

    # The button on the status page charges the card again.
    page.get_by_role("button", name="Charge again").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount (EUR)").fill("6")  # the first story's 5 a moment ago would be asked about
    dialog.get_by_role("button", name="Charge", exact=True).click()
    page.wait_for_url(re.compile("/office/orders/ord_"))
    expect(page.locator("ol.timeline")).to_contain_text("Callback delivered", timeout=SOON)
    expect(page.locator(".badge").first).to_contain_text("Paid")
    context.close()


def test_the_office_writes_an_order_and_cancels_it(browser: Browser, world: World, buyer: Buyer) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
    page = office(context.new_page(), world, "/office/orders/new")
    page.get_by_label("Buyer's phone").fill("06 12 34")
    page.get_by_label("Amount").fill("18,50")
    page.get_by_role("button", name="Make the order").click()
    expect(page.get_by_role("alert")).to_contain_text("not a whole phone number")
    page.get_by_label("Buyer's phone").fill("06 12 34 56 78")
    page.get_by_label("What is paid").fill("2 pizzas")
    page.get_by_role("button", name="Make the order").click()
    link = page.locator("#link").input_value()
    buyer.opens(link).sees("2 pizzas")
    page.get_by_role("button", name="Cancel the order").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.locator(".badge").first).to_contain_text("Cancelled", timeout=SOON)
    buyer.opens(link).sees("To get a new link")
    context.close()


def test_money_goes_back_and_every_page_says_so(
    browser: Browser, world: World, merchant: Merchant, buyer: Buyer, backend: Backend
) -> None:
    link, confirmation = merchant.orders("10 EUR +33612345678 ORDER=BACK")
    buyer.opens(link).pays(WORKS).sees("Paid")
    order = backend.hears_of("BACK")["order"]
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
    page = office(context.new_page(), world, f"/office/orders/{order}")
    page.get_by_role("button", name="Refund").click()
    page.get_by_role("dialog").get_by_label(re.compile("How much goes back")).fill("4")
    page.get_by_role("dialog").get_by_role("button", name="Refund").click()
    expect(page.locator(".badge").first).to_contain_text("Partly refunded", timeout=SOON)
    merchant.hears(confirmation, "refunded")
    buyer.opens(link).sees("partly refunded")
    context.close()


def test_money_is_held_until_the_shop_takes_it(browser: Browser, world: World, buyer: Buyer) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
    page = office(context.new_page(), world, "/office/orders/new")
    page.get_by_label("Buyer's phone").fill("06 12 34 56 78")
    page.get_by_label("Amount").fill("30")
    page.get_by_label(re.compile("Only hold the money")).check()
    page.get_by_role("button", name="Make the order").click()
    buyer.opens(page.locator("#link").input_value()).pays(WORKS).sees("Authorised")
    page.get_by_role("button", name="Take the money").click()
    page.get_by_role("dialog").get_by_role("button", name="Take the money").click()
    expect(page.locator(".badge").first).to_contain_text("Paid", timeout=SOON)
    context.close()


def test_what_is_open_on_the_status_page_stays_open(
    browser: Browser, world: World, merchant: Merchant, buyer: Buyer
) -> None:
    link, _ = merchant.orders("10 EUR +33612345678 ORDER=UNFOLD")
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
    page = office(context.new_page(), world)
    page.get_by_role("link", name="UNFOLD").click()
    page.get_by_text("Show as a QR code").click()
    buyer.opens(link)
    expect(page.locator("ol.timeline")).to_contain_text("Page opened", timeout=SOON)
    expect(page.get_by_role("img", name="QR code of the payment link")).to_be_visible()
    context.close()
