from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.outage import Outage
from tests.sandbox.phones.conftest import LEA, SAM, SENDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from tests.sandbox.phones.conftest import Product, WhatsApp

CALLBACK: dict[str, Any] = {
    "id": "msg_1",
    "received_at": "2026-11-24T10:00:00.000+00:00",
    "signature": "valid",
    "applied": True,
    "copies": 2,
    "type": "order.paid",
    "order": "ord_1",
    "reference": "R7K2",
    "state": "paid",
    "amount": 1000,
    "currency": "EUR",
    "action": "REGISTER_PAY",
    "alias": "al_1",
    "consent": "Café Lumière keeps this card.",
    "charged_alias": None,
}


@pytest.fixture
def page(browser: Browser, whatsapp: WhatsApp) -> Iterator[Page]:
    """The screen in a browser. A violation of its content policy, or any error in it, fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(whatsapp.url)
    yield page
    context.close()
    assert complaints == []


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def test_an_order_from_the_first_tap_to_the_second_charge(page: Page, whatsapp: WhatsApp, product: Product) -> None:
    shop, buyer = part(page, "Shop's phone"), part(page, "Buyer's phone")
    shop.get_by_role("button", name="10 EUR +33612345678 REGISTER buyer@example.com").click()
    ordered = product.next("message").values[0]["messages"][0]
    assert ordered["text"]["body"] == "10 EUR +33612345678 REGISTER buyer@example.com"
    expect(shop.get_by_role("img", name="Delivered")).to_be_visible()

    link = {"display_text": "Open the page", "url": f"{whatsapp.site}/p/token"}
    whatsapp.say("hello")
    action = {"name": "cta_url", "parameters": link}
    whatsapp.send(type="interactive", interactive={"type": "cta_url", "body": {"text": "Pay €10"}, "action": action})
    assert product.next("read").values[0]["statuses"][0]["recipient_id"] == SAM[1:]
    with page.expect_popup() as opened:
        buyer.get_by_role("link", name="Open the page").click()
    assert opened.value.url == f"{whatsapp.site}/p/token"
    opened.value.close()

    whatsapp.text("Paid, Visa ••42 saved.", to=LEA)
    shop.get_by_role("button", name="Charge 5 EUR again").click()
    charge = product.next("message").values[0]["messages"][0]
    assert (charge["text"]["body"], charge["from"]) == ("CHARGE 5", LEA[1:])
    assert charge["context"]["id"] == whatsapp.chat(LEA)[-2]["id"]


def test_a_typed_reply_quotes_what_it_answers(page: Page, whatsapp: WhatsApp) -> None:
    whatsapp.say()
    whatsapp.text("Your table is ready")
    buyer = part(page, "Buyer's phone")
    buyer.get_by_role("button", name="Reply").click()
    buyer.get_by_role("textbox", name="Message").fill("On my way")
    buyer.get_by_role("button", name="Send").click()
    expect(buyer.get_by_role("blockquote")).to_contain_text("Your table is ready")
    assert whatsapp.chat()[-1]["reply_to"] == whatsapp.chat()[-2]["id"]
    expect(buyer.get_by_role("textbox", name="Message")).to_have_value("")


def test_the_backends_log_shows_each_callback_and_survives_its_stop(
    page: Page, whatsapp: WhatsApp, product: Product
) -> None:
    backend = part(page, "Order backend")
    product.log.append(CALLBACK)
    entry = backend.get_by_role("listitem")
    words = ("signature valid", "applied once", "2 copies", "R7K2", "€10.00", "REGISTER_PAY", "al_1", "keeps this card")
    for word in words:
        expect(entry).to_contain_text(word)
    merchant = entry.get_by_role("link", name="View as merchant")
    expect(merchant).to_have_attribute("href", "http://ordo.localhost:8701/office/orders/ord_1")
    backend.get_by_role("button", name="Stop the backend").click()
    expect(backend.get_by_role("button", name="Start the backend")).to_be_visible()
    assert whatsapp.backend.running is False
    expect(entry).to_contain_text("R7K2")


def test_a_test_card_is_copied(page: Page) -> None:
    part(page, "Test cards").get_by_role("button", name="Copy the card “works”").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "4242424242424242"


def test_a_double_tap_says_it_once(page: Page, whatsapp: WhatsApp, product: Product) -> None:
    shop = part(page, "Shop's phone")
    shop.get_by_role("button", name="Just pay").dblclick()
    product.next("message")
    shop.get_by_role("textbox", name="Message").fill("HELP")
    shop.get_by_role("button", name="Send").dblclick()
    product.next("message")
    expect(shop.get_by_role("textbox", name="Message")).to_have_value("")
    assert [message["text"] for message in whatsapp.chat(LEA)] == ['10 EUR +33612345678 "2 pizzas" ORDER=A12', "HELP"]
    part(page, "Order backend").get_by_role("button", name="Stop the backend").dblclick()
    expect(page.get_by_role("button", name="Start the backend")).to_be_visible()
    assert whatsapp.backend.running is False


def test_many_callbacks_do_not_make_the_page_longer(page: Page, product: Product) -> None:
    product.log.extend(CALLBACK | {"id": f"msg_{number}"} for number in range(12))
    expect(part(page, "Order backend").get_by_role("listitem")).to_have_count(12)
    assert page.evaluate("document.documentElement.scrollHeight") == 800


def test_one_s_own_messages_have_ticks_and_others_do_not(page: Page, whatsapp: WhatsApp) -> None:
    whatsapp.say("Hello")
    whatsapp.text("Here you are")
    buyer = part(page, "Buyer's phone")
    expect(buyer.locator(".mine").get_by_role("img")).to_have_count(1)
    expect(buyer.locator(".theirs")).to_have_count(1)
    expect(buyer.locator(".theirs").get_by_role("img")).to_have_count(0)


def test_what_a_phone_that_is_off_has_not_got_is_told(page: Page, whatsapp: WhatsApp) -> None:
    whatsapp.say("Hello")
    whatsapp.control(f"contacts/{SAM}", switched_on=False)
    whatsapp.text("Here you are")
    expect(part(page, "Buyer's phone").locator(".theirs")).to_contain_text("Not here yet: the phone is switched off")


def test_a_callback_that_waits_is_told_on_the_panel_and_in_the_guide(page: Page, whatsapp: WhatsApp) -> None:
    panel = part(page, "Order backend").get_by_role("status")
    whatsapp.backend.running = False
    expect(panel).to_contain_text("its callback will find nobody here")
    whatsapp.backend.outage = Outage(waiting=1, arrived=0, tries=2, last_at=1_795_000_000.0)
    expect(panel).to_contain_text("A callback waits. Turned away 2 times")
    expect(panel).to_contain_text("start the backend")
    whatsapp.backend.running = True
    expect(panel).to_contain_text("tries again by itself, within about a minute")
    whatsapp.backend.outage = Outage(waiting=2, arrived=0, tries=6, last_at=1_795_000_000.0)
    expect(panel).to_contain_text("2 callbacks wait. Turned away 6 times")
    expect(panel).to_contain_text("after a long outage the pauses are longer")
    whatsapp.backend.outage = Outage(arrived=2)
    expect(panel).to_be_empty()


def test_all_cards_are_there(page: Page) -> None:
    cards = part(page, "Test cards")
    expect(cards.get_by_role("listitem")).to_have_count(3)
    cards.get_by_text("1 more card").click()
    expect(cards.get_by_role("listitem")).to_have_count(4)


def test_on_a_narrow_screen_one_thing_is_shown_at_a_time(page: Page, whatsapp: WhatsApp) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    expect(part(page, "Buyer's phone")).to_be_hidden()
    whatsapp.say()
    whatsapp.text("Hi")
    page.get_by_role("tab", name="Shop").press("ArrowRight")
    expect(page.get_by_role("tab", name="Buyer")).to_be_focused()
    expect(part(page, "Buyer's phone").get_by_text("Hi", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_another_phone_is_added_and_shown(page: Page) -> None:
    buyer = part(page, "Buyer's phone")
    page.get_by_label("Buyer's phone: settings and other phones").click()
    buyer.get_by_label("Number").fill("+33 6 98 76 54 32")
    buyer.get_by_label("Name").fill("Ida")
    buyer.get_by_role("button", name="Add").click()
    expect(buyer.get_by_text("Ida, +33 6 98 76 54 32")).to_be_visible()


def test_a_link_to_the_chat_opens_it_with_the_text_in_the_buyer_s_hand(page: Page, whatsapp: WhatsApp) -> None:
    page.goto(f"{whatsapp.url}/wa.me/{SENDER.phone[1:]}?text=PAY+A12")
    written = part(page, "Buyer's phone").get_by_role("textbox", name="Message")
    expect(written).to_have_value("PAY A12")
    assert page.url == f"{whatsapp.url}/"
    part(page, "Buyer's phone").get_by_role("button", name="Send").click()
    expect(written).to_have_value("")
    assert whatsapp.chat(SAM)[0]["text"] == "PAY A12"
    expect(part(page, "Shop's phone").get_by_role("textbox", name="Message")).to_have_value("")
