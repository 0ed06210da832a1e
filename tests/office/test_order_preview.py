"""What the buyer will get, beside the form of a new order; what is asked before one is made; and its link to pass on."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER, browser, rival, setting, text
from tests.office.forms import NEW, csrf, enter
from webapp.db import models
from webapp.domain.channels import OrderChannel

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCRIPT = {"HX-Request": "true"}
SENT = {"channel": "whatsapp"}


def preview(client: FlaskClient, **typed: str) -> str:
    """The part beside the form, as the page's script gets it."""
    data = {**NEW, "csrf_token": csrf(client), **SENT, **typed}
    answer = client.post("/office/orders/preview?lang=en", data=data, headers=SCRIPT)
    assert answer.status_code == 200
    return words(answer.text)


def words(page: str) -> str:
    """What is read on it, on one line, with its tags."""
    return re.sub(r"\s+", " ", html.unescape(page))


def make(client: FlaskClient, **typed: str) -> tuple[int, str]:
    """Post the form; the status, and the page or where it leads."""
    answer = client.post("/office/orders?lang=en", data={**NEW, "csrf_token": csrf(client), **typed})
    return answer.status_code, answer.headers.get("Location") or words(answer.text)


def hidden(page: str) -> dict[str, str]:
    """What the form that asks would post."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    named = [(re.search(r'name="([^"]+)"', each), re.search(r'value="([^"]*)"', each)) for each in found]
    return {name[1]: html.unescape(value[1]) if value else "" for name, value in named if name}


def test_the_message_is_the_one_that_is_sent_and_the_page_says_what_the_real_one_says(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    typed = {"action": "ASK_REGISTER_PAY", "email": "b@example.com", "description": "2 pizzas", "reference": "A12"}
    shown = preview(client, **typed)
    assert make(client, **SENT, **typed)[0] == 303
    shop.drain()
    (message,) = shop.place.sent
    for value in [value["text"] for value in message["template"]["components"][0]["parameters"]]:
        assert words(value) in shown
    assert "On the page you may choose to have your card saved" in shown or "carte" in shown
    order = shop.one(models.Order)
    real = words(browser(app).get(shop.context.links.url(order.id, 1).partition("ordo.localhost")[2]).text)
    for tag, part in (("button", r'id="button"[^>]*>([^<]+)<'), ("consent", r"<span>([^<]+)</span></label>")):
        found = re.search(part, real)
        assert found, tag
        assert found[1].strip() in shown


@pytest.mark.parametrize(
    ("phone", "language", "greeting"),
    [
        ("+33612345678", "", "Bonjour"),
        ("+4915123456789", "", "Guten Tag"),
        ("+33612345678", "es", "Hola"),
        ("", "", "Hello"),
        ("0612", "", "Hello"),
    ],
)
def test_it_speaks_the_buyer_s_language(app: Flask, shop: Shop, phone: str, language: str, greeting: str) -> None:
    shown = preview(enter(app, shop), phone=phone, language=language)
    assert greeting in shown
    assert "The message in WhatsApp" in shown  # around it, the visitor's


def test_it_writes_nothing_and_an_empty_form_is_told_nothing_wrong(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    before = shop.dump()
    shown = preview(client, amount="", phone="", days="", currency="")
    assert shop.dump() == before
    assert ("Amount: …" in shown, "error" in shown) == (True, False)
    page = client.get("/office/orders/new?lang=en").text
    assert ("Amount: …" in page, 'aria-invalid="true"' in page) == (True, False)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "1.250"}, "Is that 1,25 € or 1 250,00 €"),
        ({"amount": "12,50 USD"}, "The amount here is in EUR"),
        ({"amount": "10", "currency": "CLF"}, "does not take the currency"),
        ({"phone": "0612"}, "not a whole phone number"),
        ({"email": "buyer@localhost"}, "not an e-mail address"),
        ({"reference": 'A"12'}, "no quotation marks"),
    ],
)
def test_what_is_wrong_in_a_field_is_said_under_it_and_what_is_right_is_shown(
    app: Flask, shop: Shop, typed: dict[str, str], said: str
) -> None:
    shown = preview(enter(app, shop), description="2 pizzas", **typed)
    (name,) = (each for each in typed if each != "currency")
    note = re.search(rf'id="{name}-note" hx-swap-oob="outerHTML">(.*?)</small>', shown)
    assert note
    assert words(said) in note[1]
    assert "late" in note[1]  # hidden while somebody is in the field
    assert "2 pizzas" in shown


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "{{ 7*7 }}", '"><img src=x onerror=a>', "\u202eevil"])
def test_hostile_words_are_text(app: Flask, shop: Shop, hostile: str) -> None:
    client = enter(app, shop)
    data = {**NEW, "csrf_token": csrf(client), **SENT, "description": hostile, "amount": hostile, "phone": hostile}
    for headers in (SCRIPT, {}):
        page = client.post("/office/orders/preview", data=data, headers=headers).text
        assert ("<script>alert" in page, "<img src=x" in page, "\u202e" in page) == (False, False, False)
        assert ("49" in re.sub(r"\d{3,}", "", page) and hostile.startswith("{{")) is False or "{{ 7*7 }}" in page


def test_a_card_number_is_shown_nowhere(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    data = {**NEW, "csrf_token": csrf(client), "description": "4242 4242 4242 4242"}
    answer = client.post("/office/orders/preview?lang=en", data=data, headers=SCRIPT)
    assert (answer.status_code, "Never write a card number" in answer.text, "4242" in answer.text) == (422, True, False)


def test_without_a_script_the_whole_page_comes_with_what_was_typed(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    data = {**NEW, **SENT, "csrf_token": csrf(client), "amount": "7", "description": "Tea"}
    page = client.post("/office/orders/preview?lang=en", data=data)
    assert page.status_code == 200
    for part in ('value="7"', 'value="Tea"', "7,00\u00a0€", "Make the order"):
        assert part in page.text
    assert shop.all(models.Order) == []


def test_who_wants_no_messages_is_named_and_a_viewer_sees_none(app: Flask, shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER}")
    shop.hear("STOP", sender=BUYER)
    assert "asked for no more messages" in preview(enter(app, shop), phone=BUYER)
    viewer = enter(app, shop, "viewer@cafe.example")
    assert viewer.post("/office/orders/preview", data={**NEW, "csrf_token": csrf(viewer)}).status_code == 403


def test_a_viewer_has_no_way_to_an_order(app: Flask, shop: Shop) -> None:
    order, viewer = shop.order(), enter(app, shop, "viewer@cafe.example")
    for path in ("/office/orders/new", "/office/orders/logo", f"/office/orders/{order}/link"):
        assert viewer.get(path).status_code == 403, path
    assert viewer.post("/office/orders", data={**NEW, "csrf_token": csrf(viewer)}).status_code == 403
    assert len(shop.all(models.Order)) == 1


def test_the_page_in_small_leaves_open_what_is_not_typed_and_takes_nothing_to_save_a_card(
    app: Flask, shop: Shop
) -> None:
    client = enter(app, shop)
    assert "Pay …" in preview(client, amount="", phone="+15005550006")
    saves = preview(client, amount="", action="REGISTER", email="b@example.com", phone="+15005550006")
    assert ("Save card" in saves, "Pay …" in saves) == (True, False)
    page = client.get("/office/orders/new?lang=en")
    assert (page.text.count('id="amount-note"'), "hx-swap-oob" in page.text) == (1, False)
    style = re.search(r"<style[^>]*>(.*?)</style>", page.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["Content-Security-Policy"]


def test_the_form_is_filled_in_as_an_order_of_the_shop_s_own_was(app: Flask, shop: Shop) -> None:
    client, theirs = enter(app, shop), rival(shop).order(description="Secret pizza")
    mine = client.get(f"/office/orders/new?like={shop.order(reference='A12', description='Tea')}").text
    assert ('value="Tea"' in mine, 'value="A12"' in mine) == (True, False)
    answer = client.get(f"/office/orders/new?like={theirs}")
    assert (answer.status_code, "Secret pizza" in answer.text) == (404, False)


def test_only_the_link_needs_no_phone_and_is_shown_to_copy_and_as_a_code(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    status, where = make(client, channel="link", phone="")
    order = shop.one(models.Order)
    assert (status, where, order.channel) == (303, f"/office/orders/{order.id}/link", OrderChannel.NONE)
    shop.drain()
    assert shop.place.sent == []
    page = client.get(f"{where}?lang=en").text
    assert shop.context.links.url(order.id, 1) in page
    assert 'role="img" aria-label="QR code of the payment link"' in page
    assert 'data-copy="#link"' in page
    shop.pay(order.id)
    assert client.get(where).status_code == 302


def test_each_way_asks_for_what_it_needs(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    status, page = make(client, channel="whatsapp", phone=" ")
    assert (status, "Write the phone that the link goes to" in page) == (422, True)
    status, page = make(client, channel="email", phone="")
    assert (status, "Write the address that the link goes to" in page or "nothing is set up" in page) == (422, True)
    assert make(client, channel="pigeon")[0] == 422
    assert shop.all(models.Order) == []


def test_a_shop_without_a_number_is_told_so_at_the_choice(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    setting(shop, number=None)
    page = words(client.get("/office/orders/new?lang=en").text)
    assert "No WhatsApp number is connected." in page
    assert re.search(r"<input[^>]*checked[^>]*value=\"link\"", page)
    status, page = make(client, channel="whatsapp")
    assert (status, "No WhatsApp number is connected." in page) == (422, True)


def test_the_shop_s_own_currencies_come_first(app: Flask, shop: Shop) -> None:
    setting(shop, currencies=["USD", "JPY"])
    page = enter(app, shop).get("/office/orders/new?lang=en").text
    own = re.search(r'<optgroup label="Your currencies">(.*?)</optgroup>', page, re.DOTALL)
    assert own
    assert re.findall(r'value="(\w+)"', own[1]) == ["EUR", "USD", "JPY"]
    assert page.count('value="USD"') == 1


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ({"amount": "600"}, "That is a large amount: 600,00 €."),
        ({"phone": "+49 1512 3456789"}, "You have never sent anything to that country: +49 1512 3456789."),
    ],
)
def test_what_the_chat_asks_is_asked_before_anything_is_made(
    app: Flask, shop: Shop, typed: dict[str, str], question: str
) -> None:
    client = enter(app, shop)
    data = {**NEW, **SENT, "csrf_token": csrf(client), "description": "2 <b>", **typed}
    asked = client.post("/office/orders?lang=en", data=data)
    assert (asked.status_code, shop.all(models.Order)) == (409, [])
    assert question in words(asked.text)
    again = hidden(asked.text)
    back = client.post("/office/orders?lang=en", data={**again, "back": "y"})
    assert (back.status_code, 'value="2 &lt;b&gt;"' in back.text, shop.all(models.Order)) == (200, True, [])
    changed = client.post("/office/orders", data=again | {"amount": "700", "phone": BUYER})
    assert changed.status_code == 409  # an answer is to what was asked
    for _ in range(2):
        assert client.post("/office/orders", data=again).status_code == 303
    assert shop.one(models.Order).description == "2 <b>"


def test_the_same_order_a_moment_later_is_asked_about_and_a_second_post_is_not(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    form = {**NEW, "csrf_token": csrf(client), "phone": "", "idempotency_key": "once"}
    assert [client.post("/office/orders", data=form).status_code for _ in range(2)] == [303, 303]
    status, page = make(client, phone="", idempotency_key="other")
    assert (status, "The same order was made a moment ago" in page) == (409, True)
    assert make(client, phone="", idempotency_key="third", reference="A13")[0] == 303
    shop.clock.forward(minutes=3)
    assert make(client, phone="", idempotency_key="fourth")[0] == 303
    assert len(shop.all(models.Order)) == 3


def test_the_form_of_the_chat_asks_too_and_keeps_its_link(app: Flask, shop: Shop) -> None:
    (answer,) = shop.hear("LINK")
    found = re.search(r"/office/order_forms/\S+", text(answer))
    assert found
    path, client = found[0], browser(app)
    data = {**NEW, **SENT, "csrf_token": csrf(client, path), "amount": "600"}
    asked = client.post(f"{path}?lang=en", data=data)
    assert (asked.status_code, "That is a large amount" in asked.text, shop.all(models.Order)) == (409, True, [])
    assert client.post(path, data={**hidden(asked.text), "back": "y"}).status_code == 200
    assert client.post(path, data=hidden(asked.text)).status_code == 200
    shop.one(models.Order)
