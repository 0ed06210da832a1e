"""Every state of the buyer's page as a phone shows it: the real application, answering a browser without a network, and the
gateway's own frames from the sandbox. What a look shows is the same on every machine, but for the fonts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import requests
from flask import abort
from playwright.sync_api import expect

from tests.kit import PUBLIC_URL, SCRIPT, Outside, Shop, application, gateway_in, shop_on
from tests.looks import orders
from webapp.db import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from playwright.sync_api import Browser, BrowserContext, Page, Route

Scheme = Literal["light", "dark"]
HERE, GATEWAY = urlsplit(PUBLIC_URL).netloc, urlsplit(SCRIPT).netloc
FREE = ("content-length", "content-encoding", "transfer-encoding", "connection", "server", "date")
PATIENCE = 20_000  # ms: a machine may be busy
ERRORS = (400, 403, 404, 429, 500)


@dataclass(frozen=True)
class Look:
    """One state of the page: the order that it is of (`tests.looks.orders`), and what the buyer does there first. `alike`: but for
    its words it looks as another does, so no picture of it is kept."""

    order: str
    does: Callable[[Page], None] | None = None
    alike: bool = False


def opens(selector: str) -> Callable[[Page], None]:
    """Unfold something by a tap."""
    return lambda page: page.locator(f"{selector} > summary").click()


def notes(name: str) -> Callable[[Page], None]:
    """Let the page say one of its notes, as static/js/pay.js does when that happens (tests/pay/test_script.py)."""

    def show(page: Page) -> None:
        page.locator(f"[data-note={name}]").evaluate("note => { note.hidden = false; }")
        if name in {"working", "slow", "unsure"}:
            page.locator("#button").evaluate(
                "b => { b.setAttribute('aria-disabled', 'true'); b.classList.add('busy'); }"
            )
            page.locator("#fields").evaluate("fields => { fields.inert = true; }")

    return show


def asks_the_bank(page: Page) -> None:
    page.get_by_role("button", disabled=False).filter(visible=True).first.click()
    expect(page.frame_locator("iframe[src*=challenge]").get_by_role("button").first).to_be_visible(timeout=PATIENCE)


NOTES = ("working", "slow", "unsure", "offline", "unsent", "again", "loading", "frame")
ALIKE = {"slow", "unsure", "unsent", "again", "loading"}
LOOKS: dict[str, Look] = {
    **{name: Look(name) for name in orders.ORDERS},
    "payment-languages": Look("payment", opens(".languages")),
    "payment-not-yours": Look("payment", opens(".wrong")),
    **{f"payment-{name}": Look("payment", notes(name), alike=name in ALIKE) for name in NOTES},
    "bank-asking": Look("bank", asks_the_bank),
    "waiting-offline": Look("waiting", notes("offline-waiting")),
    "paid-saved-remove": Look("paid-saved", opens("#saved details")),
    **{f"error-{status}": Look(str(status)) for status in ERRORS},
}


def refuse(status: int) -> str:
    """The page for a status, whatever brought it about."""
    return abort(status)


class Stage:
    """The shop, its orders and its application, in this process."""

    def __init__(self, shop: Shop, app: Flask) -> None:
        self.shop, self.app = shop, app
        app.add_url_rule("/p/error/<int:status>", "error", refuse)
        self.links = {str(status): f"/p/error/{status}" for status in ERRORS}
        self.orders = orders.make(shop)
        for name, made in self.orders.items():
            self.links[name] = self.link(made)

    def __call__(self, route: Route) -> None:
        """Answer a browser's request, as the application or the gateway does, with its headers."""
        url = urlsplit(route.request.url)
        if url.netloc == HERE:
            return self._ours(route)
        if url.netloc == GATEWAY:
            return self._gateway_s(route)
        raise AssertionError(f"nothing on these pages may ask {route.request.url}")

    def _ours(self, route: Route) -> None:
        asked = route.request
        answer = self.app.test_client(use_cookies=False).open(
            asked.url,
            method=asked.method,
            data=asked.post_data_buffer,
            headers=[(name, value) for name, value in asked.headers.items() if not name.startswith(":")],
            follow_redirects=True,  # the browser would go for the new address past this stage
        )
        with contextlib.closing(answer):
            route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.get_data())

    def _gateway_s(self, route: Route) -> None:
        asked, url = route.request, urlsplit(route.request.url)
        answer = requests.request(
            asked.method,
            f"{self.shop.gateway.served.url}{url.path}?{url.query}",
            data=asked.post_data_buffer,
            headers={name: value for name, value in asked.headers.items() if name != "host"},
            timeout=10,
        )
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in FREE}
        route.fulfill(status=answer.status_code, headers=kept, body=answer.content)

    def shows(self, context: BrowserContext, name: str, language: str) -> Page:
        """The page in this look, at rest."""
        look = LOOKS[name]
        page = self.opens(context, self.links[look.order], language)
        if look.does:
            look.does(page)
        return page

    def opens(self, context: BrowserContext, link: str, language: str = "en") -> Page:
        """The page of a link, its card fields ready."""
        page = context.new_page()
        page.route("**/*", self)
        page.goto(f"{PUBLIC_URL}{link}?lang={language}")
        if page.locator("#form").count():
            expect(page.locator("#button")).to_have_attribute("aria-disabled", "false", timeout=PATIENCE)
        return page

    def fresh(self) -> str:
        """The link of an order of a test's own."""
        return self.link(self.shop.order(description="2 pizzas"))

    def link(self, order: str) -> str:
        """An order's link, below the product's address."""
        return f"/p/{self.shop.kit.links.token(order, self.shop.get(order).link_version)}"


def turns(page: Page, scheme: Scheme) -> None:
    """Evening comes, or morning: page and card fields follow."""
    page.emulate_media(color_scheme=scheme)
    if page.locator("#card-frame iframe").count():
        fields = page.frame_locator("#card-frame iframe").locator(":root")
        expect(fields).to_have_attribute("data-theme", scheme, timeout=PATIENCE)


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage that keeps its things in a folder."""
    outside, address = Outside(), f"sqlite:///{folder / 'ordo.db'}"
    migrate.upgrade(address)
    with gateway_in(folder) as gateway, shop_on(address, gateway, outside) as shop:
        yield Stage(shop, application(shop))
    outside.served.stop()


@contextlib.contextmanager
def phone(browser: Browser, *, width: int = 360, scheme: Scheme = "light") -> Iterator[BrowserContext]:
    """A phone that holds still."""
    context = browser.new_context(
        viewport={"width": width, "height": 780},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
    )
    yield context
    context.close()
