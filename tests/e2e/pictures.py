"""Screenshots of every page at 360 px, light and dark, and in Arabic: `make pictures` writes them to docs/pictures."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from playwright.sync_api import Page, expect, sync_playwright

from sandbox.world import World
from tests.conftest import CHROMIUM_FLAGS
from tests.e2e.actors import ASKS_THE_BANK, DECLINED, SHOP, WORKS, Backend, Buyer, Merchant, Phone, office
from tests.looks import office as looks_office
from tests.looks.stage import Scheme, phone, stage
from tools import machine
from webapp.domain import ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ViewportSize

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PHONE = "+33612345678"
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
STILLS = {
    "details": "details",
    "details-mistake": "details-wrong",
    "branded": "payment-branded",
    "branded-done": "paid-branded",
}
ORDERS = {
    "payment": f'10 EUR {PHONE} "2 pizzas"',
    "register": f"{PHONE} REGISTER buyer@example.com",
    "ask": f"10 EUR {PHONE} ASK buyer@example.com",
    "register-pay": f"10 EUR {PHONE} REGISTER buyer@example.com",
}


class Studio:
    """Takes the same pictures twice, in a light world and in a dark one."""

    def __init__(self, browser: Browser, world: World, scheme: str) -> None:
        self.browser, self.world, self.scheme = browser, world, scheme
        self.merchant, self.backend = Merchant(world), Backend(world)

    @contextlib.contextmanager
    def visitor(self, width: int = 360, height: int = 740) -> Iterator[BrowserContext]:
        size: ViewportSize = {"width": width, "height": height}
        dark = self.scheme == "dark"
        context = self.browser.new_context(viewport=size, locale="en-GB", color_scheme="dark" if dark else "light")
        yield context
        context.close()

    def takes(self, who: Buyer | Page, name: str, *, whole: bool = True) -> None:
        page = who.page if isinstance(who, Buyer) else who
        size = page.viewport_size or {"width": 0, "height": 0}
        # Not `full_page`: Chromium lays the page out at another width for it first, and frames of other sites are drawn so.
        if whole and (height := page.evaluate("document.documentElement.scrollHeight")) > size["height"]:
            page.set_viewport_size({**size, "height": height})
        page.screenshot(path=FOLDER / f"{name}-{self.scheme}.png")
        page.set_viewport_size(size)

    def opens(self, context: BrowserContext, link: str) -> Buyer:
        """The page with its card fields ready."""
        buyer = Buyer(context).opens(link)
        expect(buyer.button).to_have_attribute("aria-disabled", "false", timeout=15_000)
        return buyer


def payments(studio: Studio) -> None:
    """The four actions, before and after, and in Arabic."""
    for name, text in ORDERS.items():
        link, confirmation = studio.merchant.orders(f"{text} ORDER={ids.reference()}")
        with studio.visitor() as context:
            studio.takes(studio.opens(context, f"{link}?lang=ar"), f"{name}-arabic")
            buyer = studio.opens(context, f"{link}?lang=en")
            studio.takes(buyer, name)
            buyer.pays(WORKS).sees("Your card is saved" if name == "register" else "Paid")
            studio.takes(buyer, f"{name}-done")
            studio.takes(buyer.opens(f"{link}?lang=ar"), f"{name}-done-arabic")
        studio.merchant.hears(confirmation, "saved" if name.startswith("register") else "Paid")


def tongues(studio: Studio) -> None:
    """A long language and another one from the right. Japanese would need a font that not every machine has. The buyer reads English again
    afterwards, for what was chosen last holds for later orders."""
    link, _ = studio.merchant.orders(f"{ORDERS['ask']} ORDER={ids.reference()}")
    with studio.visitor() as context:
        for code, name in (("de", "german"), ("he", "hebrew")):
            studio.takes(studio.opens(context, f"{link}?lang={code}"), f"ask-{name}")
        studio.opens(context, f"{link}?lang=en")


def troubles(studio: Studio) -> None:
    """Declined, the bank asks, no answer, refused, cancelled, and the one page for every link that is not one."""
    with studio.visitor() as context:
        link, _ = studio.merchant.orders(f"10 EUR {PHONE} ORDER={ids.reference()}")
        buyer = studio.opens(context, link)
        studio.takes(buyer.pays(DECLINED).sees("declined this card"), "declined")
        buyer.pays(ASKS_THE_BANK)
        expect(buyer.page.locator("iframe[src*=challenge]")).to_be_visible(timeout=15_000)
        studio.takes(buyer, "bank")
        studio.takes(buyer.opens(link).sees("Your bank asks"), "bank-again")
        buyer.taps(buyer.page.get_by_role("button", name="Use another card"))
        expect(buyer.button).to_have_attribute("aria-disabled", "false", timeout=15_000)
        for _ in range(2):
            buyer.pays(DECLINED)
            expect(buyer.page.locator("[data-note=working]")).to_be_hidden(timeout=15_000)
        studio.takes(buyer.sees("To get a new link"), "refused")

        link, _ = studio.merchant.orders(f"10 EUR {PHONE} ORDER={ids.reference()}")
        fault = {"match": "* /v1/payment_intents/*", "kind": "500", "times": 3}
        buyer = studio.opens(context, link)
        requests.post(f"{studio.world.addresses.gateway.server}/_sandbox/faults", json=fault, timeout=10)
        studio.takes(buyer.pays(WORKS).sees("Please do not pay again"), "checking")
        requests.delete(f"{studio.world.addresses.gateway.server}/_sandbox/faults", timeout=10)

        link, confirmation = studio.merchant.orders(f"10 EUR {PHONE} ORDER={ids.reference()}")
        asked, phone = studio.merchant.texts("CANCEL", reply_to=confirmation), Phone(studio.world, SHOP)
        phone.taps(phone.hears("Cancel this order?", in_reply_to=asked), 0)
        studio.merchant.hears(confirmation, "Cancelled")
        studio.takes(buyer.opens(link), "cancelled")
        studio.takes(buyer.opens(f"{studio.world.addresses.ordo.browser}/p/nothing"), "not-found")


def after_payment(studio: Studio) -> None:
    """Money that is held, taken and sent back; a link whose time is over."""
    with studio.visitor() as context, studio.visitor() as shop:
        page = office(shop.new_page(), studio.world, "/office/orders/new")
        page.get_by_label("Buyer's phone").fill(PHONE)
        page.get_by_label("Amount").fill("30")
        page.get_by_label(re.compile("Only hold the money")).check()
        page.get_by_role("button", name="Make the order").click()
        buyer = studio.opens(context, page.locator("#link").input_value())
        studio.takes(buyer.pays(WORKS).sees("Authorised"), "held")
        expect(page.get_by_role("button", name="Take the money")).to_be_visible(timeout=15_000)
        studio.takes(page, "order-held")
        page.get_by_role("button", name="Take the money").click()
        studio.takes(page, "capture-dialog", whole=False)
        page.get_by_role("dialog").get_by_role("button", name="Take the money").click()
        page.get_by_role("button", name="Refund").click(timeout=15_000)
        studio.takes(page, "refund-dialog", whole=False)
        page.get_by_role("dialog").get_by_label(re.compile("How much goes back")).fill("12")
        page.get_by_role("dialog").get_by_role("button", name="Refund").click()
        expect(page.locator(".badge").first).to_contain_text("Partly refunded", timeout=15_000)
        studio.takes(page, "order-refunded")
        buyer.page.reload()
        studio.takes(buyer.sees("partly refunded"), "refunded")

        link, _ = studio.merchant.orders(f"10 EUR {PHONE} ORDER=LATE{studio.scheme}")
        with sqlite3.connect(studio.world.root / "ordo.db") as database:
            database.execute(
                "UPDATE orders SET expires_at = '2026-01-01 00:00:00' WHERE reference = ?", (f"LATE{studio.scheme}",)
            )
        studio.takes(buyer.opens(link).sees("expired"), "expired")


def doors(studio: Studio) -> None:
    """Logging in and out, and being refused."""
    address = studio.world.addresses.ordo.browser
    with studio.visitor() as context:
        visitor = Buyer(context).opens(f"{address}/office/link/nothing")
        studio.takes(visitor, "one-time-link")
        with visitor.page.expect_navigation():
            visitor.page.get_by_role("button", name="Log in").click()
        studio.takes(visitor, "login-failed")
        office(visitor.page, studio.world)
        with visitor.page.expect_navigation():
            visitor.page.get_by_role("link", name=re.compile("^LATE")).first.click()
        studio.takes(visitor, "order-expired")
        visitor.page.get_by_role("button", name="Menu").click()
        with visitor.page.expect_navigation():
            visitor.page.get_by_role("button", name="Log out").click()
        studio.takes(visitor, "logged-out")


def chats(studio: Studio) -> None:
    """What the shop and a buyer read in the chat, each on a phone of its own."""
    phones = studio.world.addresses.phones
    phone = Phone(studio.world, PHONE)

    def takes(role: str, name: str) -> None:
        with studio.visitor(1280, 1000) as context:
            page = Buyer(context).opens(phones.browser).page
            page.wait_for_timeout(1_000)  # the chat scrolls to its end
            page.locator(f"#{role} .device").screenshot(path=FOLDER / f"{name}-{studio.scheme}.png")

    def begins() -> None:
        requests.delete(f"{phones.server}/_sandbox/chats", timeout=10).raise_for_status()

    begins()
    _, confirmation = studio.merchant.orders(f'10 EUR {PHONE} "2 pizzas" ORDER=A12-{studio.scheme}')
    takes("shop", "chat-order")
    takes("buyer", "chat-request")
    offer = phone.hears("Visa ••42", in_reply_to=phone.says(f"PAY A12-{studio.scheme}"))
    takes("buyer", "chat-offer")
    phone.taps(offer, 0)
    studio.merchant.hears(confirmation, "Paid, Visa ••42")
    phone.hears("A12-")
    phone.says("Can I pick them up at 6?")
    phone.hears("Café Lumière", in_reply_to=None)
    Phone(studio.world, SHOP).hears("pick them up")
    takes("shop", "chat-paid")
    takes("buyer", "chat-receipt")
    begins()
    studio.merchant.answer(studio.merchant.texts("10 EUR 0612"))
    studio.merchant.answer(studio.merchant.texts(f"10.250 KWD {PHONE}"))
    takes("shop", "chat-mistake")


def offices(studio: Studio) -> None:
    """The back office, on a phone and on a desk."""
    paid = next(each for each in studio.backend.log() if each["action"] == "REGISTER_PAY")["order"]
    root = f"{studio.world.addresses.ordo.browser}/office"
    address = f"{root}/orders"
    for name, width in (("", 360), ("-desk", 1100)):
        with studio.visitor(width, 900) as context:
            visitor = Buyer(context)
            office(visitor.page, studio.world)
            studio.takes(visitor, f"orders{name}")
            studio.takes(visitor.opens(f"{address}/{paid}"), f"order{name}")
            studio.takes(visitor.opens(f"{address}/{paid}?lang=ar"), f"order{name}-arabic")
            studio.takes(visitor.opens(f"{root}?lang=en"), f"home{name}")
            for page in ("buyers", "callbacks", "settings"):
                studio.takes(visitor.opens(f"{root}/{page}"), f"{page}{name}")
            visitor.opens(f"{address}/{paid}").page.get_by_role("link", name="Buyer", exact=True).click()
            expect(visitor.page.get_by_role("heading", name="Saved cards")).to_be_visible()
            studio.takes(visitor, f"buyer{name}")
            visitor.opens(f"{root}/operators")
            if not visitor.page.locator(".invitation").count():
                visitor.page.get_by_label("Name").fill("Noé")
                visitor.page.get_by_role("button", name="Make a code").click()
            expect(visitor.page.locator(".invitation").first).to_be_visible()
            studio.takes(visitor, f"operators{name}")


def new_orders(studio: Studio) -> None:
    """What is typed with what the buyer gets beside it, a link that the shop passes on, and a file of orders."""
    for name, width in (("", 360), ("-desk", 1100)):
        with studio.visitor(width, 900) as context:
            page = office(context.new_page(), studio.world, "/office/orders/new")
            page.get_by_label("Amount").fill("12.50")
            page.get_by_label("Buyer's phone").fill(PHONE)
            page.get_by_label("What is paid").fill("2 pizzas")
            page.get_by_label("Reference").fill(f"TABLE-{width}")
            expect(page.locator("#preview .buyer-page")).to_contain_text("2 pizzas")
            studio.takes(page, f"new-order{name}")
            page.get_by_label(re.compile("Nobody")).check()
            page.get_by_label("Buyer's phone").fill("")
            page.get_by_role("button", name="Make the order").click()
            expect(page.locator("#link")).to_be_visible()
            studio.takes(page, f"pass-on{name}")
            page.goto(f"{studio.world.addresses.ordo.browser}/office/orders/import")
            lines = "".join(f"FAIR-{number},{number}.50,{PHONE},Stand {number}\n" for number in range(11, 16))
            body = f"reference,amount,phone,description\n{lines}".encode()
            page.get_by_label("File", exact=True).set_input_files(
                {"name": "fair.csv", "mimeType": "text/csv", "buffer": body}
            )
            page.get_by_role("button", name="Look at the file").click()
            expect(page.get_by_role("heading", name="What the file asks for")).to_be_visible()
            studio.takes(page, f"import{name}")


def screens(studio: Studio) -> None:
    """The one screen."""
    for width, height in ((1280, 900), (360, 740)):
        with studio.visitor(width, height) as context:
            visitor = Buyer(context).opens(studio.world.addresses.phones.browser)
            expect(visitor.page.get_by_text("saved.").first).to_be_attached(timeout=15_000)
            studio.takes(visitor, f"screen-{width}", whole=False)


def stills(browser: Browser, scheme: Scheme) -> None:
    """What the world does not come to by itself: a shop with a logo, a form with a mistake, a page that was tampered with."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stage(Path(folder)) as scenes,
        phone(browser, scheme=scheme) as context,
    ):
        for name, look in STILLS.items():
            page = scenes.shows(context, look, "en")
            page.set_viewport_size({"width": 360, "height": page.evaluate("document.documentElement.scrollHeight")})
            page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
        clerk = looks_office.enters(scenes)
        for size, width in looks_office.WIDTHS.items():
            page = looks_office.opens(context, clerk, "/office/safety", "en")
            page.set_viewport_size({"width": width, "height": looks_office.HEIGHT})
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=FOLDER / f"safety{size}-{scheme}.png")


def main() -> None:
    """Start a world for each scheme, and take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.headless(), args=CHROMIUM_FLAGS)
        for scheme in SCHEMES:
            stills(browser, scheme)
            with tempfile.TemporaryDirectory() as folder:
                world = World(Path(folder))
                try:
                    world.start()
                    for series in (
                        payments,
                        tongues,
                        screens,
                        offices,
                        new_orders,
                        troubles,
                        after_payment,
                        doors,
                        chats,
                    ):
                        series(Studio(browser, world, scheme))
                finally:
                    world.stop()
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in docs/{FOLDER.name}")


if __name__ == "__main__":
    main()
