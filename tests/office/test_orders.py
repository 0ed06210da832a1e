"""Orders in the back office, on both kinds of database: what is posted twice is done once, and nothing odd breaks it."""

from __future__ import annotations

import html
import itertools
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER
from tests.office.forms import NEW, csrf, enter
from webapp import i18n
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import MAXIMUM, Money
from webapp.services.orders import buyer_details, lifecycle
from webapp.services.payments import aliases, refunds
from webapp.web.headers import STATIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from tests.kit import Shop


def test_odd_addresses_and_fields_are_refused_and_break_nothing(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    token = csrf(client)
    for path in ("?q=%00a", "/ord_%00", "/ord_%00/live"):
        assert client.get(f"/office/orders{path}").status_code == 404
    for when in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-23:59", "yesterday", ""):
        assert client.get(f"/office/orders?after={when}").status_code == 200
    bad = client.post("/office/orders", data={**NEW, "csrf_token": token, "description": "a\0b"})
    assert (bad.status_code, shop.all(models.Order)) == (400, [])
    tidy = {"description": "2 \u202epizzas\x1b\r\n", "reference": " A12\u200b "}
    assert client.post("/office/orders", data={**NEW, "csrf_token": token, **tidy}).status_code == 303
    order = shop.one(models.Order)
    assert (order.description, order.reference) == ("2 pizzas", "A12")


def test_the_largest_amount_of_all_is_kept_as_it_is(app: Flask, shop: Shop) -> None:
    made = shop.order()
    with shop.context.database.write() as session:
        order = session.get_one(models.Order, made)
        order.amount = MAXIMUM
    assert shop.one(models.Order).amount == MAXIMUM
    assert enter(app, shop).get(f"/office/orders/{order.id}").status_code == 200


def pages(client: FlaskClient, path: str) -> Iterator[list[str]]:
    """The orders of each page of a list, until there is no link to an older one."""
    while path:
        page = client.get(path).text
        yield re.findall(r'href="/office/orders/(ord_\w+)"', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(older[1]) if older else ""


@pytest.mark.both_databases
def test_every_order_is_on_one_page_though_many_are_of_one_instant(app: Flask, shop: Shop) -> None:
    old = shop.order(description="a pizza")
    shop.clock.forward(seconds=1)
    many = {shop.order(description="two pizzas") for _ in range(70)}
    shop.clock.forward(seconds=1)
    new = shop.order(description="a pizza")
    client = enter(app, shop)
    for path, most in (
        ("/office/orders", 72),
        ("/office/orders?q=pizzas", 70),
        ("/office/orders?state=open&q=pizza", 72),
    ):
        shown = list(pages(client, path))
        assert sorted(itertools.chain(*shown)) == sorted([*many, old, new] if most == 72 else many)
        assert [len(each) for each in shown] == [30, 30, most - 60]
    (first, *_), (*_, last) = shown[0], shown[-1]
    assert (first, last) == (new, old)


@pytest.mark.both_databases
def test_a_form_that_is_posted_twice_makes_one_order(app: Flask, shop: Shop) -> None:
    client = enter(app, shop, "clerk@cafe.example")
    data = {**NEW, "csrf_token": csrf(client), "idempotency_key": "once_1", "channel": "whatsapp"}
    places = {client.post("/office/orders", data=data).headers["Location"] for _ in range(2)}
    shop.drain()
    assert (len(places), len(shop.all(models.Order)), len(shop.place.sent)) == (1, 1, 1)


@pytest.mark.both_databases
def test_a_charge_and_a_refund_that_are_posted_twice_move_money_once(app: Flask, shop: Shop) -> None:
    source = shop.order(Action.REGISTER_PAY)
    shop.pay(source)
    client = enter(app, shop, "clerk@cafe.example")
    data = {"csrf_token": csrf(client), "amount": "3", "idempotency_key": "once_2"}
    for verb in ("charge", "charge", "refund", "refund"):
        assert client.post(f"/office/orders/{source}/{verb}", data=data).status_code == 303
    shop.drain()
    assert (shop.charges(), shop.get(source).refunded) == ([300, 1000], 300)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("price", [Money(1_234_567, "EUR"), Money(12_500, "KWD"), Money(12_500, "JPY")], ids=str)
def test_what_the_refund_s_field_holds_is_what_goes_back(app: Flask, shop: Shop, price: Money, language: str) -> None:
    order = lifecycle.create(shop.context, shop.id, lifecycle.Request(Action.PAYMENT, price, BUYER), send=False).id
    shop.pay(order)
    client = enter(app, shop, "clerk@cafe.example")
    page = client.get(f"/office/orders/{order}?lang={language}").text
    found = re.search(r'id="refund-amount"[^>]* value="([^"]+)"', page)
    assert found
    data = {"csrf_token": csrf(client), "amount": html.unescape(found[1])}
    assert client.post(f"/office/orders/{order}/refund", data=data).status_code == 303
    assert shop.one(models.Refund).amount == price.amount


def test_a_refund_in_another_currency_is_refused_in_words(app: Flask, shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    client = enter(app, shop, "clerk@cafe.example")
    data = {"csrf_token": csrf(client), "amount": "$4"}
    answer = client.post(f"/office/orders/{order}/refund?lang=en", data=data, follow_redirects=True)
    assert "The amount here is in EUR: write it in no other currency." in answer.text
    assert shop.all(models.Refund) == []


def test_the_next_reminder_and_what_the_last_was_about_are_seen(app: Flask, shop: Shop) -> None:
    order = shop.order(send=True)
    shop.drain()
    client = enter(app, shop, "viewer@cafe.example")
    page = client.get(f"/office/orders/{order}").get_data(as_text=True)
    assert "Next reminder" in page
    assert "24 Nov 2026" in page.split("Next reminder")[1].split("</dd>")[0]
    shop.status(shop.place.sent[-1]["wamid"], "read")
    shop.later(hours=4)
    page = client.get(f"/office/orders/{order}").get_data(as_text=True)
    assert "Reminder 1: read, page not opened yet" in page
    assert "Reminder sent" in page
    shop.pay(order)
    assert "Next reminder" not in client.get(f"/office/orders/{order}").get_data(as_text=True)


def test_an_order_without_a_phone_shows_none_and_is_not_sent_again(app: Flask, shop: Shop) -> None:
    order = shop.order(phone=None, tax=550)
    client = enter(app, shop, "clerk@cafe.example")
    assert client.get("/office/orders").status_code == 200
    page = client.get(f"/office/orders/{order}?lang=en").text
    assert ("Send the link again" in page, "5,5%" in page) == (False, True)
    again = {"csrf_token": csrf(client)}
    client.post(f"/office/orders/{order}/resend", data=again)
    assert "Nothing was sent" in client.get(f"/office/orders/{order}?lang=en").text
    shop.drain()
    assert shop.place.sent == []


def test_who_may_only_look_is_not_given_the_link_by_which_buyers_act(app: Flask, shop: Shop) -> None:
    """On the buyer's page an order is stopped and a saved card removed."""
    order = shop.order()
    for role, sees in (("viewer", False), ("clerk", True)):
        client = enter(app, shop, f"{role}@cafe.example")
        for path in (f"/office/orders/{order}", f"/office/orders/{order}/live"):
            text = client.get(path).text
            assert (f"/p/{shop.context.links.token(order, 1)}" in text, 'id="qr"' in text) == (sees, sees)


def test_on_a_phone_what_an_order_is_for_has_the_row_s_whole_width(app: Flask, shop: Shop, browser: Browser) -> None:
    shop.order(description="Acompte pour la réception du samedi 12 décembre, salle du fond, menu à 38 euros"[:80])
    shop.order(description="W" * 80)
    page = browser.new_page(viewport={"width": 360, "height": 900})
    page.set_content(enter(app, shop).get("/office/orders").text)
    page.add_style_tag(content=(STATIC / "css/office.css").read_text("utf-8"))
    row, *whats = [
        page.locator(each).bounding_box() for each in ("tbody tr >> nth=0", "td.what >> nth=0", "td.what >> nth=1")
    ]
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide == 360
    assert row
    assert all(what and what["width"] > 0.85 * row["width"] for what in whats)


def test_an_order_asks_for_an_address_and_its_page_shows_what_was_given(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    data = {**NEW, "csrf_token": csrf(client), "collects_details": "y"}
    assert client.post("/office/orders", data=data).status_code == 303
    order = shop.one(models.Order)
    assert "asked for, not given yet" in client.get(f"/office/orders/{order.id}?lang=en").text
    buyer_details.give(shop.context, order.id, {"name": "Ada <b>", "line1": "1 rue", "city": "Paris", "country": "FR"})
    page = client.get(f"/office/orders/{order.id}?lang=en").text
    assert "<bdi>Ada &lt;b&gt;</bdi><br><bdi>1 rue</bdi><br><bdi>Paris</bdi><br><bdi>France</bdi>" in page
    assert "Name and address given" in page


def plain(page: str) -> str:
    """What is read of a page: without tags, each space a plain one."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.mark.parametrize(
    ("typed", "kept", "told"), [("5,5 %", 550, "5,5%"), ("0", 0, "0%"), ("20", 2000, "20%"), ("٥.٥", 550, "5,5%")]
)
def test_the_tax_that_is_typed_stands_on_the_order_its_preview_and_its_duplicate(
    app: Flask, shop: Shop, typed: str, kept: int, told: str
) -> None:
    client = enter(app, shop)
    data = {**NEW, "csrf_token": csrf(client), "tax": typed, "language": "en"}
    assert f"<dd>{told}</dd>" in client.post("/office/orders/preview?lang=en", data=data).text
    client.post("/office/orders", data=data)
    [order] = shop.all(models.Order)
    assert order.tax == kept
    assert f"<dd>{told}</dd>" in client.get(f"/office/orders/{order.id}?lang=en").text
    like = client.get(f"/office/orders/new?like={order.id}").text
    assert re.search(rf'name="tax"[^>]* value="{Decimal(kept) / 100}"', like)


@pytest.mark.parametrize("typed", ["101", "-1", "five", "5.555"])
def test_a_tax_that_cannot_be_is_said_under_its_field_and_stays(app: Flask, shop: Shop, typed: str) -> None:
    client = enter(app, shop)
    answer = client.post("/office/orders?lang=en", data={**NEW, "csrf_token": csrf(client), "tax": typed})
    assert (answer.status_code, shop.all(models.Order)) == (422, [])
    assert "A tax rate is from 0 to 100 percent" in answer.text
    assert f'value="{typed}"' in answer.text


def test_what_was_refunded_and_what_is_left_stand_wherever_the_amount_does(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY, reference="A12")
    shop.pay(order)
    refunds.request(shop.as_operator(), shop.id, order, Money(300, "EUR"))
    shop.drain()
    shop.clock.forward(seconds=1)
    shop.refund_at_gateway(order, 100)
    shop.hint(order, "charge.refunded")
    again = aliases.charge(shop.context, shop.id, order, Money(500, "EUR")).id
    shop.drain()
    refunds.request(shop.context, shop.id, again, Money(200, "EUR"))
    shop.drain()
    client = enter(app, shop, "viewer@cafe.example")
    rows = plain(client.get("/office/orders?lang=en").text)
    assert "10,00 € 4,00 € refunded, 6,00 € left" in rows
    assert "5,00 € 2,00 € refunded, 3,00 € left" in rows
    page = plain(client.get(f"/office/orders/{order}?lang=en").text)
    assert "Taken 10,00 € Refunded 4,00 € Net 6,00 €" in page
    assert "Partly refunded 5,00 € (2,00 € refunded, 3,00 € left)" in page
    table = page.split("Refunds State Created Reason Amount")[1].split("Tries")[0]
    assert re.sub(r"24 Nov 2026, \d\d:\d\d GMT\+1 ", "", table).strip() == (
        "Refund made · Payment provider 1,00 € Refund made · Léa 3,00 €"
    )


def test_a_refund_that_failed_stands_in_the_table_with_why_and_counts_nowhere(app: Flask, shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, "createDispute")
    refunds.request(shop.context, shop.id, order, Money(300, "EUR"))
    shop.drain()
    page = plain(enter(app, shop).get(f"/office/orders/{order}?lang=en").text)
    assert "Refund failed" in page.split("Refunds State Created Reason Amount")[1]
    assert "refunded," not in page


def test_that_money_is_only_held_is_said_before_and_what_was_taken_of_it_afterwards(app: Flask, shop: Shop) -> None:
    order = shop.order(manual_capture=True)
    client = enter(app, shop)

    def page() -> str:
        return plain(client.get(f"/office/orders/{order}?lang=en").text)

    assert "The money is only held at first" in page()
    shop.pay(order)
    assert ("The money is only held at first" in page(), "The money is held until" in page()) == (False, True)
    shop._stripe("POST", f"/v1/payment_intents/{shop.get(order).intent}/capture", {"amount_to_capture": 400})
    shop.hint(order, "payment_intent.succeeded")
    assert "4,00 € was taken of the 10,00 € that was held." in page()
    assert "4,00 €" in plain(client.get("/office/orders?lang=en").text)


@pytest.mark.parametrize("verb", ["charge", "refund"])
def test_an_amount_that_the_gateway_s_steps_do_not_allow_is_refused_in_words(app: Flask, shop: Shop, verb: str) -> None:
    price = Money(12_500, "KWD")
    request = lifecycle.Request(Action.REGISTER_PAY, price, BUYER, email="buyer@example.com")
    order = lifecycle.create(shop.context, shop.id, request, send=False).id
    shop.pay(order)
    client = enter(app, shop, "clerk@cafe.example")
    data = {"csrf_token": csrf(client), "amount": "1.005 KWD"}
    answer = client.post(f"/office/orders/{order}/{verb}?lang=en", data=data, follow_redirects=True)
    assert "exactly this amount" in answer.text or "Is that" in answer.text
    assert (shop.all(models.Refund), len(shop.all(models.Order))) == ([], 1)
