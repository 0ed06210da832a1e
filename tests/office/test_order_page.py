"""What is done on an order's page: notes, parts of what is held, reasons, receipts, callbacks; and the page of its state alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, browser, paid
from tests.office.forms import csrf, enter
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.domain.statuses import CallbackState
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def post(client: FlaskClient, order: str, verb: str, **data: Any) -> Any:
    token = csrf(client, f"/office/orders/{order}")
    return client.post(f"/office/orders/{order}/{verb}?lang=en", data={"csrf_token": token, **data})


def test_a_note_is_written_once_seen_by_the_shop_and_gone_with_the_buyer(app: Flask, shop: Shop) -> None:
    order, clerk = shop.order(), enter(app, shop, "clerk@cafe.example")
    for _ in range(2):
        assert (
            post(clerk, order, "note", note="  Call  <b>Zoé</b>\u202e first ", idempotency_key="n1").status_code == 303
        )
    page = enter(app, shop, "viewer@cafe.example").get(f"/office/orders/{order}").text
    assert page.count("Call &lt;b&gt;Zoé&lt;/b&gt; first") == 1
    assert "/note" not in page
    (line,) = [row for row in shop.all(models.OrderEvent) if row.kind == "noted"]
    assert line.data["detail"] == "Call <b>Zoé</b> first"
    link = shop.context.links.token(order, 1)
    assert "Zoé" not in browser(app).get(f"/p/{link}").text


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 501, "4242 4242 4242 4242"])
def test_a_note_that_is_none_comes_back_under_its_field(app: Flask, shop: Shop, text: str) -> None:
    order, clerk = shop.order(), enter(app, shop, "clerk@cafe.example")
    answer = post(clerk, order, "note", note=text)
    assert answer.status_code == 422
    assert re.search(r'id="note-error" class="error"[^>]*>[^<]+<', answer.text)
    assert "noted" not in shop.kinds(order)


def test_a_part_of_what_is_held_is_taken_and_too_much_is_not(app: Flask, shop: Shop) -> None:
    order, clerk = paid(shop, manual_capture=True, amount=1000), enter(app, shop, "clerk@cafe.example")
    answer = post(clerk, order, "capture", amount="12,00")
    assert answer.status_code == 422
    assert "At most" in answer.text
    assert '<dialog id="capture" aria-labelledby="capture-title" open data-modal>' in answer.text
    assert 'value="12,00"' in answer.text
    assert post(clerk, order, "capture", amount="7,50").status_code == 303
    shop.drain()
    assert (shop.state(order), shop.get(order).captured) == ("paid", 750)


def test_why_a_refund_was_made_is_kept_for_the_shop(app: Flask, shop: Shop) -> None:
    order, clerk = paid(shop, amount=1000), enter(app, shop, "clerk@cafe.example")
    shop.drain()
    wrong = post(clerk, order, "refund", amount="x", reason="Cold pizza")
    assert wrong.status_code == 422
    assert 'value="Cold pizza"' in wrong.text
    seen = re.search(r'action="/office/orders/\w+/refund".*?name="answered" value="([^"]*)"', wrong.text, re.DOTALL)
    assert seen
    made = post(clerk, order, "refund", amount="3,00", reason="Cold pizza", answered=seen[1], idempotency_key="r1")
    assert made.status_code == 303
    shop.drain()
    assert shop.one(models.Refund).reason == "Cold pizza"
    assert "Cold pizza" in clerk.get(f"/office/orders/{order}").text
    assert "Cold pizza" not in str(shop.place.sent) + str(shop.callbacks(order))


def test_the_receipt_goes_out_once_more(app: Flask, shop: Shop) -> None:
    order, clerk = paid(shop), enter(app, shop, "clerk@cafe.example")
    shop.drain()
    before = len(shop.all(models.Message, models.Message.purpose == "receipt"))
    assert post(clerk, order, "resend-receipt").status_code == 303
    shop.drain()
    assert len(shop.all(models.Message, models.Message.purpose == "receipt")) == before + 1
    shop.hear("STOP", sender=BUYER)
    with shop.context.database.write() as session:
        session.get_one(models.Order, order).email = None
    post(clerk, order, "resend-receipt")
    assert "Nothing was sent" in clerk.get("/office/orders").text
    unpaid = shop.order()
    post(clerk, unpaid, "resend-receipt")
    assert "The order has moved on since" in clerk.get("/office/orders").text


def test_a_link_is_made_good_for_longer(app: Flask, shop: Shop) -> None:
    order, clerk = shop.order(days=1), enter(app, shop, "clerk@cafe.example")
    for days in ("0", "91", "x", ""):
        assert post(clerk, order, "extend", days=days).status_code == 422
    assert post(clerk, order, "extend", days="30").status_code == 303
    assert (shop.get(order).expires_at - shop.clock()).days == 1 + 30


def test_a_callback_is_sent_again_by_who_may_and_only_the_order_s_own(app: Flask, shop: Shop) -> None:
    order, other = paid(shop), paid(shop, reference="OTHER")
    shop.drain()
    (callback,) = shop.all(models.Callback, models.Callback.order_id == order)
    admin, clerk = enter(app, shop), enter(app, shop, "clerk@cafe.example")
    assert "200" in admin.get(f"/office/orders/{order}").text
    assert post(clerk, order, f"callbacks/{callback.id}/again").status_code == 403
    assert post(admin, other, f"callbacks/{callback.id}/again").status_code == 422
    assert post(admin, order, f"callbacks/{callback.id}/again").status_code == 303
    assert shop.one(models.Callback, models.Callback.id == callback.id).state is CallbackState.PENDING


def test_a_card_that_was_charged_often_lists_the_newest_only(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER)
    shop.pay(order, save=True)
    for number in range(12):
        aliases.charge(shop.context, shop.id, order, Money(100 + number, "EUR"))
    page = enter(app, shop).get(f"/office/orders/{order}?lang=en").text
    charged = page.split('id="charges-title"')[1].split("</section>")[0]
    assert charged.count("<li>") == 10
    assert "Earlier charges: 2" in charged


def test_the_page_of_the_state_alone_shows_nothing_of_the_buyer_and_follows(app: Flask, shop: Shop) -> None:
    order = shop.order(reference="R7", description="Cake for Zoé", email="zoe@mail.example", amount=1000)
    url = shop.context.links.status_url(order).partition(".localhost")[2]
    anybody = browser(app)
    page = anybody.get(url).text
    assert "R7" in page
    assert not [word for word in ("Zoé", "zoe@mail", "12 34 56 78", BUYER, "/p/") if word in page]
    again = re.search(r'hx-get="([^"]+)"', page)
    assert again
    assert anybody.get(again[1]).status_code == 204
    lifecycle.cancel(shop.context, shop.id, order)
    assert "Cancelled" in anybody.get(f"{again[1]}&lang=en").text
    token = url.rpartition("/")[2]
    for forged in (shop.context.links.token(order, 1), f"{'a' if token[0] != 'a' else 'b'}{token[1:]}", "x"):
        assert anybody.get(f"/office/status/{forged}").status_code == 404
    assert "Zoé" not in anybody.get(f"{url}?lang=en").text


def test_another_order_like_this_one_is_filled_in_and_has_a_reference_of_its_own(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY, reference="R7", description="Cake & candles", amount=123456)
    clerk = enter(app, shop, "clerk@cafe.example")
    link = re.search(r'href="(/office/orders/new[?]like=[^"]+)"', clerk.get(f"/office/orders/{order}").text)
    assert link
    page = clerk.get(link[1]).text
    for name, value in {
        "amount": "1.?234,56",
        "email": "buyer@example.com",
        "phone": "\\+33612345678",
        "description": "Cake &amp; candles",
    }.items():
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert field
        assert re.search(value, field[0]), field[0]
    assert 'value="R7"' not in page
    chosen = re.search(r'<input[^>]*value="REGISTER_PAY"[^>]*>', page)
    assert chosen
    assert "checked" in chosen[0]
    assert clerk.get("/office/orders/new?like=ord_of_somebody_else").status_code == 404
