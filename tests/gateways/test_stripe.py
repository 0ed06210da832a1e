"""What only the adapter for Stripe has: the page's constants, the policy, webhooks, the doctor's questions."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import stripe as sdk

from tests.gateways import canned
from tests.gateways.rigs import Plastic, StripeRig
from webapp.domain import errors
from webapp.domain.outcome import Done
from webapp.gateways import stripe, stripe_http
from webapp.gateways.base import BrowserSources, Notification, Purchase
from webapp.gateways.stripe_provider import StripeProvider

if TYPE_CHECKING:
    from collections.abc import Callable

REAL = stripe.Addresses("https://api.stripe.com", "https://js.stripe.com/endive/stripe.js")
HOOK = "https://ordo.example/hooks/stripe/demo"
DOMAIN = urlsplit(HOOK).hostname or ""

# --- the page


def elements(amount: int = 1000, currency: str = "EUR", **wishes: Any) -> Any:
    wanted: dict[str, Any] = {"saves": False, "manual_capture": False, "language": "en"} | wishes
    return canned.gateway().prepare(amount, currency, **wanted)["elements"]


def test_the_card_form_of_a_payment() -> None:
    assert StripeProvider(REAL).page.gateway_script == "https://js.stripe.com/endive/stripe.js"
    form = stripe.connect(canned.KEYS, REAL).prepare(1000, "EUR", saves=False, manual_capture=False, language="fr")
    assert form == {
        "key": "pk_test_shop",
        "elements": {
            "mode": "payment",
            "amount": 1000,
            "currency": "eur",
            "allowedPaymentMethodTypes": ["card"],
            "locale": "fr",
        },
    }


def test_what_no_database_keeps_is_replaced_in_an_answer() -> None:
    assert json.loads(stripe_http.clean(b'{"id": "pi_\\ud800", "a": ["\\u0000", 1.5, "\\u00e9"]}')) == {
        "id": "pi_\ufffd",
        "a": ["\ufffd", 1.5, "\u00e9"],
    }
    for same in (b'{"a": "\xc3\xa9"}', b"not JSON \\u0000", b""):
        assert stripe_http.clean(same) == same


def test_a_form_that_saves_says_so_and_a_registration_names_no_amount() -> None:
    assert elements(saves=True)["setupFutureUsage"] == "off_session"
    registration = elements(0, saves=True)
    assert registration["mode"] == "setup"
    assert not {"amount", "captureMethod"} & set(registration)


@pytest.mark.parametrize("amount", [0, 1000])
@pytest.mark.parametrize("saves", [False, True])
@pytest.mark.parametrize("manual_capture", [False, True])
def test_the_form_says_what_the_intent_says(amount: int, *, saves: bool, manual_capture: bool) -> None:
    """Stripe refuses a token that was made for another."""
    said = elements(amount, saves=saves, manual_capture=manual_capture)
    edge = canned.Canned((200, {"id": "pi_1", "object": "payment_intent"}))
    wanted = replace(canned.PURCHASE, amount=amount, saves=saves, manual_capture=manual_capture)
    stripe.connect(canned.KEYS, canned.NOWHERE, edge).open(wanted)
    (asked,) = (dict(parse_qsl(body)) for body in edge.sent)
    assert said["mode"] == ("payment" if "amount" in asked else "setup")
    assert said.get("captureMethod") == asked.get("capture_method")
    assert str(said.get("amount", "")) == asked.get("amount", "")
    assert said["currency"] == asked.get("currency", "eur")
    assert said["allowedPaymentMethodTypes"] == [asked["allowed_payment_method_types[0]"]]
    assert said.get("setupFutureUsage") == ("off_session" if saves else None)


def test_a_connected_account_is_named() -> None:
    keys = stripe.Credentials("pk_test_shop", "sk_test_shop", (), "acct_1")
    form = stripe.connect(keys, REAL).prepare(1, "EUR", saves=False, manual_capture=False, language="en")
    assert form["account"] == "acct_1"


def test_the_form_speaks_stripes_units() -> None:
    assert elements(5, "ISK")["amount"] == 500
    with pytest.raises(errors.Invalid):
        elements(5124, "KWD")


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en"), ("fr", "fr"), ("fr-CA", "fr-CA"), ("fr-BE", "fr"), ("no", "nb"), ("ar", "ar"), ("wo", "auto")],
)
def test_the_form_speaks_the_pages_language_where_stripe_does(language: str, locale: str) -> None:
    assert elements(language=language)["locale"] == locale


def test_the_policy_names_stripes_hosts_or_the_sandboxs_origin() -> None:
    hosts = ("https://js.stripe.com", "https://*.js.stripe.com")
    assert stripe.sources(REAL) == BrowserSources(
        hosts, (*hosts, "https://hooks.stripe.com"), ("https://api.stripe.com",)
    )
    sandbox = ("http://gateway.localhost:8702",)
    local = stripe.Addresses("http://127.0.0.1:8702", "http://gateway.localhost:8702/endive/stripe.js")
    assert stripe.sources(local) == BrowserSources(sandbox, sandbox, sandbox)


# --- keys and calls


def test_keys_are_not_printed_and_the_sdk_keeps_none_of_them() -> None:
    canned.gateway()
    assert "sk_test" not in repr(canned.KEYS)
    assert "whsec" not in repr(canned.KEYS)
    assert sdk.api_key is None
    assert sdk.default_http_client is None


@pytest.mark.parametrize(("save", "said"), [(True, ["off_session"]), (False, [""])])
def test_every_confirm_says_whether_the_card_is_kept(save: bool, said: list[str]) -> None:
    http = canned.Canned((200, canned.intent("processing")))
    canned.submit(stripe.connect(canned.KEYS, canned.NOWHERE, http), save=save)
    assert parse_qs(http.sent[0], keep_blank_values=True)["setup_future_usage"] == said


def test_intents_are_keyed_by_order_generation_and_customer_and_confirms_by_their_try(stripe_rig: StripeRig) -> None:
    customer = stripe_rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)
    intent = stripe_rig.gateway.open(Purchase("ord_1", "demo", 1000, "EUR", False, customer, "A12", "", generation=3))
    token = stripe_rig.token(Plastic.WORKS)
    stripe_rig.gateway.submit(intent, token=token, save=False, key="att_9", return_url="https://x", mandate="")
    log = requests.get(f"{stripe_rig.served.url}/_sandbox/requests", timeout=5).json()
    keys = {line["path"]: line["idempotency_key"] for line in log}
    assert keys["/v1/payment_intents"] == f"ord_1:3:{customer}"
    assert keys[f"/v1/payment_intents/{intent}/confirm"] == "att_9"


def test_an_intent_names_its_order_and_merchant(stripe_rig: StripeRig) -> None:
    customer = stripe_rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)
    intent = stripe_rig.gateway.open(Purchase("ord_1", "demo", 1000, "EUR", False, customer, "A12", "2 pizzas"))
    found = stripe_rig.client.v1.payment_intents.retrieve(intent)
    assert found.metadata.to_dict() == {"order": "ord_1", "merchant": "demo", "reference": "A12"}
    assert (found.customer, found.description) == (customer, "2 pizzas")


def test_a_payment_in_a_three_decimal_currency_comes_back_in_our_units(stripe_rig: StripeRig) -> None:
    customer = stripe_rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)
    intent = stripe_rig.gateway.open(Purchase("ord_1", "demo", 5, "ISK", False, customer, "A12", ""))
    token = stripe_rig.token(Plastic.WORKS)
    done = stripe_rig.gateway.submit(intent, token=token, save=False, key="a", return_url="https://x", mandate="")
    assert isinstance(done, Done)
    assert (done.amount, done.currency) == (5, "ISK")


def test_an_amount_that_stripe_cannot_take_is_refused_before_it_leaves() -> None:
    with pytest.raises(errors.GatewayRefused, match="KWD"):
        canned.gateway().open(Purchase("ord_1", "demo", 5124, "KWD", False, "cus_1", "A12", ""))


def test_an_address_that_stripe_does_not_take_keeps_nobody_from_paying() -> None:
    refused = canned.error(400, code="email_invalid", param="email")
    http = canned.Canned(refused, (200, {"id": "cus_1", "object": "customer"}))
    gateway = stripe.connect(canned.KEYS, canned.NOWHERE, http)
    assert gateway.customer(buyer="b1", phone="+33612345678", email="lea@x.example") == "cus_1"
    assert ["email" in parse_qs(sent) for sent in http.sent] == [True, False]


def test_the_page_asks_the_banks_question_about_a_card_that_was_chosen_in_the_chat() -> None:
    http = canned.Canned((200, canned.intent("processing")))
    gateway = stripe.connect(canned.KEYS, canned.NOWHERE, http)
    gateway.pay_with("pi_1", canned.PAYMENT_METHOD, key="a", return_url="https://x.example")
    assert parse_qs(http.sent[0])["use_stripe_sdk"] == ["true"]


def test_what_a_smaller_capture_lets_go_is_no_refund(stripe_rig: StripeRig) -> None:
    customer = stripe_rig.gateway.customer(buyer="b1", phone="+33612345678", email=None)
    purchase = Purchase("ord_1", "demo", 1000, "EUR", False, customer, "A12", "", manual_capture=True)
    intent = stripe_rig.gateway.open(purchase)
    token = stripe_rig.token(Plastic.WORKS)
    stripe_rig.gateway.submit(intent, token=token, save=False, key="a", return_url="https://x.example", mandate="")
    stripe_rig.client.v1.payment_intents.capture(intent, {"amount_to_capture": 600})  # in Stripe's own back office
    payment = stripe_rig.gateway.retrieve_payment(intent)
    assert (payment.taken, payment.refunds) == (600, ())
    stripe_rig.client.v1.refunds.create(
        {"payment_intent": intent, "amount": 400}
    )  # as much as was let go, and really back
    assert [each.amount for each in stripe_rig.gateway.retrieve_payment(intent).refunds] == [400]


# Currencies of no decimals, of two, of three whose last is 0, and the special cases.
@pytest.mark.parametrize(
    ("amount", "currency", "goes"),
    [
        (1005, "KWD", False),
        (1010, "KWD", True),
        (5, "BHD", False),
        (10, "TND", True),
        (150, "MGA", False),
        (100, "MGA", True),
        (1, "EUR", True),  # less than may be charged, and yet what is left of a payment
        (1, "JPY", True),
        (1, "ISK", True),
        (7, "UGX", True),
        (1045, "HUF", True),
    ],
)
def test_what_can_go_back_has_the_steps_of_what_is_charged_and_no_other_limit(
    amount: int, currency: str, goes: bool
) -> None:
    if goes:
        canned.gateway().validate_refund(amount, currency)
        return
    with pytest.raises(errors.Invalid) as refused:
        canned.gateway().validate_refund(amount, currency)
    assert refused.value.code == "amount_not_refundable"


@pytest.mark.parametrize("code", ["amount_too_large", "amount_too_small"])
def test_an_amount_that_stripe_does_not_take_is_told_apart(code: str) -> None:
    with pytest.raises(errors.AmountRefused):
        canned.gateway(canned.error(400, code=code, param="amount")).open(canned.PURCHASE)
    unconfirmed = 200, canned.intent("requires_payment_method")
    with pytest.raises(errors.AmountRefused):
        canned.submit(canned.gateway(canned.error(400, code=code), unconfirmed))


def test_a_deleted_customer_is_told_apart_wherever_it_is_named() -> None:
    gone = canned.error(400, code="resource_missing", param="customer")
    with pytest.raises(errors.UnknownCustomer):
        canned.gateway(gone).open(canned.PURCHASE)
    with pytest.raises(errors.UnknownCustomer):
        canned.gateway(gone).charge(canned.PURCHASE, canned.PAYMENT_METHOD, key="att_1")
    with pytest.raises(errors.UnknownCustomer):
        canned.submit(canned.gateway(gone, (200, canned.intent("requires_payment_method"))))


def test_another_customer_than_the_one_that_is_gone_has_another_key() -> None:
    http = canned.Canned(*[(200, {"id": "cus_2", "object": "customer"})] * 2)
    keys: list[str] = []
    real = http.request

    def request(method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        keys.append(headers["Idempotency-Key"])
        return real(method, url, headers, post_data)

    http.request = request  # type: ignore[method-assign]
    made = stripe.connect(canned.KEYS, canned.NOWHERE, http)
    made.customer(buyer="b1", phone=None, email=None)
    made.customer(buyer="b1", phone=None, email=None, gone="cus_1")
    assert len(set(keys)) == 2


# --- what was taken of a hold


def refunded(id_: str, amount: int, created: int, **more: Any) -> dict[str, Any]:
    return {
        "id": id_, "object": "refund", "amount": amount, "created": created, "currency": "eur", "status": "succeeded", "metadata": {},
    } | more  # fmt: skip


RELEASE = refunded("re_release", 700, 1)


@pytest.mark.parametrize(
    ("counted", "listed", "told"),
    [
        (700, [RELEASE], []),
        (800, [refunded("re_1", 100, 2), RELEASE], ["re_1"]),
        (1000, [refunded("re_1", 300, 2), RELEASE], ["re_1"]),
        (1000, [refunded("re_1", 300, 2)], ["re_1"]),  # the release is counted and not listed
        (700, [], []),
        (700, [refunded("re_1", 300, 2, status="failed"), RELEASE], ["re_1"]),
    ],
)
def test_what_was_held_and_not_taken_is_no_refund(counted: int, listed: list[Any], told: list[str]) -> None:
    charge = {"id": "ch_1", "object": "charge", "amount_refunded": counted}
    body = canned.intent("succeeded", amount=1000, amount_received=300, latest_charge=charge)
    lists = [(200, {"object": "list", "url": "/v1/x", "data": data, "has_more": False}) for data in (listed, [])]
    payment = canned.gateway((200, body), *lists).retrieve_payment("pi_1")
    assert (payment.taken, [each.id for each in payment.refunds]) == (300, told)


@pytest.mark.parametrize(("at", "told"), [(2, ["re_ours"]), (2, ["re_later"]), (1, ["re_in_the_same_second"])])
def test_a_refund_of_just_as_much_as_was_let_go_is_told(at: int, told: list[str]) -> None:
    mine = {"metadata": {"refund": "rf_1"}} if told == ["re_ours"] else {}
    charge = {"id": "ch_1", "object": "charge", "amount_refunded": 1000}
    body = canned.intent("succeeded", amount=1000, amount_received=500, latest_charge=charge)
    listed = [refunded(told[0], 500, at, **mine), refunded("re_release", 500, 1)]
    lists = [(200, {"object": "list", "url": "/v1/x", "data": data, "has_more": False}) for data in (listed, [])]
    assert [each.id for each in canned.gateway((200, body), *lists).retrieve_payment("pi_1").refunds] == told


def test_find_reads_every_page() -> None:
    page = {"object": "list", "url": "/v1/payment_intents"}
    ours, other = {"order": "ord_1"}, {"order": "ord_2"}
    first = page | {"data": [canned.intent("succeeded", id="pi_9", metadata=other)], "has_more": True}
    last = page | {"data": [canned.intent("succeeded", id="pi_1", metadata=ours)], "has_more": False}
    found = canned.gateway((200, first), (200, last)).find("ord_1", "cus_1")
    assert [each.intent for each in found if isinstance(each, Done)] == ["pi_1"]


# --- webhooks


def signed(event: dict[str, Any], secret: str = canned.KEYS.webhook_secrets[0], age: float = 0) -> tuple[bytes, str]:
    body = json.dumps({"id": "evt_1", "object": "event", **event})
    stamp = int(time.time() - age)
    return body.encode(), sdk.WebhookSignature.generate_signature_header(body, secret, stamp)


def about(thing: dict[str, Any], kind: str = "payment_intent.succeeded") -> dict[str, Any]:
    return {"type": kind, "data": {"object": thing}}


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_every_current_secret_verifies(secret: str) -> None:
    event = about({"id": "pi_1", "object": "payment_intent"})
    found = canned.gateway().verify(*signed(event, secret))
    assert found == Notification("evt_1", "payment_intent.succeeded", "pi_1", None)


@pytest.mark.parametrize(
    ("thing", "intent"),
    [
        ({"id": "seti_1", "object": "setup_intent"}, "seti_1"),
        ({"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}, "pi_1"),
        ({"id": "re_1", "object": "refund", "payment_intent": {"id": "pi_1", "object": "payment_intent"}}, "pi_1"),
        ({"id": "dp_1", "object": "dispute", "payment_intent": None}, None),
        ({"id": "pm_1", "object": "payment_method"}, None),
    ],
)
def test_a_notification_names_the_intent_that_it_is_about(thing: dict[str, Any], intent: str | None) -> None:
    assert canned.gateway().verify(*signed(about(thing))).intent == intent


def test_a_connected_accounts_event_names_it() -> None:
    event = about({"id": "pi_1", "object": "payment_intent"}) | {"account": "acct_1"}
    assert canned.gateway().verify(*signed(event)).account == "acct_1"


PAID = about({"id": "pi_1", "object": "payment_intent"})
WRONG: dict[str, Callable[[bytes, str], tuple[bytes, str]]] = {
    "another body": lambda body, header: (body.replace(b"pi_1", b"pi_2"), header),
    "a longer body": lambda body, header: (body + b" ", header),
    "no header": lambda body, _header: (body, ""),
    "no time": lambda body, _header: (body, "t=now,v1=none"),
    "another scheme": lambda body, header: (body, header.replace("v1=", "v0=")),
    "no text": lambda _body, header: (b"\xff\xfe", header),
    "nothing": lambda _body, header: (b"", header),
    "a dropped secret": lambda _body, _header: signed(PAID, "whsec_dropped"),
    "five minutes old": lambda _body, _header: signed(PAID, age=301),
    "no such signs": lambda body, header: (body, f"{header}\u00e9"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_signed_now_by_a_current_secret_is_refused(wrong: str) -> None:
    with pytest.raises(errors.Forbidden):
        canned.gateway().verify(*WRONG[wrong](*signed(PAID)))


def test_without_a_secret_nothing_verifies() -> None:
    keys = stripe.Credentials("pk_test_shop", "sk_test_shop", ())
    with pytest.raises(errors.Forbidden):
        stripe.connect(keys, REAL).verify(*signed(PAID))


# --- the doctor


def registered(rig: StripeRig, *events: str) -> None:
    params: Any = {"url": HOOK, "enabled_events": list(events)}
    rig.client.v1.webhook_endpoints.create(params)
    rig.client.v1.payment_method_domains.create({"domain_name": DOMAIN})


@pytest.mark.parametrize("events", [("*",), stripe.EVENTS])
def test_the_doctor_finds_nothing_wrong_with_a_good_account(stripe_rig: StripeRig, events: tuple[str, ...]) -> None:
    registered(stripe_rig, *events)
    assert stripe_rig.gateway.check(webhook_url=HOOK, live=False) == []


def test_the_doctor_misses_the_endpoint_and_its_events(stripe_rig: StripeRig) -> None:
    said, _ = stripe_rig.gateway.check(webhook_url=HOOK, live=False)
    assert f"add {HOOK}" in said
    registered(stripe_rig, *stripe.EVENTS[1:])
    [said] = stripe_rig.gateway.check(webhook_url=HOOK, live=False)
    assert said.endswith("lacks the events payment_intent.succeeded: add them.")


def test_the_doctor_sees_that_the_keys_are_of_the_other_mode(stripe_rig: StripeRig) -> None:
    registered(stripe_rig, "*")
    publishable, secret = stripe_rig.gateway.check(webhook_url=HOOK, live=True)
    assert "publishable key must begin with pk_live_:" in publishable
    assert "secret key must begin with sk_live_ or rk_live_:" in secret


def test_the_doctor_sees_a_key_that_stripe_does_not_know_and_a_stripe_that_is_away(stripe_rig: StripeRig) -> None:
    [said] = stripe_rig.unknown.check(webhook_url=HOOK, live=False)
    assert "does not know the secret key" in said
    stripe_rig.stop()
    [said] = stripe_rig.gateway.check(webhook_url=HOOK, live=False)
    assert "did not answer" in said


def test_a_restricted_key_that_may_not_look_is_told_what_to_look_for() -> None:
    nothing = {"object": "list", "data": [], "has_more": False, "url": "/v1/payment_intents"}
    said, cards, more = canned.gateway((200, nothing), *[canned.error(403)] * 3).check(webhook_url=HOOK, live=False)
    assert "may not list webhook endpoints" in said
    assert "may not list events" in cards
    assert "may not list payment method domains" in more
    [said] = canned.gateway(canned.error(403, message="Needs payments.")).check(webhook_url=HOOK, live=False)
    assert "may not read payments: Needs payments." in said


def test_what_changed_of_saved_cards_is_listed_however_many_pages_it_takes(stripe_rig: StripeRig) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    v1 = sdk.StripeClient("sk_test_shop", base_addresses={"api": stripe_rig.served.url}).v1
    cards = [v1.payment_methods.attach("pm_card_visa", {"customer": v1.customers.create().id}) for _ in range(2)]
    for number in range(101):
        v1.payment_methods.update(cards[0].id, {"metadata": {"number": str(number)}})
    v1.customers.delete(str(cards[1].customer))
    listed = stripe_rig.gateway.changed(began)
    assert listed is not None
    counted = Counter(listed)
    assert (counted[cards[0].id], counted[str(cards[1].customer)]) == (101, 1)
    assert list(stripe_rig.gateway.changed(datetime.now(UTC) + timedelta(minutes=1)) or ()) == []


def test_what_changed_so_long_ago_that_stripe_lists_it_no_more_is_not_known(stripe_rig: StripeRig) -> None:
    assert stripe_rig.gateway.changed(datetime.now(UTC) - timedelta(days=31)) is None
    assert canned.gateway(canned.error(403)).changed(datetime.now(UTC)) is None
    stripe_rig.stop()
    with pytest.raises(errors.Busy):
        stripe_rig.gateway.changed(datetime.now(UTC))


def test_the_doctor_misses_the_domain_on_which_wallets_are_offered(stripe_rig: StripeRig) -> None:
    registered(stripe_rig, "*")
    elsewhere = "https://pay.elsewhere.example/hooks/stripe/demo"
    said = stripe_rig.gateway.check(webhook_url=elsewhere, live=False)
    assert any("Stripe does not know pay.elsewhere.example" in each for each in said)


def test_a_shop_that_disabled_its_domain_wants_no_wallets(stripe_rig: StripeRig) -> None:
    registered(stripe_rig, "*")
    [domain] = stripe_rig.client.v1.payment_method_domains.list({"domain_name": DOMAIN}).data
    stripe_rig.client.v1.payment_method_domains.update(domain.id, {"enabled": False})
    assert stripe_rig.gateway.check(webhook_url=HOOK, live=False) == []


@pytest.mark.parametrize("details", [{"error_message": "The certificate is not valid."}, None])
def test_the_doctor_says_why_apple_pay_is_not_active(details: dict[str, str] | None) -> None:
    domain = {"id": "pmd_1", "enabled": True, "apple_pay": {"status": "inactive", "status_details": details}}
    hook = {"url": HOOK, "status": "enabled", "enabled_events": ["*"]}
    answers = [(200, {"object": "list", "data": data, "has_more": False}) for data in ([], [hook], [], [domain])]
    [said] = canned.gateway(*answers).check(webhook_url=HOOK, live=False)
    assert "Apple Pay is not active on" in said
    assert ("certificate is not valid" in said) == (details is not None)


@pytest.mark.parametrize(
    ("identity", "account", "live", "there"),
    [
        ("pi_1", None, True, "https://dashboard.stripe.com/payments/pi_1"),
        ("pi_1", "acct_7", False, "https://dashboard.stripe.com/acct_7/test/payments/pi_1"),
        ("re_1", None, False, "https://dashboard.stripe.com/test/refunds/re_1"),
        ("du_1", None, True, "https://dashboard.stripe.com/disputes/du_1"),
        ("odd_1", None, True, None),
    ],
)
def test_a_record_is_found_in_the_dashboard(identity: str, account: str | None, live: bool, there: str | None) -> None:
    real = StripeProvider(stripe.Addresses("https://api.stripe.com", "https://js.stripe.com/x.js"))
    assert real.record_url(identity, account=account, live=live) == there
    sandbox = StripeProvider(stripe.Addresses("http://127.0.0.1:1", "http://127.0.0.1:1/x.js"))
    assert sandbox.record_url(identity, account=account, live=live) is None
