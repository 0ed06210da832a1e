"""A day in the back office: screens of both sizes, and what happens outside it, by the API and without a browser."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any

import requests
from playwright.sync_api import expect

from tests.actors import WORKS, until
from tests.faults.actors import Buyer, Gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page, ViewportSize

    from sandbox.world import World

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
SIZES = {"phone": PHONE, "desk": DESK}


def fits(page: Page) -> bool:
    """Whether the page is no wider than its screen."""
    return bool(page.locator("html").evaluate("it => it.scrollWidth <= innerWidth"))


class Outside:
    """The order backend, and buyers who pay."""

    def __init__(self, world: World) -> None:
        self.world, self.buyer = world, Buyer(world, Gateway(world))

    def orders(self, reference: str, amount: int = 1000, phone: str = "+33612340001", **more: Any) -> dict[str, Any]:
        """An order by the API; what it answers."""
        body: dict[str, Any] = {
            "reference": reference,
            "amount": amount,
            "currency": "EUR",
            "action": "PAYMENT",
            "channel": "none",
        }
        body |= {"buyer": {"phone": phone, "email": "ada@buyers.example"}, **more}
        return dict(self.asks("POST", "/orders", body))

    def pays(self, reference: str, amount: int = 1000, card: str = WORKS, **more: Any) -> dict[str, Any]:
        """An order that its buyer has paid."""
        order = self.orders(reference, amount, **more)
        self.buyer.opens(order["link"]["url"]).pays(card)
        until(lambda: self.asks("GET", f"/orders/{order['id']}")["state"] == "paid", f"{reference} is paid")
        return order

    def asks(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.world.keyring['API_TOKEN']}", "Idempotency-Key": str(uuid.uuid4())}
        address = f"{self.world.addresses.ordo.server}/api/v1{path}"
        answer = requests.request(method, address, json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    @contextlib.contextmanager
    def backend_fails(self) -> Iterator[None]:
        """The order backend answers 500 meanwhile."""
        address = f"{self.world.addresses.backend.server}/_sandbox/faults"
        wish = {"kind": "status", "status": 500, "times": 1000}
        requests.post(address, json=wish, timeout=10).raise_for_status()
        try:
            yield
        finally:
            requests.delete(address, timeout=10).raise_for_status()


class Screen:
    """The back office on a screen; it never scrolls sideways."""

    def __init__(self, page: Page, world: World, size: str) -> None:
        self.page, self.world, self.is_phone = page, world, size == "phone"
        page.set_viewport_size(SIZES[size])

    def opens(self, path: str) -> Page:
        self.page.goto(f"{self.world.addresses.ordo.browser}/office{path}")
        return self.page

    def goes(self, place: str) -> None:
        """By the menu, which a phone opens first; the place is marked."""
        if self.is_phone:
            self.page.get_by_role("button", name="Menu").click()
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()
        self.fits()
        expect(self.page.locator(".places [aria-current=page]")).to_have_text(place)

    def fits(self) -> None:
        assert fits(self.page)

    def row(self, reference: str) -> Locator:
        return self.page.locator("tr", has_text=reference)


class Keys:
    """Somebody without a mouse: Tab, Enter and Escape. Whatever has the focus on the way is seen to have it."""

    LONGEST = 90  # stops, on any page of ours
    STOP = """it => {
      const at = document.activeElement;
      if (at.matches("body, main")) return { there: false, seen: true, name: "the page" };
      const style = getComputedStyle(at), { width, height, top, bottom } = at.getBoundingClientRect();
      const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && width && height && bottom > 0 && top < innerHeight;
      return { there: at === it, seen: Boolean(seen), name: at.outerHTML.slice(0, 120) };
    }"""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reaches(self, what: Locator) -> None:
        """By Tab, wherever the focus is; a trap would never get there."""
        expect(what).to_be_visible()
        for _ in range(self.LONGEST):
            stop = self.page.evaluate(self.STOP, what.element_handle())
            assert stop["seen"], f"nothing shows that this has the focus: {stop['name']}"
            if stop["there"]:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {what}")

    def presses(self, what: Locator) -> None:
        self.reaches(what)
        self.page.keyboard.press("Enter")

    def writes(self, what: Locator, text: str) -> None:
        """In place of what is there."""
        self.reaches(what)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def has_it_within(self, what: Locator) -> None:
        assert what.evaluate("it => it.contains(document.activeElement)")
