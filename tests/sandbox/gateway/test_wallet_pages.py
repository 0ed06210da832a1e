"""The wallet's button and its sheet in a browser, as a shop's page uses them."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from playwright.sync_api import FrameLocator, Page, expect

from tests.sandbox.gateway.conftest import SHOP
from tests.sandbox.gateway.host_page import gateway, origin, page

__all__ = ["gateway", "origin", "page"]

MOUNT = """({options, own}) => new Promise((resolve, reject) => {
    window.told = [];
    window.wallets = stripe.elements({mode: 'payment', amount: 1000, currency: 'eur', ...options});
    window.element = wallets.create('expressCheckout', own);
    element.on('ready', ({availablePaymentMethods}) => resolve(availablePaymentMethods ?? null));
    element.on('loaderror', ({error}) => reject(new Error(error.message)));
    element.on('click', ({resolve, reject}) => {
        told.push('click');
        if (window.answer === 'reject') reject();
        else if (window.answer !== 'nothing') {
            try { resolve(window.sheet); } catch (error) { told.push(error.message); }
        }
    });
    element.on('cancel', () => told.push('cancel'));
    element.on('confirm', async ({expressPaymentType, paymentFailed}) => {
        told.push(`confirm ${expressPaymentType}`);
        if (window.answer === 'fail') return paymentFailed({reason: 'fail'});
        const {error} = await wallets.submit();
        window.token = error ? {error} : await stripe.createConfirmationToken({elements: wallets});
        told.push('token');
    });
    element.mount('#card');
})"""


@pytest.fixture
def registered(shop: stripe.StripeClient) -> str:
    return shop.v1.payment_method_domains.create({"domain_name": "shop.localhost"}).id


def mount(page: Page, own: dict[str, Any] | None = None, **options: Any) -> Any:
    return page.evaluate(MOUNT, {"options": options, "own": own or {}})


def button(page: Page) -> Any:
    return page.frame_locator("#card iframe").get_by_role("button", name="Sandbox Pay")


def sheet(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[src*=wallet]")


def hears(page: Page, *told: str) -> None:
    page.wait_for_timeout(0)
    for _ in range(100):
        if page.evaluate("told") == list(told):
            return
        page.wait_for_timeout(50)
    assert page.evaluate("told") == list(told)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("mode", ["payment", "setup"])
def test_the_buyer_s_yes_gives_a_token_of_a_card_in_a_wallet(page: Page, mode: str) -> None:
    available = mount(page, mode=mode)
    assert [name for name, there in available.items() if there] == ["googlePay"]
    button(page).click()
    expect(sheet(page).get_by_text("€10.00")).to_be_visible(visible=mode == "payment")
    sheet(page).get_by_role("button", name="Confirm").click()
    hears(page, "click", "confirm google_pay", "token")
    card = page.evaluate("token.confirmationToken.payment_method_preview.card")
    assert (card["wallet"]["type"], card["last4"]) == ("google_pay", "4242")
    expect(page.locator("iframe[src*=wallet]")).to_have_count(0)


@pytest.mark.usefixtures("registered")
def test_the_buyer_chooses_the_card_and_the_page_whether_it_is_kept(page: Page) -> None:
    mount(page)
    page.evaluate("() => wallets.update({setupFutureUsage: 'off_session'})")
    button(page).click()
    sheet(page).get_by_label("Visa ••0002 is declined").check()
    sheet(page).get_by_role("button", name="Confirm").click()
    hears(page, "click", "confirm google_pay", "token")
    token = page.evaluate("token.confirmationToken")
    assert (token["payment_method_preview"]["card"]["last4"], token["setup_future_usage"]) == ("0002", "off_session")


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("way", ["Cancel", "Escape"])
def test_a_sheet_that_is_closed_is_a_cancel_and_can_be_opened_again(page: Page, way: str) -> None:
    mount(page)
    for _ in range(2):
        button(page).click()
        cancel = sheet(page).get_by_role("button", name="Cancel")
        cancel.press("Escape") if way == "Escape" else cancel.click()
        expect(page.locator("iframe[src*=wallet]")).to_have_count(0)
    hears(page, "click", "cancel", "click", "cancel")


@pytest.mark.usefixtures("registered")
def test_the_sheet_says_what_the_page_would_have_it_say(page: Page) -> None:
    mount(page)
    page.evaluate(
        "() => { window.sheet = {business: {name: 'Café'}, lineItems: [{name: 'Tea', amount: 950}, {name: 'Kept', amount: 0}]} }"
    )
    button(page).click()
    terms = sheet(page).locator("dl div").filter(visible=True)
    expect(terms).to_have_text(["ToCafé", "Tea€9.50", "Kept€0.00", "Amount€10.00"])


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("items", "said"), [([{"name": "Tea", "amount": 1001}], "less than the total"), ([{"amount": 5}], "needs a name")]
)
def test_line_items_that_stripe_refuses_are_refused(page: Page, items: list[dict[str, Any]], said: str) -> None:
    mount(page)
    page.evaluate("items => { window.sheet = {lineItems: items} }", items)
    button(page).click()
    for _ in range(100):
        if len(page.evaluate("told")) == 2:
            break
        page.wait_for_timeout(50)
    assert said in page.evaluate("told")[1]


@pytest.mark.usefixtures("registered")
def test_a_second_tap_opens_no_second_sheet(page: Page) -> None:
    mount(page)
    button(page).dblclick()
    expect(sheet(page).get_by_role("button", name="Confirm")).to_be_visible()
    expect(page.locator("iframe[src*=wallet]")).to_have_count(1)
    hears(page, "click")


@pytest.mark.usefixtures("registered")
def test_a_page_that_says_no_gets_no_sheet(page: Page) -> None:
    mount(page)
    page.evaluate("() => { window.answer = 'reject' }")
    button(page).click()
    hears(page, "click")
    expect(page.locator("iframe[src*=wallet]")).to_have_count(0)


@pytest.mark.usefixtures("registered")
def test_a_page_whose_payment_fails_closes_the_sheet(page: Page) -> None:
    mount(page)
    page.evaluate("() => { window.answer = 'fail' }")
    button(page).click()
    sheet(page).get_by_role("button", name="Confirm").click()
    hears(page, "click", "confirm google_pay")
    expect(page.locator("iframe[src*=wallet]")).to_have_count(0)


@pytest.mark.usefixtures("registered")
def test_a_card_form_beside_it_is_not_asked_for_the_wallet_s_token(page: Page) -> None:
    mount(page)
    page.evaluate("() => wallets.create('payment').mount('h1')")
    button(page).click()
    sheet(page).get_by_role("button", name="Confirm").click()
    hears(page, "click", "confirm google_pay", "token")
    assert page.evaluate("token.confirmationToken.payment_method_preview.card.wallet.type") == "google_pay"


def test_without_the_domain_there_is_no_wallet(page: Page) -> None:
    assert mount(page) is None
    expect(button(page)).to_be_hidden()


@pytest.mark.usefixtures("registered")
def test_a_page_that_does_not_want_the_wallet_gets_none(page: Page) -> None:
    assert mount(page, {"paymentMethods": {"googlePay": "never"}}) is None


@pytest.mark.usefixtures("registered")
def test_a_page_whose_policy_forbids_payments_gets_none(page: Page) -> None:
    page.goto(f"{page.url}?policy=payment=()")
    page.evaluate("key => { window.stripe = Stripe(key, {locale: 'en'}) }", SHOP.publishable_key)
    assert mount(page) is None


@pytest.mark.parametrize(
    ("own", "options", "said"),
    [
        ({"buttonHeight": 60}, {}, "buttonHeight"),
        ({"paymentMethods": {"sandboxPay": "auto"}}, {}, "sandboxPay"),
        ({}, {"mode": "setup", "currency": None}, "currency"),
    ],
)
def test_options_that_stripe_refuses_are_refused(
    page: Page, own: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(Exception, match=said):
        mount(page, own, **options)
