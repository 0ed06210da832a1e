"""Every state of the buyer's page as a phone shows it: the real application, answering a browser without a network, and the
gateway's own frames from the sandbox. What a look shows is the same on every machine, but for the fonts."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import requests
from flask import abort
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.kit import PUBLIC_URL, SCRIPT, Outside, Shop, application, gateway_in, shop_on
from tests.looks import office, orders, quiet
from webapp.db import migrate
from webapp.services.merchants import declarations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, ViewportSize

Scheme = Literal["light", "dark"]
HERE, GATEWAY = urlsplit(PUBLIC_URL).netloc, urlsplit(SCRIPT).netloc
FREE = ("content-length", "content-encoding", "transfer-encoding", "connection", "server", "date")
SIZE: ViewportSize = {"width": 360, "height": 780}
PHONE: dict[str, Any] = {"viewport": SIZE, "reduced_motion": "reduce", "locale": "en-GB"}
PATIENCE = 20_000  # ms: a machine may be busy
NEVER_CHANGES = ("/static/", "/p/brand/", "/endive/assets/", "/endive/stripe.js")  # asked for once in a run
ERRORS = (400, 403, 404, 429, 500)


@dataclass(frozen=True)
class Look:
    """One state of the page: the order that it is of (`tests.looks.orders`), and what the buyer does there first. `alike`: but for
    its words it looks as another does, so no picture of it is kept. `while_`: what is so at the shop while the page loads. `script`:
    whether the browser runs any."""

    order: str
    does: Callable[[Page], None] | None = None
    alike: bool = False
    while_: Callable[[Stage], contextlib.AbstractContextManager[None]] = lambda _: contextlib.nullcontext()
    script: bool = True


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


def sends_half(page: Page) -> None:
    """Forget the town, and make one mistake."""
    page.locator("#name").fill("Noé Martin")
    page.locator("#line1").fill("12 rue des Lilas")
    page.locator("#postal_code").fill("7501")
    page.locator("main form .pay").click()
    expect(page.locator("[aria-invalid]").first).to_be_visible(timeout=PATIENCE)


def shows_the_wallet(page: Page) -> None:
    expect(page.locator("#wallets")).to_have_attribute("data-shows", "buttons", timeout=PATIENCE)


@contextlib.contextmanager
def branded(scenes: Stage) -> Iterator[None]:
    """The shop has a logo, and a colour that is hard to read on white."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        logo = Image.new("RGB", (512, 512), "#f2b705")
        ImageDraw.Draw(logo).ellipse((116, 116, 396, 396), fill="#7a1f3d")
        logo.save(file)
        file.flush()
        scenes.declares(colour="#f2b705", logo=file.name)
    try:
        yield
    finally:
        scenes.declares()


@contextlib.contextmanager
def wallets(scenes: Stage) -> Iterator[None]:
    """The shop's account offers wallets on this site."""
    scenes.offers_wallets(enabled=True)
    try:
        yield
    finally:
        scenes.offers_wallets(enabled=False)


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
    "payment-branded": Look("payment", while_=branded),
    "paid-branded": Look("paid", while_=branded),
    **{f"{name}-wallet": Look(name, shows_the_wallet, while_=wallets) for name in ("payment", "ask", "register-pay")},
    "payment-no-script": Look("payment", script=False),
    "details-wrong": Look("details", sends_half),
    **{f"error-{status}": Look(str(status)) for status in ERRORS},
}


@dataclass(frozen=True)
class Answer:
    """What a browser is given."""

    status: int
    headers: dict[str, str]
    body: bytes


def refuse(status: int) -> str:
    """The page for a status, whatever brought it about."""
    return abort(status)


class Stage:
    """The shop, its orders and its application, in this process."""

    def __init__(self, shop: Shop, app: Flask) -> None:
        self.shop, self.app = shop, app
        self._kept: dict[str, Answer] = {}
        self._plain: BrowserContext | None = None
        app.add_url_rule("/p/error/<int:status>", "error", refuse)
        self.links = {str(status): f"/p/error/{status}" for status in ERRORS}
        self.orders = orders.make(shop)
        office.tampered(shop)
        self.quiet = quiet.make(shop)
        for name, made in self.orders.items():
            self.links[name] = self.link(made)

    def __call__(self, route: Route) -> None:
        """Answer a browser's request."""
        given = self.answer(route.request)
        route.fulfill(status=given.status, headers=given.headers, body=given.body)

    def answer(self, asked: Request) -> Answer:
        """What the application or the gateway answers, with its headers."""
        url = urlsplit(asked.url)
        if url.netloc not in {HERE, GATEWAY}:
            raise AssertionError(f"nothing on these pages may ask {asked.url}")
        asks = self._ours if url.netloc == HERE else self._gateway_s
        if not url.path.startswith(NEVER_CHANGES):
            return asks(asked)
        if asked.url not in self._kept:
            self._kept[asked.url] = asks(asked)
        return self._kept[asked.url]

    def _ours(self, asked: Request) -> Answer:
        given = self.app.test_client(use_cookies=False).open(
            asked.url,
            method=asked.method,
            data=asked.post_data_buffer,
            headers=[(name, value) for name, value in asked.headers.items() if not name.startswith(":")],
            follow_redirects=True,  # the browser would go for the new address past this stage
        )
        with contextlib.closing(given):
            return Answer(given.status_code, dict(given.headers), given.get_data())

    def _gateway_s(self, asked: Request) -> Answer:
        url = urlsplit(asked.url)
        given = requests.request(
            asked.method,
            f"{self.shop.gateway.served.url}{url.path}?{url.query}",
            data=asked.post_data_buffer,
            headers={name: value for name, value in asked.headers.items() if name != "host"},
            timeout=10,
        )
        kept = {name: value for name, value in given.headers.items() if name.lower() not in FREE}
        return Answer(given.status_code, kept, given.content)

    def shows(self, context: BrowserContext, name: str, language: str) -> Page:
        """The page in this look, at rest; in the context's first tab, whatever it showed before."""
        look = LOOKS[name]
        there = context if look.script else self._without_script(context)
        page = there.pages[0] if there.pages else self._tab(there)
        page.set_viewport_size(SIZE)
        with look.while_(self):
            self._loads(page, self.links[look.order], language, script=look.script)
            if look.does:
                look.does(page)
        return page

    def opens(self, context: BrowserContext, link: str, language: str = "en") -> Page:
        """The page of a link in a tab of its own, its card fields ready."""
        page = self._tab(context)
        self._loads(page, link, language, script=True)
        return page

    def _without_script(self, context: BrowserContext) -> BrowserContext:
        """A phone whose browser runs none; one for the whole run."""
        if self._plain is None:
            assert context.browser
            self._plain = context.browser.new_context(**PHONE, java_script_enabled=False)
        return self._plain

    def _tab(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.route("**/*", self)
        return page

    def _loads(self, page: Page, link: str, language: str, *, script: bool) -> None:
        page.goto(f"{PUBLIC_URL}{link}?lang={language}")
        if script and page.locator("#form").count():
            expect(page.locator("#button")).to_have_attribute("aria-disabled", "false", timeout=PATIENCE)

    def declares(self, **look: str) -> None:
        """The shop's file is applied, with this look."""
        document = self.shop.declaration()
        document["merchant"] |= look
        declarations.apply(self.shop.context, declarations.declared(document))

    def offers_wallets(self, *, enabled: bool) -> None:
        """Whether the shop's account at the gateway offers wallets here."""
        address, key = f"{self.shop.gateway.served.url}/v1/payment_method_domains", self.shop.account.secret_key
        made = requests.post(address, {"domain_name": HERE}, auth=(key, ""), timeout=5).json()["id"]
        told = requests.post(f"{address}/{made}", {"enabled": str(enabled).lower()}, auth=(key, ""), timeout=5)
        told.raise_for_status()

    def fresh(self) -> str:
        """The link of an order of a test's own."""
        return self.link(self.shop.order(description="2 pizzas"))

    def link(self, order: str) -> str:
        """An order's link, below the product's address."""
        return f"/p/{self.shop.context.links.token(order, self.shop.get(order).link_version)}"


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
def phone(browser: Browser, *, scheme: Scheme = "light") -> Iterator[BrowserContext]:
    """A phone that holds still."""
    context = browser.new_context(**PHONE, color_scheme=scheme)
    yield context
    context.close()
