"""Who acts in the stories: the merchant at the shop's phone, the buyer with a browser, the order backend, the office."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page, expect

from tests.actors import ASKS_THE_BANK, BUYER, DECLINED, SHOP, WORKS, Backend, Merchant, Phone, until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from sandbox.world import World

__all__ = [
    "ACTIONS",
    "ASKS_THE_BANK",
    "BUYER",
    "DECLINED",
    "SHOP",
    "WORKS",
    "Backend",
    "Buyer",
    "Merchant",
    "Phone",
    "office",
    "until",
]

# what the merchant writes for each action
ACTIONS = {
    "PAYMENT": "10 EUR {phone}",
    "REGISTER": "{phone} REGISTER buyer@example.com",
    "REGISTER_PAY": "10 EUR {phone} REGISTER buyer@example.com",
    "ASK_REGISTER_PAY": "10 EUR {phone} ASK buyer@example.com",
}


class Buyer:
    """A person with a phone's browser."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page = context.new_page()

    def opens(self, link: str) -> Buyer:
        self.page.goto(link)
        return self

    def types(self, number: str) -> Buyer:
        """Fill the gateway's frame."""
        frame = self.page.frame_locator("#card-frame iframe")
        frame.get_by_label("Card number").fill(number)
        frame.get_by_label("Expiry date").fill("12/34")
        frame.get_by_label("Security code").fill("123")
        return self

    @property
    def button(self) -> Locator:
        return self.page.locator("#button")

    def pays(self, number: str) -> Buyer:
        self.types(number)
        expect(self.button).to_have_attribute("aria-disabled", "false")
        self.taps(self.button)
        return self

    def taps(self, what: Locator) -> None:
        """Scroll first and let two frames be drawn: Chromium routes a click by the place that another site's frame had in
        the last frame drawn, and would give it to the card fields."""
        what.scroll_into_view_if_needed()
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        what.click()

    def tells_the_bank(self, answer: str) -> Buyer:
        """In the bank's dialogue: "Complete authentication", "Fail authentication" or "Cancel"."""
        self.page.frame_locator("iframe[src*=challenge]").get_by_role("button", name=answer).click()
        return self

    def follows(self, link: str) -> str:
        """Tap a link that opens the chat with the shop; the text that it writes there."""
        with self.context.expect_page() as opened:
            self.taps(self.page.get_by_role("link", name=link))
        written = str(opened.value.locator("#buyer [data-draft]").input_value())
        opened.value.close()
        return written

    def sees(self, words: str) -> Buyer:
        expect(self.page.locator("#pay")).to_contain_text(words, timeout=15_000)
        return self


def office(page: Page, world: World, path: str = "/office/orders") -> Page:
    """Log in by the sandbox's provider and open a page of the back office."""
    page.goto(world.addresses.ordo.browser + path)
    page.get_by_role("button", name=re.compile("Continue as")).first.click()
    page.wait_for_url(re.compile(re.escape(path)))
    return page
