"""Two merchants of one installation, each at a gateway of its own: what is the one's is never seen at the other's, and what a gateway
cannot do is offered nowhere."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.gateways.house import KIOSK, House, kiosk, open_house
from tests.kit import BUYER, OPERATOR, SCRIPT, Shop, browser, outside, shop, test_gateway
from tests.office.forms import NEW, csrf
from webapp.db import models, page_safety
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.domain.outcome import ActionNeeded
from webapp.gateways.registry import Providers
from webapp.inventory.page import Difference, What
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations
from webapp.services.monitoring import doctor, page_monitor
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, reconciliation, refunds, saved_card_pay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

__all__ = ["outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def house(shop: Shop) -> Iterator[House]:
    with open_house(shop) as made:
        yield made


EN = {"Accept-Language": "en"}


def policy(answer: requests.Response) -> dict[str, set[str]]:
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: set(values) for name, *values in parts}


# --- the page


def test_each_page_names_and_may_load_its_own_gateway_and_no_other(house: House) -> None:
    stripe = f"{urlsplit(SCRIPT).scheme}://{urlsplit(SCRIPT).netloc}"
    cafe = requests.get(house.link(house.shop.order()), headers=EN, timeout=5)
    assert policy(cafe)["script-src"] == {"'self'", stripe}
    assert (policy(cafe)["frame-src"], policy(cafe)["form-action"]) == ({stripe}, {"'self'"})
    assert f'payment=(self "{stripe}")' in cafe.headers["Permissions-Policy"]
    assert ("Stripe, the payment provider" in cafe.text, "Toy Pay" in cafe.text) == (True, False)
    mine = requests.get(house.link(house.order()), headers=EN, timeout=5)
    assert policy(mine)["script-src"] == policy(mine)["connect-src"] == {"'self'"}
    assert (policy(mine)["frame-src"], policy(mine)["form-action"]) == ({"'none'"}, {"'self'", house.toy.url})
    assert mine.headers["Permissions-Policy"].startswith("payment=(),")
    assert ("Toy Pay, the payment provider" in mine.text, "stripe" in mine.text.lower()) == (True, False)
    assert stripe not in mine.text + str(mine.headers)


def test_a_page_that_is_nobody_s_may_load_no_gateway(house: House) -> None:
    answer = requests.get(f"{house.url}/p/forged", timeout=5)
    assert answer.status_code == 404
    assert (policy(answer)["script-src"], policy(answer)["form-action"]) == ({"'self'"}, {"'self'"})


def test_the_page_without_card_fields_asks_for_no_card_and_offers_none_from_the_chat(house: House) -> None:
    html = requests.get(house.link(house.order()), headers=EN, timeout=5).text
    assert all(each not in html for each in ('id="card"', 'id="wallets"', "wa.me", "Your card</h2>", "noscript"))
    assert "Pay with it in WhatsApp" in requests.get(house.link(house.shop.order()), headers=EN, timeout=5).text


def test_a_submission_with_a_token_is_none_of_a_page_without_card_fields(house: House) -> None:
    order = house.order()
    token = house.link(order).rpartition("/")[2]
    form = {"csrf_token": house.shop.context.links.form_token(token), "confirmation_token": "ctoken_1"}
    assert requests.post(f"{house.url}/p/{token}/pay", form, timeout=5).status_code == 400
    assert house.toy.calls == []


def test_a_plain_form_leads_to_the_gateway_s_page_and_back_to_the_truth(house: House) -> None:
    order = house.order()
    token = house.link(order).rpartition("/")[2]
    form = {"csrf_token": house.shop.context.links.form_token(token)}
    led = requests.post(f"{house.url}/p/{token}/pay", form, headers=EN, timeout=5, allow_redirects=False)
    assert (led.status_code, led.headers["Location"]) == (303, f"{house.toy.url}/pay/{house.shop.get(order).intent}")
    again = requests.post(f"{house.url}/p/{token}/resume", form, headers=EN, timeout=5, allow_redirects=False)
    assert again.headers["Location"] == led.headers["Location"]
    house.toy.webhooks.clear()
    assert house.toy.payments[house.shop.get(order).intent or ""].return_url == house.link(order)
    house.toy.tries(house.shop.get(order).intent or "", "works")
    assert "Not finished yet" in requests.get(house.link(order), headers=EN, timeout=5).text  # a GET asks nobody
    back = requests.post(f"{house.url}/p/{token}/resume", form, headers=EN, timeout=5)
    assert "Paid" in back.text
    assert house.shop.state(order) == "paid"


# --- the webhook


def test_a_webhook_comes_in_at_the_gateway_s_own_path(house: House) -> None:
    order = house.order()
    assert isinstance(house.pay(order), ActionNeeded)
    house.toy.tries(house.shop.get(order).intent or "", "works")
    assert house.shop.one(models.InboxEvent).merchant_id == KIOSK
    house.shop.drain()
    assert house.shop.state(order) == "paid"


@pytest.mark.parametrize("path", ["stripe/kiosk", "toy/cafe", "toy/nobody", "nobody/kiosk"])
def test_a_merchant_of_another_gateway_is_none(house: House, path: str) -> None:
    body, signature = house.toy.news("toy-1")
    headers = {"Toy-Signature": signature, "Stripe-Signature": "t=1,v1=0"}
    answer = requests.post(f"{house.url}/hooks/{path}", body, headers=headers, timeout=5)
    assert (answer.status_code, answer.text) == (401, "signature refused\n")
    assert house.shop.all(models.InboxEvent) == []


def test_a_gateway_s_path_hides_no_other(house: House) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "a-verify-token", "hub.challenge": "12345"}
    assert requests.get(f"{house.url}/hooks/whatsapp/{KIOSK}", query, timeout=5).text == "12345"
    assert requests.post(f"{house.url}/hooks/whatsapp/{KIOSK}", "{}", timeout=5).status_code == 401
    assert requests.post(f"{house.url}/hooks/csp", "{}", timeout=5).status_code < 400


# --- the file


def test_a_file_that_names_no_gateway_is_of_the_first_and_a_merchant_keeps_its_own(house: House) -> None:
    declarations.apply(house.shop.context, declarations.declared(house.shop.declaration()))
    assert declarations.get(house.shop.context, "cafe").gateway == "stripe"
    with pytest.raises(Invalid) as caught:
        declarations.apply(
            house.shop.context,
            declarations.declared(house.shop.declaration() | {"gateway": kiosk(house.shop)["gateway"]}),
        )
    assert caught.value.code == "other_gateway"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"provider": "lyra"}, "gateway.provider: 'lyra' is not known here; known are: stripe, toy"),
        ({"key": "live-1"}, "gateway.key is not a test key: those begin with test-"),
        ({"key": "test-…"}, "gateway.key still holds the sample's placeholder"),
        ({"secret_key": "sk_test_1"}, "gateway.secret_key: Extra inputs are not permitted"),
    ],
)
def test_the_gateway_reads_its_own_table(house: House, table: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=re.escape(said)):
        declarations.apply(house.shop.context, declarations.declared(kiosk(house.shop, **table)))


def test_a_merchant_whose_gateway_this_installation_has_not_is_told_by_the_doctor(house: House) -> None:
    context = dataclasses.replace(house.shop.context, providers=Providers(list(house.shop.context.providers)[:1]))
    url = str(context.database.url)
    texts = [each.text for each in doctor.run(context, url, context.now()) if each.subject == f"{KIOSK}: gateway"]
    assert texts == ["gateway.provider: 'toy' is not known here; known are: stripe"]


# --- the operator's side


def test_the_doctor_says_what_the_gateway_says(house: House) -> None:
    def found() -> str:
        (gateway,) = doctor._gateway(house.shop.context, declarations.get(house.shop.context, KIOSK))
        return gateway.text

    assert found() == "Toy Pay: the key works, and the webhook is registered"
    house.toy.webhooks.clear()
    assert found() == f"Toy Pay tells nobody: register {house.url}/hooks/toy/{KIOSK}."


def test_the_page_monitor_knows_which_scripts_are_whose(house: House) -> None:
    order = house.order()
    assert page_monitor.check(house.shop.context, KIOSK) == []
    with house.shop.context.database.read() as session:
        assert page_safety.to_look_at(session, KIOSK, house.shop.clock())[0].id == order  # type: ignore[union-attr]
    context, foreign = house.shop.context, house.shop.context.expected["stripe"]
    seen = page_monitor.check(dataclasses.replace(context, expected={"toy": foreign, "stripe": foreign}), KIOSK)
    missing = {each.detail for each in seen or [] if each.what is What.MISSING}
    assert missing == {"js/gateways/stripe.js", SCRIPT}
    house.shop.order()
    toy = dataclasses.replace(context.expected["toy"], headers=foreign.headers)
    other = page_monitor.check(dataclasses.replace(context, expected={"stripe": toy}), "cafe")
    assert {each.what for each in other or []} == {What.UNKNOWN}
    assert Difference(What.UNKNOWN, SCRIPT) in (other or [])


def test_the_books_of_another_gateway_are_compared_like_any(house: House) -> None:
    house.paid()
    lost = house.order()
    house.pay(lost)
    house.toy.webhooks.clear()
    house.toy.tries(house.shop.get(lost).intent or "", "works")
    since = house.shop.clock.at.replace(year=2020)
    (found,) = reconciliation.compare(house.shop.context, KIOSK, since)
    assert (found.order, found.mended, house.shop.state(lost)) == (lost, True, "paid")


# --- what it cannot do


def test_the_form_of_a_new_order_asks_for_nothing_that_the_gateway_cannot_do(house: House) -> None:
    words = ("Save a card", "save the card", "Only hold the money", "Needed to save a card")
    form = browser_of(house).get("/office/orders/new").text
    assert [word for word in words if word in form] == []
    cafe = browser_of(house, "admin@cafe.example").get("/office/orders/new").text
    assert [word for word in words if word in cafe] == list(words)


def browser_of(house: House, email: str = "admin@kiosk.example") -> FlaskClient:
    client = browser(house.app)
    client.environ_base["HTTP_HOST"] = urlsplit(house.url).netloc
    path = f"/office/link/{sessions.make_link(house.shop.context, email)}"
    assert client.post(path, data={"csrf_token": csrf(client, path)}).status_code == 303
    return client


def test_a_form_that_asks_for_it_all_the_same_makes_no_order(house: House) -> None:
    client = browser_of(house)
    data = NEW | {"csrf_token": csrf(client), "phone": BUYER, "email": "b@example.com"}
    assert client.post("/office/orders", data=data | {"action": "REGISTER_PAY"}).status_code == 422
    assert house.shop.all(models.Order) == []
    assert client.post("/office/orders", data=data | {"manual_capture": "y"}).status_code == 303
    assert house.shop.one(models.Order).manual_capture is False


def test_the_timeline_tells_a_gateway_s_page_from_a_bank_s_question(house: House) -> None:
    order = house.order()
    house.pay(order)
    shown = browser_of(house).get(f"/office/orders/{order}").text
    told = ("The buyer goes on at the payment provider&#39;s page" in shown, "The bank asks the buyer" in shown)
    assert told == (True, False)


def test_a_refund_is_of_the_whole_payment(house: House) -> None:
    order, client = house.paid(), browser_of(house)
    shown = client.get(f"/office/orders/{order}").text
    field = re.search(r'<input[^>]* id="refund-amount"[^>]*>', shown)
    assert field
    assert " readonly" in field[0]
    assert 'value="€10.00"' in field[0]
    token = csrf(client)
    data = {"csrf_token": token, "amount": "3"}
    wrong = client.post(f"/office/orders/{order}/refund", data=data)
    assert wrong.status_code == 422
    assert "gives back whole payments only: €10.00." in wrong.text
    house.shop.drain()
    assert house.shop.state(order) == "paid"
    client.post(f"/office/orders/{order}/refund", data=data | {"amount": "10"})
    house.shop.drain()
    assert house.shop.state(order) == "refunded"
    assert "Refund</button>" not in client.get(f"/office/orders/{order}").text


def test_the_services_refuse_what_the_gateway_cannot_do_before_they_call_it(house: House) -> None:
    context, ten = house.shop.context, Money(1000, "EUR")

    def place(request: lifecycle.Request) -> str:
        with pytest.raises(Invalid) as caught:
            lifecycle.create(context, KIOSK, request, send=False)
        return caught.value.code

    for action in (Action.REGISTER_PAY, Action.ASK_REGISTER_PAY):
        assert place(lifecycle.Request(action, ten, BUYER, "b@example.com")) == "cannot_save_cards"
    assert place(lifecycle.Request(Action.REGISTER, None, BUYER, "b@example.com")) == "cannot_save_cards"
    assert place(lifecycle.Request(Action.PAYMENT, ten, BUYER, manual_capture=True)) == "cannot_hold"
    order = house.paid()
    with pytest.raises(Invalid) as caught:
        aliases.charge(context, KIOSK, order, ten)
    assert caught.value.code == "cannot_charge_saved"
    with pytest.raises(Invalid) as caught:
        refunds.request(context, KIOSK, order, Money(300, "EUR"))
    assert (caught.value.code, caught.value.details["limit"]) == ("whole_refund_only", ten)


def test_a_saved_card_is_offered_in_the_chat_only_where_the_gateway_takes_it(house: House) -> None:
    """As for a gateway that keeps cards, and cannot let the buyer pay with one from the chat."""
    shop = house.shop
    shop.pay(shop.order(Action.REGISTER_PAY), save=True)
    order = shop.order()
    with shop.context.database.read() as session:
        assert saved_card_pay.offered(session, shop.context, shop.get(order)) is not None
        toy = shop.context.providers.named("toy")
        without = dataclasses.replace(shop.context, providers=Everything(toy))  # type: ignore[arg-type]
        assert saved_card_pay.offered(session, without, shop.get(order)) is None
    alias = shop.one(models.Alias)
    with shop.context.database.write() as session, pytest.raises(Conflict):
        saved_card_pay.pay(session, without, session.get_one(models.Order, order), alias.id)


class Everything:
    """One provider for every name."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def named(self, _name: str) -> Any:
        return self._provider


def test_the_chat_refuses_in_words_and_its_help_leaves_it_out(house: House) -> None:
    shop = dataclasses.replace(house.shop, id=KIOSK)

    def said(text: str) -> str:
        (sent,) = shop.hear(text, sender=OPERATOR)
        return str(sent)

    assert "payment provider cannot save cards" in said(f"10 EUR {BUYER} REGISTER b@example.com")
    assert [each.merchant_id for each in shop.all(models.Order)] == []
    assert "cannot charge a card without the buyer" in said(f"CHARGE 5 {shop.get(house.paid()).reference}")
    help_ = said("HELP")
    assert ("REGISTER" in help_, "CHARGE" in help_, "REFUND" in help_) == (False, False, True)
    assert "CHARGE" in str(house.shop.hear("HELP", sender=OPERATOR))
