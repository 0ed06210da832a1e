"""The wallets of static/js/gateways/stripe.js, and outside.js, in a browser, under the page's policy; gateway and server answer from a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pay.pages import PROBLEM, render, status
from tests.pay.scripts import ADDRESS, SILENCE, Server

if TYPE_CHECKING:
    from collections.abc import Callable

# Stripe.js with a wallet: the tests say what its events are, and read what the page did.
STRIPE = """
window.calls = [];
window.wallet = {};
window.Stripe = () => {
  const group = (name) => {
    const note = (what, answer) => async (given) => {
      calls.push([name, what, ...(given && "setupFutureUsage" in given ? [given.setupFutureUsage] : [])]);
      return answer;
    };
    return {
      name,
      create(type, options) {
        if (type === "payment") {
          const mount = () => setTimeout(() => { window.rested = true; });
          return { on(event, tell) { if (event === "ready") setTimeout(() => tell({})); }, mount };
        }
        Object.assign(wallet, { options, rested: window.rested });
        return { on(event, tell) { wallet[event] = tell; }, mount(place) { wallet.place = place; }, destroy: note("destroy") };
      },
      update: note("update"), submit: note("submit", {}),
    };
  };
  let made = 0;
  return {
    elements: () => group(["card", "wallet"][made++]),
    async createConfirmationToken({ elements: { name } }) {
      calls.push([name, "token"]);
      return window.broken ? { error: {} } : { confirmationToken: { id: `ctoken_${name}` } };
    },
  };
};
"""
GOOGLE = "{applePay: false, googlePay: true}"
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A546B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
INSIDE = {
    "Instagram, Android": f"{ANDROID} Instagram 361.0.0.0 Android",
    "Facebook, Android": f"{ANDROID} [FB_IAB/FB4A;FBAV/442.0.0.44.114;]",
    "TikTok, Android": f"{ANDROID} trill_330302 BytedanceWebview/d8a21c6",
    "Instagram, iPhone": f"{IPHONE} Instagram 301.0.0.26.106",
    "Facebook, iPhone": f"{IPHONE} [FBAN/FBIOS;FBAV/442.0.0.44.114]",
    "TikTok, iPhone": f"{IPHONE} musical_ly_33.0.0 BytedanceWebview/d8a21c6",
    "LINE, iPhone": f"{IPHONE} Safari Line/13.21.0",
    "WeChat, iPhone": f"{IPHONE} MicroMessenger/8.0.48(0x18003030) NetType/WIFI Language/en",
    "Snapchat, iPhone": f"{IPHONE} Snapchat/12.83.0.40 (like Safari/8617.2.4.10.8, panda)",
}
OUTSIDE = {
    "Chrome, Android": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Samsung Internet": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
    "Safari, iPhone": f"{IPHONE.replace(' Mobile', ' Version/17.5 Mobile')} Safari/604.1",
    "Chrome, iPhone": f"{IPHONE.replace(' Mobile', ' CriOS/131.0.6778.73 Mobile')} Safari/604.1",
    "Firefox, iPhone": f"{IPHONE.replace(' Mobile', ' FxiOS/133.0 Mobile')} Safari/605.1.15",
    "Safari, Mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
}
OR = "or pay by card"


def server(kind: str = "pay", *answers: tuple[int, str] | None) -> Server:
    return Server(render(kind), {"pay": list(answers or [(200, render("paid"))])}, STRIPE)


def offered(page: Page, available: str = GOOGLE) -> None:
    """The page once the wallets have said which they are."""
    expect(page.locator("#button")).to_have_attribute("aria-disabled", "false")
    page.evaluate("new Promise((done) => setTimeout(done))")  # they come right after the card
    page.evaluate(f"wallet.ready({{availablePaymentMethods: {available}}})")


def confirms(page: Page) -> None:
    """The buyer's tap, and the yes in the wallet's sheet."""
    page.evaluate(
        """() => {
            window.said = [];
            const close = (word) => (why) => said.push([word, why && why.reason].filter(Boolean).join(" "));
            wallet.click({resolve: (sheet) => { window.sheet = sheet; said.push("open"); }, reject: close("no")});
            window.done = said[0] === "open" ? wallet.confirm({paymentFailed: close("failed")}) : undefined;
        }"""
    )


def test_wallets_that_are_there_take_the_place_of_the_words_above_the_card(opens: Callable[[Server], Page]) -> None:
    page = opens(server())
    words = page.get_by_text("Your card details go straight to")
    expect(words.filter(visible=True)).to_have_count(1)
    expect(page.get_by_text(OR)).to_be_hidden()
    place = page.locator("#card").bounding_box()
    offered(page)
    expect(page.get_by_text(OR)).to_be_visible()
    expect(page.get_by_role("heading", name="Your card")).to_be_visible()
    expect(words.filter(visible=True)).to_have_count(1)
    assert page.locator("#card").bounding_box() == place
    assert page.evaluate("wallet.place") == "#wallet-frame"


def test_the_wallets_frame_is_no_part_of_the_task_that_makes_the_card_s(opens: Callable[[Server], Page]) -> None:
    page = opens(server())
    offered(page)
    assert page.evaluate("wallet.rested") is True


def test_without_any_wallet_nothing_is_seen_of_them(opens: Callable[[Server], Page]) -> None:
    page = opens(server())
    offered(page, "undefined")
    expect(page.get_by_text(OR)).to_be_hidden()
    assert ["wallet", "destroy"] in page.evaluate("calls")


def test_only_wallets_that_give_a_card_are_asked_for(opens: Callable[[Server], Page]) -> None:
    page = opens(server())
    offered(page)
    methods = page.evaluate("wallet.options.paymentMethods")
    assert methods == dict.fromkeys(("amazonPay", "klarna", "link", "paypal"), "never")


def test_a_wallet_posts_the_same_form_and_asks_no_card_field(opens: Callable[[Server], Page]) -> None:
    served = server()
    page = opens(served)
    offered(page)
    confirms(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert served.posted["pay"] == {"csrf_token": ["form-token"], "confirmation_token": ["ctoken_wallet"]}
    assert page.evaluate("calls") == [["wallet", "submit"], ["wallet", "token"]]
    assert page.evaluate("said") == ["open"]


@pytest.mark.parametrize("tick", [True, False])
def test_the_box_decides_for_a_wallet_too(opens: Callable[[Server], Page], tick: bool) -> None:
    served = server("ask")
    page = opens(served)
    offered(page)
    page.get_by_role("checkbox").check()
    page.get_by_role("checkbox").set_checked(tick)
    confirms(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    updates = [call for call in page.evaluate("calls") if call[1] == "update"]
    assert updates[-1] == ["wallet", "update", "off_session" if tick else None]
    assert ("save" in served.posted["pay"]) == tick


PIZZAS = {"name": "2 pizzas", "amount": 1000}
SAVED = {"name": "This card is saved for your next payments", "amount": 0}


@pytest.mark.parametrize(
    ("kind", "ticks", "items"),
    [
        ("pay", None, [PIZZAS]),
        ("register and pay", None, [PIZZAS, SAVED]),
        ("register", None, [SAVED]),
        ("ask", True, [PIZZAS, SAVED]),
        ("ask", False, [PIZZAS]),
        ("to be held", None, [{"name": "To be held on your card", "amount": 1000}]),
    ],
)
def test_the_sheet_names_what_is_agreed_to(
    opens: Callable[[Server], Page], kind: str, ticks: bool | None, items: list[dict[str, Any]]
) -> None:
    page = opens(server(kind))
    offered(page)
    if ticks is not None:
        page.get_by_role("checkbox").set_checked(ticks)
    confirms(page)
    assert page.evaluate("sheet") == {"business": {"name": "Café Lumière"}, "lineItems": items}


def test_a_box_ticked_before_the_gateway_came_is_told_to_the_wallet(opens: Callable[[Server], Page]) -> None:
    served = server("ask")
    served.gateway = None
    page = opens(served)
    page.get_by_role("checkbox").check()
    served.gateway = STRIPE
    page.get_by_role("button", name="Load them again").click()
    expect(page.locator("#button")).to_have_attribute("aria-disabled", "false")
    assert page.evaluate("calls") == [["wallet", "update", "off_session"]]


@pytest.mark.parametrize("first", ["card", "wallet"])
def test_whoever_is_first_is_the_only_one(opens: Callable[[Server], Page], first: str) -> None:
    served = server("pay", SILENCE)
    page = opens(served)
    offered(page)
    page.evaluate(
        """first => {
            window.said = [];
            const taps = [
                () => document.querySelector("#button").click(),
                () => wallet.confirm({paymentFailed: ({reason}) => said.push(reason)}),
            ];
            for (const tap of first === "card" ? taps : taps.reverse()) tap();
        }""",
        first,
    )
    expect(page.get_by_text("Working…")).to_be_visible()
    page.evaluate("wallet.click({resolve: () => said.push('open'), reject: () => said.push('no')})")
    assert page.evaluate("said") == (["fail", "no"] if first == "card" else ["no"])
    served.comes(page, "pay")
    assert served.posted["pay"]["confirmation_token"] == [f"ctoken_{first}"]
    assert served.asked.count("pay") == 1


def test_a_declined_wallet_leaves_the_card_form(opens: Callable[[Server], Page]) -> None:
    served = server("pay", (422, status(problem=PROBLEM)), (200, render("paid")))
    page = opens(served)
    offered(page)
    confirms(page)
    expect(page.get_by_role("alert")).to_be_focused()
    page.locator("#button").click()
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert served.posted["pay"]["confirmation_token"] == ["ctoken_card"]


def test_a_wallet_whose_token_fails_is_told_so_and_nothing_is_sent(opens: Callable[[Server], Page]) -> None:
    served = server()
    page = opens(served)
    offered(page)
    page.evaluate("() => { window.broken = true }")
    confirms(page)
    expect(page.get_by_text("could not be checked, and nothing was taken")).to_be_visible()
    page.evaluate("done")
    assert page.evaluate("said") == ["open", "failed fail"]
    assert "pay" not in served.asked


def test_a_wallet_pays_where_the_browser_only_thinks_that_it_is_offline(opens: Callable[[Server], Page]) -> None:
    page = opens(server())
    offered(page)
    page.evaluate("Object.defineProperty(navigator, 'onLine', {value: false})")
    confirms(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    assert page.evaluate("said") == ["open"]


# --- inside an app


def visit(browser: Browser, agent: str) -> Page:
    context = browser.new_context(viewport={"width": 360, "height": 740}, user_agent=agent)
    page = context.new_page()
    page.route("**/*", server())
    page.goto(f"{ADDRESS}?lang=en")
    expect(page.locator("#button")).to_have_attribute("aria-disabled", "false")
    return page


@pytest.mark.parametrize("app", INSIDE)
def test_inside_an_app_there_are_no_wallets_but_a_way_out(browser: Browser, app: str) -> None:
    page = visit(browser, INSIDE[app])
    expect(page.get_by_text("To use Apple Pay or Google Pay, open this page in your browser.")).to_be_visible()
    expect(page.get_by_text(OR)).to_be_hidden()
    assert page.evaluate("wallet") == {}
    way = page.get_by_role("link", name="Open in your browser")
    copy = page.get_by_role("button", name="Copy the link")
    expect(way if "Android" in app else copy).to_be_visible()
    expect(copy if "Android" in app else way).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_browser_of_its_own_is_asked_for_wallets(browser: Browser, name: str) -> None:
    page = visit(browser, OUTSIDE[name])
    offered(page)
    expect(page.get_by_text(OR)).to_be_visible()
    expect(page.get_by_role("link", name="Open in your browser")).to_be_hidden()
    page.context.close()


def test_on_android_the_way_out_is_an_intent_for_this_very_page(browser: Browser) -> None:
    page = visit(browser, INSIDE["Instagram, Android"])
    way = page.get_by_role("link", name="Open in your browser")
    where = ADDRESS.removeprefix("http://")
    expect(way).to_have_attribute(
        "href", f"intent://{where}?lang=en#Intent;scheme=http;action=android.intent.action.VIEW;end"
    )
    page.evaluate("document.querySelector('.outside a').addEventListener('click', (event) => event.preventDefault())")
    way.click()  # and the app does not let go
    expect(page.get_by_role("button", name="Copy the link")).to_be_visible()
    page.context.close()


def test_elsewhere_the_link_is_copied(browser: Browser) -> None:
    page = visit(browser, INSIDE["Instagram, iPhone"])
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.kept = text; }}})"
    )
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_role("status").get_by_text("Copied. Now paste the link into your browser.")).to_be_visible()
    assert page.evaluate("kept") == f"{ADDRESS}?lang=en"
    page.context.close()


@pytest.mark.parametrize("copied", [True, False])
def test_without_a_clipboard_the_link_is_there_to_be_copied(browser: Browser, copied: bool) -> None:
    page = visit(browser, INSIDE["Instagram, iPhone"])
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate("copied => { document.execCommand = () => copied; }", copied)
    page.get_by_role("button", name="Copy the link").click()
    link = page.get_by_role("textbox", name="Copy the link")
    expect(link).to_have_value(f"{ADDRESS}?lang=en")
    assert page.evaluate("getSelection().toString()") == f"{ADDRESS}?lang=en"
    expect(page.get_by_text("Copied.")).to_be_visible(visible=copied)
    page.context.close()
