"""Back to the page with a browser that keeps whole pages in memory (bfcache), as phones do and Playwright's switches forbid: it asks
anew, for our pages say `no-store`; and one that keeps the page all the same shows the truth, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.conftest import CHROMIUM_FLAGS
from tests.kit import PUBLIC_URL
from tests.looks.paying import WORKS, charges, sees, types
from tests.looks.stage import GATEWAY, PATIENCE, PHONE, Stage
from tools import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

MARKS = "window.marked = true; addEventListener('pageshow', event => { window.persisted = event.persisted; });"


class Visit:
    """A buyer who goes away from the page and comes back; `kept`: the page's answers do not say that they are not to be kept."""

    def __init__(self, scenes: Stage, browser: Browser, order: str, *, kept: bool) -> None:
        self.scenes, self.order, self.kept = scenes, order, kept
        self.context = browser.new_context(**PHONE)
        self.page: Page = self.context.new_page()
        self.asked, self.reasons = 0, list[str]()
        self.page.route("**/*", self)
        cdp = self.context.new_cdp_session(self.page)
        cdp.send("Page.enable")
        cdp.on("Page.backForwardCacheNotUsed", self.note)

    def __call__(self, route: Route) -> None:
        given, headers = self.scenes.answer(route.request), {}
        self.asked += route.request.is_navigation_request() and self.scenes.link(self.order) in route.request.url
        if self.kept:
            headers = {"cache-control": "private"}
        said = {name.lower(): value for name, value in given.headers.items()}
        route.fulfill(status=given.status, headers=said | headers, body=given.body)

    def note(self, event: dict[str, Any]) -> None:
        self.reasons += [each["reason"] for each in event["notRestoredExplanations"]]

    def opens(self) -> None:
        self.page.goto(f"{PUBLIC_URL}{self.scenes.link(self.order)}?lang=en")
        self.usable()
        self.page.evaluate(MARKS)

    def usable(self) -> None:
        expect(self.page.locator("#button")).to_have_attribute("aria-disabled", "false", timeout=PATIENCE)

    def leaves(self) -> None:
        self.page.goto(f"{PUBLIC_URL}/p/error/404")

    def comes_back(self) -> None:
        """Not `go_back`, which waits for a page to load: one from memory does not."""
        self.page.evaluate("setTimeout(() => history.back())")
        self.page.wait_for_url(f"**{self.scenes.link(self.order)}*", wait_until="commit", timeout=PATIENCE)


@pytest.fixture(scope="module")
def remembers(scenes: Stage, browser: Browser) -> Iterator[Browser]:
    """Chromium as it is on phones. Playwright loses the frames of a page that comes from memory, and what those ask then goes past the
    stage: it finds the gateway by itself."""
    gateway = urlsplit(scenes.shop.gateway.served.url).netloc
    launched = browser.browser_type.launch(
        executable_path=machine.chromium(),
        args=[
            *CHROMIUM_FLAGS,
            "--enable-features=BackForwardCache",
            f"--host-resolver-rules=MAP {GATEWAY}:80 {gateway}",
        ],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield launched
    launched.close()


def test_back_asks_the_server_anew_for_the_page_says_not_to_keep_it(
    scenes: Stage, remembers: Browser, order: str
) -> None:
    visit = Visit(scenes, remembers, order, kept=False)
    visit.opens()
    visit.leaves()
    scenes.shop.pay(order)  # in another tab, or by another phone
    visit.comes_back()
    sees(visit.page)
    assert visit.asked == 2
    assert visit.page.evaluate("window.marked") is None
    assert [each for each in visit.reasons if "NoStore" in each]
    assert charges(scenes, order) == 1
    visit.context.close()


def test_a_page_from_memory_whose_order_was_paid_meanwhile_shows_the_receipt(
    scenes: Stage, remembers: Browser, order: str
) -> None:
    visit = Visit(scenes, remembers, order, kept=True)
    visit.opens()
    visit.leaves()
    scenes.shop.pay(order)
    visit.comes_back()
    sees(visit.page)
    assert visit.page.evaluate("[window.marked, window.persisted]") == [True, True]
    assert visit.asked == 1
    expect(visit.page.locator("#button")).to_have_count(0)
    assert charges(scenes, order) == 1
    visit.context.close()


def test_a_page_from_memory_can_be_used_and_pays_once(scenes: Stage, remembers: Browser, order: str) -> None:
    visit = Visit(scenes, remembers, order, kept=True)
    visit.opens()
    types(visit.page, WORKS)
    visit.leaves()
    visit.comes_back()
    visit.usable()
    assert visit.page.evaluate("[window.marked, window.persisted]") == [True, True]
    visit.page.locator("#button").press("Enter")
    sees(visit.page)
    assert charges(scenes, order) == 1
    visit.leaves()
    visit.comes_back()
    sees(visit.page)
    assert charges(scenes, order) == 1
    visit.context.close()
