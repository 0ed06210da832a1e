"""Wallets on the buyer's page: each action, each way that a buyer takes, and never a second charge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.actors import ACTIONS, WORKS, Backend, Buyer, Merchant, office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, FrameLocator

    from sandbox.world import World

PHONE = "+33612345678"
PLAIN, DECLINED, ASKS = "Visa ••4242", "Visa ••0002", "Visa ••3184"
INSTAGRAM = (
    "Mozilla/5.0 (Linux; Android 14; SM-A546B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 "
    "Mobile Safari/537.36 Instagram 361.0.0.0"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)


def taps(buyer: Buyer) -> FrameLocator:
    """Tap the wallet's button; its sheet."""
    button = buyer.page.frame_locator("#wallet-frame iframe").get_by_role("button", name="Sandbox Pay")
    expect(buyer.page.locator("#wallets")).to_have_attribute("data-shows", "buttons", timeout=15_000)
    button.click()
    return buyer.page.frame_locator("iframe[src*=wallet]")


def pays(buyer: Buyer, card: str = PLAIN) -> Buyer:
    sheet = taps(buyer)
    sheet.get_by_label(card).check()
    sheet.get_by_role("button", name="Confirm").click()
    return buyer


def order(merchant: Merchant, action: str, reference: str) -> tuple[str, str]:
    return merchant.orders(f"{ACTIONS[action].format(phone=PHONE)} ORDER={reference}")


def charges(world: World, reference: str) -> list[dict[str, Any]]:
    """What the gateway has taken for an order."""
    asked = requests.get(
        f"{world.addresses.gateway.server}/v1/payment_intents?limit=100&expand[]=data.latest_charge",
        auth=(world.keyring["GATEWAY_SECRET_KEY"], ""),
        timeout=5,
    )
    found = [each for each in asked.json()["data"] if each["metadata"].get("reference") == reference]
    return [each["latest_charge"] for each in found if each["status"] == "succeeded"]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_wallet_fulfils_every_order_and_is_named_on_the_receipt(
    action: str, merchant: Merchant, buyer: Buyer, backend: Backend
) -> None:
    reference = f"W-{action.replace('_', '')}"
    link, confirmation = order(merchant, action, reference)
    buyer.opens(link)
    if action == "ASK_REGISTER_PAY":
        buyer.page.get_by_role("checkbox").check()
    sheet = taps(buyer)
    kept = sheet.get_by_text("This card is saved for your next payments")
    expect(sheet.get_by_role("button", name="Confirm")).to_be_visible()
    expect(kept).to_have_count(0 if action == "PAYMENT" else 1)
    sheet.get_by_role("button", name="Confirm").click()
    buyer.sees("Your card is saved" if action == "REGISTER" else "Paid").sees("Visa ••4242 (Google Pay)")
    merchant.hears(confirmation, "Visa ••42 (Google Pay)")
    told = backend.hears_of(reference)
    assert told["state"] == ("registered" if action == "REGISTER" else "paid")
    assert bool(told["alias"]) is bool(told["consent"]) is (action != "PAYMENT")


def test_an_unticked_box_keeps_nothing_of_a_wallet(merchant: Merchant, buyer: Buyer, backend: Backend) -> None:
    link, _ = order(merchant, "ASK_REGISTER_PAY", "W-UNTICKED")
    box = buyer.opens(link).page.get_by_role("checkbox")
    box.check()
    box.uncheck()
    pays(buyer).sees("Your card was not saved.")
    told = backend.hears_of("W-UNTICKED")
    assert (told["alias"], told["consent"]) == (None, None)


def test_an_iphone_leaves_an_apple_pay_alias_that_the_office_names(
    browser: Browser, world: World, merchant: Merchant, context: BrowserContext
) -> None:
    link, confirmation = order(merchant, "REGISTER", "W-APPLE")
    phone = browser.new_context(viewport={"width": 360, "height": 780}, user_agent=IPHONE, locale="en-GB")
    pays(Buyer(phone).opens(link)).sees("Visa ••4242 (Apple Pay)")
    phone.close()
    merchant.hears(confirmation, "Visa ••42 (Apple Pay) saved")
    page = office(context.new_page(), world)
    page.get_by_role("link", name="W-APPLE").first.click()
    expect(page.get_by_text("Visa ••4242 (Apple Pay)").first).to_be_visible()


def test_a_buyer_who_cancels_the_sheet_can_still_pay_either_way(merchant: Merchant, buyer: Buyer, world: World) -> None:
    link, _ = order(merchant, "PAYMENT", "W-CANCEL")
    taps(buyer.opens(link)).get_by_role("button", name="Cancel").click()
    expect(buyer.page.locator("iframe[src*=wallet]")).to_have_count(0)
    expect(buyer.button).to_have_attribute("aria-disabled", "false")
    assert charges(world, "W-CANCEL") == []
    pays(buyer).sees("Paid")
    assert len(charges(world, "W-CANCEL")) == 1


def test_a_declined_wallet_and_then_a_card(merchant: Merchant, buyer: Buyer, world: World) -> None:
    link, _ = order(merchant, "PAYMENT", "W-DECLINE")
    pays(buyer.opens(link), DECLINED).sees("declined this card")
    buyer.pays(WORKS).sees("Paid")
    expect(buyer.page.get_by_text("Visa ••4242", exact=True)).to_be_visible()
    assert len(charges(world, "W-DECLINE")) == 1


@pytest.mark.parametrize("action", ["PAYMENT", "REGISTER"])
def test_the_bank_may_ask_behind_a_wallet(action: str, merchant: Merchant, buyer: Buyer) -> None:
    link, _ = order(merchant, action, f"W-BANK-{action}")
    pays(buyer.opens(link), ASKS).tells_the_bank("Complete authentication").sees("Visa ••3184 (Google Pay)")


def test_two_taps_on_the_wallet_and_one_on_the_button_are_one_charge(
    merchant: Merchant, buyer: Buyer, world: World
) -> None:
    link, _ = order(merchant, "PAYMENT", "W-TWICE")
    buyer.opens(link).types(WORKS)
    expect(buyer.page.locator("#wallets")).to_have_attribute("data-shows", "buttons", timeout=15_000)
    buyer.page.frame_locator("#wallet-frame iframe").get_by_role("button", name="Sandbox Pay").dblclick()
    sheet = buyer.page.frame_locator("iframe[src*=wallet]")
    sheet.get_by_role("button", name="Confirm").evaluate("(button) => { button.click(); button.click(); }")
    buyer.button.evaluate("(button) => { button.click(); button.click(); }")  # under the sheet
    buyer.sees("Paid")
    assert [each["paid"] for each in charges(world, "W-TWICE")] == [True]


def test_inside_an_app_the_card_pays_and_no_wallet_is_shown(browser: Browser, merchant: Merchant, world: World) -> None:
    link, _ = order(merchant, "PAYMENT", "W-INSIDE")
    context = browser.new_context(viewport={"width": 360, "height": 780}, user_agent=INSTAGRAM, locale="en-GB")
    buyer = Buyer(context).opens(link)
    expect(buyer.page.get_by_role("link", name="Open in your browser")).to_be_visible()
    expect(buyer.page.locator("#wallet-frame iframe")).to_have_count(0)
    buyer.pays(WORKS).sees("Paid")
    context.close()
    assert len(charges(world, "W-INSIDE")) == 1


def test_a_shop_that_does_not_want_wallets_shows_none_and_nothing_moves(
    merchant: Merchant, buyer: Buyer, world: World
) -> None:
    link, _ = order(merchant, "PAYMENT", "W-NONE")
    gateway, key = (
        f"{world.addresses.gateway.server}/v1/payment_method_domains",
        (world.keyring["GATEWAY_SECRET_KEY"], ""),
    )
    [domain] = requests.get(gateway, auth=key, timeout=5).json()["data"]

    def wants(wallets: str) -> None:
        requests.post(f"{gateway}/{domain['id']}", {"enabled": wallets}, auth=key, timeout=5).raise_for_status()

    wants("false")
    try:
        buyer.page.add_init_script(
            "window.moved = 0; new PerformanceObserver((list) => { for (const each of list.getEntries()) moved += each.value; })"
            ".observe({type: 'layout-shift', buffered: true});"
        )
        buyer.opens(link)
        expect(buyer.button).to_have_attribute("aria-disabled", "false")
        expect(buyer.page.locator("#wallet-frame iframe")).to_have_count(0)
        expect(buyer.page.get_by_text("or pay by card")).to_be_hidden()
        assert buyer.page.evaluate("moved") <= 0.01
        buyer.pays(WORKS).sees("Paid")
    finally:
        wants("true")
