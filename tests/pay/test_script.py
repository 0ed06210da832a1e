"""static/js/pay.js and gateways/stripe.js in a browser, under the page's Content-Security-Policy; gateway and server answer from a list.

The stories with the real parts are in tests/e2e; here are the answers that those can hardly bring about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pay.pages import BANK, PROBLEM, WAITING, render, status
from tests.pay.scripts import ADDRESS, SILENCE, STRIPE, Answers, Server, pays

if TYPE_CHECKING:
    from collections.abc import Callable


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


def test_once_the_bank_was_answered_nothing_is_offered_and_what_happens_is_seen(
    opens: Callable[[Server], Page],
) -> None:
    """On a phone of which a keyboard leaves little."""
    page = opens(Server(render("pay"), {"pay": [(202, status(**BANK))], "resume": [SILENCE]}))
    page.set_viewport_size({"width": 360, "height": 320})
    expect(page.get_by_role("button", name="Pay €10.00")).to_have_attribute("aria-disabled", "false")
    page.evaluate("scrollTo(0, 0); document.querySelector('#form').requestSubmit()")
    expect(page.locator("#status[inert]").get_by_text("Continue to the bank")).to_be_visible()
    expect(page.locator("[data-note=working]")).to_be_in_viewport()


def test_a_receipt_that_comes_while_the_bank_still_asks_stays(opens: Callable[[Server], Page]) -> None:
    asks = STRIPE.replace(
        'note("bank", {})', "() => new Promise((done) => { answer = done; document.title = 'asks'; })"
    )
    server = Server(render("pay"), {"pay": [(202, status(**BANK))], "status": [(200, render("paid"))]}, gateway=asks)
    page = opens(server)
    pays(page)
    expect(page).to_have_title("asks")
    page.clock.fast_forward(2_000)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    page.evaluate("answer({})")
    page.clock.fast_forward(100)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()


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


OFFLINE = "Object.defineProperty(navigator, 'onLine', { value: false }); dispatchEvent(new Event('offline'))"


def test_a_browser_that_wrongly_thinks_itself_offline_pays_and_is_told_nothing(
    opens: Callable[[Server], Page],
) -> None:
    """A VPN, or the browser of an app."""
    server = Server(render("pay"), {"pay": [(200, render("paid"))]})
    page = opens(server)
    page.evaluate(OFFLINE)
    server.comes(page, "status")
    expect(page.locator(".note").filter(visible=True)).to_have_count(0)
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert server.asked.count("pay") == 1


def test_offline_is_said_once_a_request_has_failed_and_no_longer_once_one_is_answered(
    opens: Callable[[Server], Page],
) -> None:
    page = opens(Server(render("pay"), {"status": [None, None, (204, "")], "pay": [(200, render("paid"))]}))
    said = page.get_by_text("You are offline. Nothing was sent.")
    page.evaluate(OFFLINE)
    expect(said).to_be_visible()
    page.clock.fast_forward(3_000)
    expect(said).to_be_visible()
    page.clock.fast_forward(3_000)
    expect(said).to_be_hidden()
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()


def test_a_look_that_is_answered_while_the_card_is_checked_does_not_end_the_payment(
    opens: Callable[[Server], Page],
) -> None:
    server = Server(render("pay"), {"status": [SILENCE], "pay": [(200, render("paid"))]})
    page = opens(server)
    page.evaluate(OFFLINE)
    server.comes(page, "status")
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert server.asked.count("pay") == 1


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
