"""static/js/pay.js and gateways/stripe.js in a browser, under the page's Content-Security-Policy; gateway and server answer from a list.

The stories with the real parts are in tests/e2e; here are the answers that those can hardly bring about.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import PATIENCE
from tests.pay.pages import BANK, PROBLEM, ROOT, SCRIPT, WAITING, render, status
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


def test_a_double_tap_posts_one_token_and_shows_the_receipt(opens: Callable[[Server], Page]) -> None:
    server = Server(render("pay"), {"pay": [(200, render("paid"))]})
    page = opens(server)
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    expect(page).to_have_title("Paid · Café Lumière")
    assert server.asked.count("pay") == 1
    assert server.posted["pay"] == {"csrf_token": ["form-token"], "confirmation_token": ["ctoken_1"]}


@pytest.mark.parametrize(("tick", "usage"), [(True, "off_session"), (False, None)])
def test_the_token_is_made_for_what_the_box_says(
    opens: Callable[[Server], Page], tick: bool, usage: str | None
) -> None:
    server = Server(render("ask"), {"pay": [(200, render("paid"))]})
    page = opens(server)
    page.get_by_role("checkbox").set_checked(tick)
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert page.evaluate("calls")[0] == ["update", usage]
    assert ("save" in server.posted["pay"]) == tick


def test_a_decline_is_read_out_and_the_form_can_be_used_again(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), {"pay": [(422, status(problem=PROBLEM)), (200, render("paid"))]}))
    pays(page)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("No money was taken")
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()


def test_the_bank_is_asked_once_and_then_the_truth_looked_up(opens: Callable[[Server], Page]) -> None:
    server = Server(render("pay"), {"pay": [(202, status(**BANK))], "resume": [(200, render("paid"))]})
    page = opens(server)
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert [call[0] for call in page.evaluate("calls")].count("bank") == 1
    assert server.asked.count("resume") == 1


def test_a_dialogue_that_was_closed_waits_for_the_buyer_and_does_not_open_again(
    opens: Callable[[Server], Page],
) -> None:
    server = Server(
        render("pay"), {"pay": [(202, status(**BANK))], "resume": [(202, status(**BANK)), (200, render("paid"))]}
    )
    page = opens(server)
    pays(page)
    button = page.get_by_role("button", name="Continue to the bank")
    expect(button).to_be_visible()
    expect(page.get_by_role("button", name="Pay €10.00")).to_be_hidden()
    button.click()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert [call[0] for call in page.evaluate("calls")].count("bank") == 2


def test_a_page_loaded_while_the_bank_waits_asks_for_the_secret_and_goes_on(opens: Callable[[Server], Page]) -> None:
    loaded = render("bank", next_step=None)
    polled = status(**(BANK | {"next_step": None}))
    server = Server(loaded, {"status": [(202, polled)], "resume": [(202, status(**BANK)), (200, render("paid"))]})
    page = opens(server)
    expect(page.locator("#status[data-next]")).to_be_attached()
    page.clock.fast_forward(2_000)
    expect(page.locator("#status:not([data-next])")).to_be_attached()
    page.get_by_role("button", name="Continue to the bank").click()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert [call[0] for call in page.evaluate("calls")] == ["bank"]


def test_a_secret_that_comes_late_opens_the_bank_s_dialogue_then(opens: Callable[[Server], Page]) -> None:
    without = status(**(BANK | {"next_step": None}))
    answers: Answers = {
        "status": [(202, without)],
        "resume": [(202, without), (202, status(**BANK)), (200, render("paid"))],
    }
    server = Server(render("bank", next_step=None), answers)
    page = opens(server)
    expect(page.locator("#resume.htmx-request")).to_have_count(0)
    page.get_by_role("button", name="Continue to the bank").click()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()


def test_a_waiting_page_shows_the_receipt_by_itself(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("waiting"), {"status": [(202, status(**WAITING)), (200, render("paid"))]}))
    expect(page.get_by_role("heading", name="Checking your payment")).to_be_visible()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible(timeout=10_000)


def test_a_waiting_page_whose_try_is_over_loads_the_card_form(opens: Callable[[Server], Page]) -> None:
    server = Server(render("waiting"), {"status": [(422, status(problem=PROBLEM))]})
    page = opens(server)
    server.html = render("declined")
    expect(page.get_by_role("alert")).to_contain_text("No money was taken")
    expect(page.get_by_role("button", name="Pay €10.00")).to_be_visible()


@pytest.mark.parametrize("lost", [None, (502, "<html>bad gateway"), (500, "")])
def test_an_answer_that_got_lost_is_looked_up_and_never_called_a_failure(
    opens: Callable[[Server], Page], lost: tuple[int, str] | None
) -> None:
    page = opens(Server(render("pay"), {"pay": [lost], "status": [None, (200, render("paid"))]}))
    pays(page)
    expect(page.get_by_text("The answer did not reach us")).to_be_visible()
    expect(page.get_by_role("button", name="Pay €10.00")).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(3_000)
    expect(page.get_by_text("The answer did not reach us")).to_be_visible()
    page.clock.fast_forward(3_000)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()


def test_a_try_that_never_arrived_may_be_repeated(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), {"pay": [None]}))
    pays(page)
    expect(page.get_by_text("The answer did not reach us")).to_be_visible()
    page.clock.fast_forward(3_000)
    expect(page.get_by_text("you will not pay twice")).to_be_visible()
    expect(page.get_by_role("button", name="Pay €10.00")).to_have_attribute("aria-disabled", "false")


def test_an_answer_without_a_reason_still_invites_another_try(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), {"pay": [(422, status())]}))
    pays(page)
    expect(page.get_by_text("you will not pay twice")).to_be_visible()


def test_a_link_that_is_no_longer_good_is_loaded_again(opens: Callable[[Server], Page]) -> None:
    server = Server(render("pay"), {"pay": [(404, "gone")]})
    page = opens(server)
    server.html = render("cancelled")
    pays(page)
    expect(page.get_by_role("heading", name="This request was cancelled")).to_be_visible()


def test_a_page_that_comes_back_from_the_browser_s_memory_tells_the_truth(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), {"status": [(200, render("paid"))]}))
    expect(page.get_by_role("button", name="Pay €10.00")).to_have_attribute("aria-disabled", "false")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()


def test_a_receipt_says_nothing_of_a_network_that_goes_and_comes(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), {"pay": [(200, render("paid"))]}))
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    page.context.set_offline(True)
    page.wait_for_function("!navigator.onLine")
    page.context.set_offline(False)
    page.wait_for_function("navigator.onLine")
    expect(page.locator("body")).not_to_contain_text("offline")


def test_card_fields_that_do_not_load_can_be_loaded_again(opens: Callable[[Server], Page]) -> None:
    server = Server(render("pay"), gateway=None)
    page = opens(server)
    expect(page.get_by_text("The card fields did not load")).to_be_visible()
    server.gateway = STRIPE
    page.get_by_role("button", name="Load them again").click()
    expect(page.get_by_role("button", name="Pay €10.00")).to_have_attribute("aria-disabled", "false")
    expect(page.get_by_text("The card fields did not load")).to_be_hidden()


def test_slow_work_asks_for_patience_and_never_for_a_second_payment(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), {"pay": [SILENCE]}))
    pays(page)
    expect(page.get_by_text("Working… Please wait.")).to_be_visible()
    page.clock.fast_forward(8_000)
    expect(page.get_by_text("Please do not pay a second time")).to_be_visible()
    expect(page.get_by_role("button", name="Pay €10.00")).to_have_attribute("aria-disabled", "true")


def test_while_a_payment_is_on_its_way_the_page_offers_no_other(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay", chat_url="https://wa.me/33199001234"), {"pay": [SILENCE]}))
    offer = page.get_by_role("link", name="Pay with it in WhatsApp")
    expect(offer).to_be_visible()
    pays(page)
    expect(page.get_by_text("Working… Please wait.")).to_be_visible()
    expect(offer).to_be_hidden()


def test_card_fields_that_take_too_long_offer_to_load_again(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), gateway="/* never ready */"))
    page.clock.fast_forward(10_000)
    expect(page.get_by_text("The card fields did not load")).to_be_visible()


def test_the_page_says_once_that_it_was_looked_at(opens: Callable[[Server], Page]) -> None:
    server = Server(render("pay"))
    page = opens(server)
    expect(page.get_by_role("button", name="Pay €10.00")).to_have_attribute("aria-disabled", "false")
    server.comes(page, "opened")
    assert server.asked.count("opened") == 1
    assert server.posted["opened"] == {"csrf_token": ["form-token"]}


def test_without_a_script_the_page_says_why_and_whom_to_ask(browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    server = Server(render("pay"))
    page.route("**/*", server)
    page.goto(ADDRESS)
    expect(page.locator("#form")).to_be_hidden()
    expect(page.locator("noscript .box")).to_be_visible()
    assert "hello@cafe-lumiere.example" in page.locator("noscript").inner_text()
    assert server.asked == ["page"]
    page.close()


def test_what_htmx_would_evaluate_it_refuses(opens: Callable[[Server], Page]) -> None:
    hostile = "<button id='evil' hx-on:click='window.done = 1' hx-get='js:window.done = 2'>x</button>"
    page = opens(Server(render("pay").replace("<footer>", f"<footer>{hostile}")))
    errors: list[Any] = []
    page.on("console", lambda message: errors.append(message.text))
    page.locator("#evil").click()
    expect(page.locator("#evil")).to_have_attribute("data-htmx-powered", "true")
    assert page.evaluate("window.done") is None
    assert all("htmx must not evaluate code" in error for error in errors)
    assert errors
