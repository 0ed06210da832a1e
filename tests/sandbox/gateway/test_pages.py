"""The script and its frames in a browser, in a page under the policy that the product's pages have."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import stripe
from playwright.sync_api import FrameLocator, Page, expect

from tests.sandbox.gateway.conftest import Gateway
from tests.sandbox.gateway.host_page import gateway, origin, page

__all__ = ["gateway", "origin", "page"]


def mount(page: Page, **options: Any) -> FrameLocator:
    """Show the card form; wait until it says that it is ready."""
    page.evaluate(
        """options => new Promise((resolve, reject) => {
            window.elements = stripe.elements({mode: 'payment', amount: 1000, currency: 'eur', ...options});
            const element = elements.create('payment');
            element.on('ready', () => resolve());
            element.on('loaderror', ({error}) => reject(new Error(error.message)));
            element.mount('#card');
        })""",
        options,
    )
    return page.frame_locator("#card iframe")


def fill(form: FrameLocator, number: str, expiry: str = "1234", cvc: str = "123") -> None:
    form.get_by_label("Card number").press_sequentially(number)
    form.get_by_label("Expiry date").press_sequentially(expiry)
    form.get_by_label("Security code").press_sequentially(cvc)


def create_token(page: Page) -> Any:
    return page.evaluate(
        """async () => {
            const {error} = await elements.submit();
            return error ? {error} : stripe.createConfirmationToken({elements});
        }"""
    )


def handle(page: Page, secret: str | None) -> None:
    """Start the bank's question; `answered` waits for its end."""
    page.evaluate("secret => { window.asked = stripe.handleNextAction({clientSecret: secret}) }", secret)


def answered(page: Page) -> Any:
    return page.evaluate("() => window.asked")


def test_a_typed_card_pays_and_its_number_goes_to_the_gateway_alone(
    page: Page, gateway: Gateway, origin: str, shop: stripe.StripeClient
) -> None:
    told: list[str] = []
    page.on("request", lambda sent: told.append(sent.url) if "4242424242424242" in (sent.post_data or "") else None)
    page.evaluate("() => addEventListener('message', ({data}) => { window.leak = JSON.stringify(data) })")
    form = mount(page)
    fill(form, "4242424242424242")
    expect(form.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
    expect(form.get_by_text("Visa", exact=True)).to_be_visible()
    token = create_token(page)["confirmationToken"]
    assert token["payment_method_preview"]["card"]["last4"] == "4242"
    assert told == [f"{origin}/v1/confirmation_tokens"]
    assert "4242424242424242" not in str(token) + str(page.evaluate("() => window.leak"))
    intent = gateway.payment()
    paid = shop.v1.payment_intents.confirm(intent.id, {"confirmation_token": token["id"]})
    assert paid.status == "succeeded"


def test_the_form_is_not_shown_before_the_page_has_told_look_and_language(page: Page, origin: str) -> None:
    page.goto(f"{origin}/endive/card")
    expect(page.get_by_label("Card number", exact=True)).to_be_attached()
    expect(page.get_by_label("Card number", exact=True)).to_be_hidden()


def test_a_form_that_is_not_complete_says_what_to_do_beside_each_field(page: Page) -> None:
    form = mount(page)
    form.get_by_label("Card number").press_sequentially("4242424242424241")
    form.get_by_label("Expiry date").press_sequentially("0120")
    error = create_token(page)["error"]
    assert (error["type"], error["code"]) == ("validation_error", "invalid_number")
    expect(form.get_by_text("not valid. Check the digits")).to_be_visible()
    expect(form.get_by_text("has expired")).to_be_visible()
    expect(form.get_by_text("Enter the security code")).to_be_visible()
    expect(form.get_by_label("Card number")).to_have_attribute("aria-invalid", "true")


def test_a_real_card_is_refused_in_words(page: Page) -> None:
    form = mount(page)
    fill(form, "4539578763621486")
    assert create_token(page)["error"]["decline_code"] == "test_mode_live_card"
    expect(form.get_by_text("Only test cards work here")).to_be_visible()


@pytest.mark.parametrize(
    ("button", "status"),
    [("Complete authentication", "succeeded"), ("Fail authentication", None), ("Cancel", None)],
)
def test_the_bank_asks_over_the_whole_page(page: Page, gateway: Gateway, button: str, status: str | None) -> None:
    asked = gateway.confirm(gateway.payment().id, "authenticationRequired")
    handle(page, asked.client_secret)
    bank = page.frame_locator("iframe[title^='Your bank']")
    expect(bank.get_by_role("dialog")).to_contain_text("Café Lumière")
    expect(bank.get_by_role("dialog")).to_contain_text("€10.00")
    bank.get_by_role("button", name=button).click()
    result = answered(page)
    if status is not None:
        assert result["paymentIntent"]["status"] == status
    else:
        assert result["error"]["code"] == "payment_intent_authentication_failure"
        assert result["error"]["payment_intent"]["status"] == "requires_payment_method"
    expect(page.locator("iframe[title^='Your bank']")).to_have_count(0)


def test_the_bank_asks_about_a_card_that_is_only_saved(
    page: Page, gateway: Gateway, shop: stripe.StripeClient, customer: str
) -> None:
    intent = shop.v1.setup_intents.create({"customer": customer, "allowed_payment_method_types": ["card"]})
    token = gateway.token("authenticationRequiredOnSetup")
    asked = shop.v1.setup_intents.confirm(intent.id, {"confirmation_token": token})
    handle(page, asked.client_secret)
    bank = page.frame_locator("iframe[title^='Your bank']")
    expect(bank.get_by_text("Amount")).to_be_hidden()
    bank.get_by_role("button", name="Complete authentication").click()
    assert answered(page)["setupIntent"]["status"] == "succeeded"


def test_an_intent_is_read_by_its_secret(page: Page, gateway: Gateway) -> None:
    secret = gateway.payment().client_secret
    read = page.evaluate("secret => stripe.retrievePaymentIntent(secret)", secret)
    assert read["paymentIntent"]["status"] == "requires_payment_method"


def test_ticking_the_box_is_carried_into_the_token(page: Page, gateway: Gateway) -> None:
    fill(mount(page), "4242424242424242")
    page.evaluate("() => elements.update({setupFutureUsage: 'off_session'})")
    assert create_token(page)["confirmationToken"]["setup_future_usage"] == "off_session"
    page.evaluate("() => elements.update({setupFutureUsage: null})")
    assert create_token(page)["confirmationToken"]["setup_future_usage"] is None


MISUSES = [
    "Stripe('')",
    "Stripe('sk_test_secret')",
    "stripe.elements({mode: 'payment', amount: 10.5, currency: 'eur'})",
    "stripe.elements({mode: 'payment', amount: 1000, currency: 'EUR'})",
    "stripe.elements({mode: 'pay'})",
    "stripe.elements({mode: 'payment', amount: 1000, currency: 'eur', captureMethod: 'later'})",
    "stripe.elements({mode: 'setup', paymentMethodTypes: ['card']})",
    "stripe.elements({mode: 'setup'}).create('card')",
    "stripe.elements({mode: 'setup'}).create('payment').mount('#nowhere')",
    "stripe.elements({mode: 'setup'}).create('payment').on('paid', () => {})",
    "stripe.elements({mode: 'setup'}).submit()",
    "stripe.createConfirmationToken({elements: stripe.elements({mode: 'setup'})})",
    "stripe.handleNextAction({clientSecret: 'nonsense'})",
]


def test_misuse_is_an_integration_error(page: Page) -> None:
    attempt = "async () => {{ try {{ await {} }} catch (error) {{ return error.name }} }}"
    ends = {misuse: page.evaluate(attempt.format(misuse)) for misuse in MISUSES}
    assert ends == dict.fromkeys(MISUSES, "IntegrationError")


def test_a_token_needs_a_submit_after_the_last_change(page: Page) -> None:
    form = mount(page)
    fill(form, "4242424242424242")
    attempt = "() => stripe.createConfirmationToken({elements}).catch(error => error.name)"
    assert page.evaluate(attempt) == "IntegrationError"
    create_token(page)
    page.evaluate("() => { window.changed = new Promise(done => elements.getElement('payment').on('change', done)) }")
    form.get_by_label("Security code").press("Backspace")
    page.evaluate("() => changed")
    assert page.evaluate(attempt) == "IntegrationError"


def test_the_bank_is_not_asked_about_what_needs_no_answer(page: Page, gateway: Gateway) -> None:
    secret = gateway.payment().client_secret
    attempt = "secret => stripe.handleNextAction({clientSecret: secret}).catch(error => error.name)"
    assert page.evaluate(attempt, secret) == "IntegrationError"


def test_a_wrong_key_is_a_load_error(page: Page) -> None:
    message = page.evaluate(
        """() => new Promise(resolve => {
            const element = Stripe('pk_test_of_nobody').elements({mode: 'setup'}).create('payment');
            element.on('loaderror', ({error}) => resolve(error.message));
            element.mount('#card');
        })"""
    )
    assert "Invalid API Key" in message


def test_the_form_speaks_arabic_from_right_to_left_and_takes_its_digits(page: Page) -> None:
    form = mount(page, locale="ar")
    expect(form.locator("html")).to_have_attribute("dir", "rtl")
    number = form.get_by_label("رقم البطاقة")
    number.press_sequentially("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢")
    expect(number).to_have_value("4242 4242 4242 4242")


@pytest.mark.parametrize(("text", "theme"), [("rgb(238, 243, 240)", "dark"), ("rgb(20, 32, 28)", "light")])
def test_the_form_is_readable_where_the_page_puts_it(page: Page, text: str, theme: str) -> None:
    page.evaluate("text => { document.body.style.color = text }", text)
    expect(mount(page).locator("html")).to_have_attribute("data-theme", theme)


@pytest.mark.parametrize("name", ["card", "challenge", "stripe.js"])
def test_what_browsers_load_is_guarded(gateway: Gateway, name: str) -> None:
    headers = requests.get(f"{gateway.url}/endive/{name}", timeout=5).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_banks_own_page_leads_back_to_the_shop(
    page: Page, gateway: Gateway, origin: str, shop: stripe.StripeClient
) -> None:
    back = f"{page.url}?order=7"
    elsewhere = "http://gateway.localhost"  # as this gateway knows itself: it was made before its port
    page.route(f"{elsewhere}/**", lambda route: route.fulfill(body="the bank"))
    asked = gateway.payment(payment_method="pm_card_authenticationRequired", confirm=True, return_url=back)
    handle(page, asked.client_secret)
    page.wait_for_url(f"{elsewhere}/**")
    page.goto(page.url.replace(elsewhere, origin))
    page.get_by_role("button", name="Complete authentication").click()
    page.wait_for_url(lambda url: url.startswith(back))
    assert f"payment_intent={asked.id}" in page.url
    assert "redirect_status=succeeded" in page.url
    assert shop.v1.payment_intents.retrieve(asked.id).status == "succeeded"


def test_a_token_says_how_its_form_was_made(page: Page, gateway: Gateway, shop: stripe.StripeClient) -> None:
    fill(mount(page), "4242424242424242")
    token = create_token(page)["confirmationToken"]["id"]
    for wrong in ({"capture_method": "manual"}, {"currency": "usd"}, {"amount": 1100}):
        with pytest.raises(stripe.InvalidRequestError, match="does not match the expected"):
            shop.v1.payment_intents.confirm(gateway.payment(**wrong).id, {"confirmation_token": token})
    paid = shop.v1.payment_intents.confirm(gateway.payment().id, {"confirmation_token": token})
    assert paid.status == "succeeded"
