"""Who acts in the stories: the merchant at the shop's phone, the buyer with a browser, the order backend, the office."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import requests
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from sandbox.world import World

SHOP, BUYER = "+33611111111", "+33612345678"
WORKS, DECLINED, ASKS_THE_BANK = "4242424242424242", "4000000000000002", "4000002760003184"


def until(question: Any, what: str, patience: float = 15.0) -> Any:
    """Ask until the answer is true; the stories never sleep for a fixed time."""
    import time  # noqa: PLC0415

    end = time.monotonic() + patience
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {patience:.0f} s: {what}")


class Merchant:
    """The shop's phone, by the sandbox's own doors."""

    def __init__(self, world: World) -> None:
        self.url = world.addresses.phones.server

    def texts(self, text: str, reply_to: str | None = None) -> str:
        """Write a message; the id of it."""
        answer = requests.post(
            f"{self.url}/_sandbox/say", json={"from": SHOP, "text": text, "reply_to": reply_to}, timeout=10
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    def chat(self, phone: str = SHOP) -> list[dict[str, Any]]:
        """All messages of a phone, oldest first."""
        messages = requests.get(f"{self.url}/_sandbox/chats/{phone}", timeout=10).json()
        return [message for message in messages if message["from_business"]]

    def answer(self, wamid: str) -> dict[str, Any]:
        """The reply to a message."""
        return dict(
            until(lambda: next((m for m in self.chat() if m["reply_to"] == wamid), None), "an answer to the shop")
        )

    def shows(self, phone: str) -> None:
        """Somebody looks at the chat on that phone: what was delivered to it is read."""
        requests.post(f"{self.url}/_sandbox/seen", json={"phone": phone}, timeout=10).raise_for_status()

    def orders(self, text: str) -> tuple[str, str]:
        """Order something: the link that the confirmation has, and the confirmation's id."""
        confirmation = self.answer(self.texts(text))
        found = re.search(r"http\S+/p/\S+", confirmation["text"])
        assert found is not None, confirmation["text"]
        return found[0], str(confirmation["id"])

    def hears(self, wamid: str, words: str) -> dict[str, Any]:
        """Wait for a reply to that message that says so."""
        return dict(
            until(
                lambda: next((m for m in self.chat() if m["reply_to"] == wamid and words in m["text"]), None),
                f"the shop hears {words!r}",
            )
        )


class Backend:
    """The merchant's order backend."""

    def __init__(self, world: World) -> None:
        self.world = world

    def hears_of(self, reference: str) -> dict[str, Any]:
        """Wait for the callback of that order."""
        return dict(
            until(
                lambda: next((c for c in self.log() if c["reference"] == reference), None), f"a callback of {reference}"
            )
        )

    def log(self) -> list[dict[str, Any]]:
        """What was received, whether or not the backend is running."""
        return list(requests.get(f"{self.world.addresses.identity.server}/backend/log", timeout=10).json())


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
        # Scroll first and let two frames be drawn: Chromium routes a click by the place that another site's frame had in
        # the last frame drawn, and would give it to the card fields.
        self.button.scroll_into_view_if_needed()
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.button.click()
        return self

    def tells_the_bank(self, answer: str) -> Buyer:
        """In the bank's dialogue: "Complete authentication", "Fail authentication" or "Cancel"."""
        self.page.frame_locator("iframe[src*=challenge]").get_by_role("button", name=answer).click()
        return self

    def sees(self, words: str) -> Buyer:
        expect(self.page.locator("#pay")).to_contain_text(words, timeout=15_000)
        return self


def office(page: Page, world: World, path: str = "/office/orders") -> Page:
    """Log in by the sandbox's provider and open a page of the back office."""
    page.goto(world.addresses.ordo.browser + path)
    page.get_by_role("button", name=re.compile("Continue as")).first.click()
    page.wait_for_url(re.compile(re.escape(path)))
    return page
