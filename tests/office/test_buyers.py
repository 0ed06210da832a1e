"""Buyers: found, looked at, exported and erased; and what is done with a card that they saved."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, paid, saved
from tests.office.forms import csrf, enter
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.audit_actions import AuditAction
from webapp.services.payments import erasure

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(f"{path}?lang=en", data={"csrf_token": csrf(client), **data})


def found(page: str) -> list[str]:
    return re.findall(r'href="/office/buyers/(\w+)"', page)


def card_of(shop: Shop) -> tuple[str, str, str]:
    """A buyer with a saved card: the order that saved it, the card's page, and the buyer's."""
    order = shop.get(saved(shop, action=Action.REGISTER_PAY))
    shop.drain()
    mine = f"/office/buyers/{order.buyer_id}"
    return order.id, f"{mine}/cards/{order.alias_id}", mine


def test_a_buyer_is_found_by_a_phone_in_any_form_and_by_e_mail(app: Flask, shop: Shop) -> None:
    buyer = shop.get(shop.order(phone="+33687654321", email="zoe@mail.example")).buyer_id
    other = shop.get(shop.order(phone="+33611111111")).buyer_id
    viewer = enter(app, shop, "viewer@cafe.example")
    assert set(found(viewer.get("/office/buyers").text)) == {buyer, other}
    for text in ("06 87 65 43 21", "+33 6 87 65 43 21", "0033687654321", "zoe@mail.example", "ZOE@mail.example"):
        page = viewer.get("/office/buyers", query_string={"q": text}).text
        assert found(page) == [buyer], text
    for text, said in (("0687", "Write a whole phone number"), ("06 99 99 99 99", "No buyer has this phone")):
        page = viewer.get("/office/buyers", query_string={"q": text, "lang": "en"}).text
        assert (found(page), said in page) == ([], True)
    assert viewer.get("/office/buyers", query_string={"q": "<b>"}).status_code == 200


def test_pages_of_buyers_lead_both_ways_and_have_each_once(app: Flask, shop: Shop) -> None:
    made = [shop.get(shop.order(phone=f"+336111111{number:02}")).buyer_id for number in range(31)]
    viewer = enter(app, shop, "viewer@cafe.example")
    first = viewer.get("/office/buyers").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = viewer.get(following[1].replace("&amp;", "&")).text
    assert sorted(found(first) + found(second)) == sorted(made)
    previous = re.search(r'rel="prev" href="([^"]+)"', second)
    assert previous
    assert found(viewer.get(previous[1].replace("&amp;", "&")).text) == found(first)


def test_the_page_tells_orders_cards_messages_and_who_stopped_them(app: Flask, shop: Shop) -> None:
    order, card, mine = card_of(shop)
    shop.order(phone=BUYER, reference="SECOND", send=True)
    shop.drain()
    shop.hear("Where is <b>my</b> cake?", sender=BUYER)
    shop.hear(f"Is {shop.context.links.url(order, 1)} right?", sender=BUYER)
    shop.hear("STOP", sender=BUYER)
    shop.drain()
    viewer = enter(app, shop, "viewer@cafe.example")
    page = viewer.get(f"{mine}?lang=en").text
    for words in (
        "SECOND",
        "Where is &lt;b&gt;my&lt;/b&gt; cake?",
        "who wrote STOP",
        card,
        "I let the shop save",
        "From the buyer",
    ):
        assert words in page, words
    shown = viewer.get(f"/office/orders/{order}").text
    assert f'href="{mine}"' in shown
    for each in (page, shown, viewer.get(card).text):  # what a buyer on the phone reads out
        assert set(re.findall(r"••\d+", each)) == {"••4242"}
    for token in (shop.context.links.token(each.id, 1) for each in shop.all(models.Order)):
        assert token.rpartition(".")[2] not in page + viewer.get(f"{mine}/messages").text  # the rest can be known
    assert "/erase" not in page
    assert "/export" not in page
    assert "/charge" not in viewer.get(card).text


def test_what_an_operator_of_the_same_phone_wrote_is_not_the_buyer_s(app: Flask, shop: Shop) -> None:
    shop.hear("12,50 0687654321 cake for Zoé")
    shop.drain()
    operator = shop.one(models.Operator).phone
    buyer = shop.get(shop.order(phone=operator, reference="OWN", send=True)).buyer_id
    shop.drain()
    admin = enter(app, shop)
    for path in (f"/office/buyers/{buyer}?lang=en", f"/office/buyers/{buyer}/export.json"):
        said = admin.get(path).text
        assert "Zoé" not in said
        assert "0687654321" not in said
        assert "Payment request" in said or '"kind": "request"' in said


def test_a_card_is_charged_once_and_what_is_wrong_comes_back_under_its_field(app: Flask, shop: Shop) -> None:
    _, card, _ = card_of(shop)
    clerk = enter(app, shop, "clerk@cafe.example")
    wrong = post(clerk, f"{card}/charge", amount="twelve", description="Cake")
    assert wrong.status_code == 422
    assert 'value="twelve"' in wrong.text
    assert 'value="Cake"' in wrong.text
    assert re.search(r'id="amount-note" class="error"[^>]*>[^<]+<', wrong.text)
    before = len(shop.all(models.Order))
    for _ in range(2):
        made = post(clerk, f"{card}/charge", amount="3,00", description="Cake", idempotency_key="c1")
        assert made.status_code == 303
    shop.drain()
    (charge,) = [each for each in shop.all(models.Order) if each.charges_alias_id]
    assert len(shop.all(models.Order)) == before + 1
    assert (charge.state, charge.amount, charge.description) == ("paid", 300, "Cake")
    page = clerk.get(card).text
    assert charge.reference in page


def test_a_large_and_a_repeated_charge_are_asked_about_first(app: Flask, shop: Shop) -> None:
    _, card, _ = card_of(shop)
    clerk = enter(app, shop, "clerk@cafe.example")

    def charges() -> int:
        return len([each for each in shop.all(models.Order) if each.charges_alias_id])

    for number, amount in enumerate(("900,00", "900,00")):
        asked = post(clerk, f"{card}/charge", amount=amount, description="Cake", idempotency_key=f"c{number}")
        assert (asked.status_code, charges()) == (409, number)
        assert "Nothing has been done yet" in asked.text
        assert ("a moment ago" in asked.text) is (number == 1)
        answers = re.search(r'name="answered" value="([^"]+)"', asked.text)
        assert answers
        again = {"amount": amount, "description": "Cake", "answered": answers[1], "idempotency_key": f"c{number}"}
        assert post(clerk, f"{card}/charge", **again).status_code == 303
        assert charges() == number + 1


def test_another_card_is_asked_for_once_and_a_card_is_removed(app: Flask, shop: Shop) -> None:
    _, card, mine = card_of(shop)
    clerk = enter(app, shop, "clerk@cafe.example")
    sent = {post(clerk, f"{card}/replace", idempotency_key="r1").headers["Location"] for _ in range(2)}
    assert len(sent) == 1
    assert post(clerk, f"{card}/remove").headers["Location"] == mine
    assert shop.one(models.Alias).status == "revoked"
    for verb in ("charge", "replace"):
        answer = post(clerk, f"{card}/{verb}", amount="3", idempotency_key="x")
        assert answer.headers["Location"] == card
    assert "can no longer be charged" in clerk.get(f"{card}?lang=en").text
    assert "Remove the card" not in clerk.get(f"{card}?lang=en").text


def test_a_card_stands_below_its_own_buyer_alone(app: Flask, shop: Shop) -> None:
    _, card, mine = card_of(shop)
    other = shop.get(shop.order(phone="+33611111111")).buyer_id
    wrong, admin = card.replace(mine, f"/office/buyers/{other}"), enter(app, shop)
    assert admin.get(wrong).status_code == 404
    for verb in ("charge", "replace", "remove"):
        assert post(admin, f"{wrong}/{verb}", amount="3,00", idempotency_key="x").status_code == 404
    assert shop.one(models.Alias).status == "active"


def test_all_that_is_known_is_exported_and_the_export_told(app: Flask, shop: Shop) -> None:
    _, _, mine = card_of(shop)
    shop.order(
        phone=BUYER, reference="S2", description="<script>alert(1)</script>", email="zoe@mail.example", send=True
    )
    shop.drain()
    shop.hear("=HYPERLINK()", sender=BUYER)
    shop.drain()
    clerk = enter(app, shop, "clerk@cafe.example")
    answer = clerk.get(f"{mine}/export.json")
    known = json.loads(answer.text)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert known["buyer"]["phone"] == BUYER
    assert {each["description"] for each in known["orders"]} >= {"<script>alert(1)</script>"}
    assert [each["consents"][0]["wording"] for each in known["saved_cards"]]
    assert "=HYPERLINK()" in {each["text"] for each in known["messages"]}
    answer.close()  # an export that is still read keeps its place
    readable = clerk.get(f"{mine}/export.html?lang=en")
    assert "attachment" in readable.headers["Content-Disposition"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in readable.text
    assert "<script" not in readable.text
    for token in (shop.context.links.token(each.id, 1) for each in shop.all(models.Order)):
        assert token.rpartition(".")[2] not in answer.text + readable.text
    told = shop.all(models.AuditEntry, models.AuditEntry.action == AuditAction.EXPORT_MADE)
    assert {each.subject_id for each in told} == {mine.rpartition("/")[2]}
    assert len(told) == 2


def test_a_buyer_is_erased_after_a_fresh_login_and_marked(app: Flask, shop: Shop) -> None:
    _, _, mine = card_of(shop)
    clerk, admin = enter(app, shop, "clerk@cafe.example"), enter(app, shop)
    assert post(clerk, f"{mine}/erase").status_code == 403
    shop.clock.forward(minutes=16)
    assert post(admin, f"{mine}/erase").headers["Location"].startswith("/office/login?next=")
    assert admin.get(f"{mine}/erase").headers["Location"].startswith("/office/login?next=")
    assert shop.one(models.Buyer).erased_at is None
    admin = enter(app, shop)
    asked = admin.get(f"{mine}/erase?lang=en").text
    assert "What stays" in asked
    assert shop.one(models.Buyer).erased_at is None
    assert post(admin, f"{mine}/erase").headers["Location"] == mine
    shop.drain()
    page = admin.get(f"{mine}?lang=en").text
    assert "Erased by" in page
    assert "All is erased since" in page
    assert BUYER not in page
    assert f"{mine}/erase" not in page
    assert "Erased buyer" in admin.get("/office/buyers?lang=en").text
    assert admin.get(f"{mine}/erase").headers["Location"] == mine


def test_who_has_money_on_its_way_is_not_erased_and_the_orders_are_named(app: Flask, shop: Shop) -> None:
    order = shop.get(paid(shop, manual_capture=True, reference="HELD"))
    answer = post(enter(app, shop), f"/office/buyers/{order.buyer_id}/erase")
    assert answer.status_code == 409
    assert "HELD" in answer.text
    assert f"/office/orders/{order.id}" in answer.text
    assert shop.one(models.Buyer).erased_at is None


def test_the_messages_of_a_buyer_who_was_erased_are_nobody_s(app: Flask, shop: Shop) -> None:
    _, _, mine = card_of(shop)
    erasure.erase(shop.context, shop.id, mine.rpartition("/")[2])
    shop.drain()
    shop.hear("I am somebody new", sender=BUYER)
    shop.drain()
    assert "somebody new" not in enter(app, shop).get(f"{mine}/messages").text
