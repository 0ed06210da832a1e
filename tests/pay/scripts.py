"""The page with its scripts in a browser, under its Content-Security-Policy; gateway and server answer from a list."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import PATIENCE
from tests.pay.pages import ROOT, SCRIPT
from webapp.web import headers

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = "http://ordo.localhost/p/9mPz.1.signature"
GATEWAY = "http://gateway.localhost"
STYLE = base64.b64encode(hashlib.sha256(headers.style("css/pay.css").encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; script-src 'self' {GATEWAY}; style-src 'self' 'sha256-{STYLE}'; frame-src {GATEWAY}; "
    f"connect-src 'self' {GATEWAY}; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# What gateways/stripe.js uses of Stripe.js; it notes the calls. The frame itself is the business of the sandbox's stand-in.
STRIPE = """
window.calls = [];
window.Stripe = () => {
  const note = (name, answer) => async (given) => {
    calls.push([name, given && given.setupFutureUsage]);
    return answer;
  };
  const element = { on(name, tell) { if (name === "ready") setTimeout(() => tell({})); }, mount() {}, destroy() {} };
  return {
    elements: () => ({ create: () => element, update: note("update"), submit: note("submit", {}) }),
    createConfirmationToken: note("token", { confirmationToken: { id: "ctoken_1" } }),
    handleNextAction: note("bank", {}),
  };
};
"""
SILENCE = (0, "")  # an answer that does not come
Answers = dict[str, list[tuple[int, str] | None]]
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


@dataclass
class Server:
    """Answers the page's requests: each path of `answers` gives its next answer, the last one for ever."""

    html: str
    answers: Answers = field(default_factory=dict)
    gateway: str | None = STRIPE
    asked: list[str] = field(default_factory=list)
    posted: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def __call__(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        name = url.path.rpartition("/")[2]
        if url.geturl() == SCRIPT:
            route.fulfill(body=self.gateway, content_type=TYPES["js"]) if self.gateway else route.abort()
        elif url.path.startswith("/static/"):
            route.fulfill(body=(ROOT / url.path[1:]).read_bytes(), content_type=TYPES[url.path.rpartition(".")[2]])
        elif f"http://ordo.localhost{url.path}" == ADDRESS:
            self.asked.append("page")
            route.fulfill(body=self.html, content_type="text/html", headers={"Content-Security-Policy": POLICY})
        else:
            self.asked.append(name)
            self.posted[name] = parse_qs(route.request.post_data or "")
            self.answer(route, self.answers.get(name, [(204, "")]))

    def comes(self, page: Page, name: str) -> None:
        """Wait until it is asked for: a page that says so has not always sent it yet."""
        for _ in range(PATIENCE // 20):
            if name in self.asked:
                return
            page.wait_for_timeout(20)
        pytest.fail(f"nothing was sent to {name}")

    @staticmethod
    def answer(route: Route, answers: list[tuple[int, str] | None]) -> None:
        given = answers.pop(0) if len(answers) > 1 else answers[0]
        if given is None:
            route.abort()
        elif given is not SILENCE:
            route.fulfill(status=given[0], body=given[1], content_type="text/html")


@pytest.fixture
def opens(browser: Browser) -> Iterator[Callable[[Server], Page]]:
    """Open the page of a server on a phone. A violation of the policy, or an error in a script, fails the test."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None
    )

    def visit(server: Server) -> Page:
        page.clock.install()
        page.route("**/*", server)
        page.goto(ADDRESS)
        return page

    yield visit
    context.close()
    assert not wrong


def pays(page: Page) -> None:
    button = page.get_by_role("button", name="Pay €10.00")
    expect(button).to_have_attribute("aria-disabled", "false")
    button.dblclick()
