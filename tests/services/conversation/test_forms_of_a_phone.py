"""Phones of Brazil, Mexico and Argentina: whichever form somebody has written, and whichever WhatsApp names, they are one person."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tests.kit import BUYER, OPERATOR, Shop, buttons, confirmation, text
from tests.services.invitations import invited
from webapp.db import models
from webapp.domain import phone
from webapp.services.accounts import operators
from webapp.services.merchants import declarations
from webapp.services.orders import order_list

pytestmark = pytest.mark.wording

FORMS = [
    ("+5511987654321", "+551187654321"),
    ("+525512345678", "+5215512345678"),
    ("+541123456789", "+5491123456789"),
]
each_way = pytest.mark.parametrize(("known", "called"), [*FORMS, *((other, one) for one, other in FORMS)])
each_country = pytest.mark.parametrize(("known", "called"), FORMS)


def employ(shop: Shop, number: str) -> None:
    """The file names one operator, with that phone."""
    named = [{"phone": number, "name": "Léa", "language": "en"}]
    declarations.apply(shop.context, declarations.declared(shop.declaration() | {"operators": named}))


def kept(shop: Shop, model: Any, was: str, number: str) -> None:
    """A row of before has that form."""
    with shop.context.database.write() as session:
        session.scalars(select(model).where(model.phone.in_(phone.forms(was)))).one().phone = number


@each_way
def test_an_operator_orders_and_is_told_under_either_form(shop: Shop, known: str, called: str) -> None:
    employ(shop, known)
    (sent,) = [each for each in shop.hear(f"10 EUR {BUYER}", sender=called) if each["to"] != BUYER]
    assert "Sent to" in text(sent)
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    told = [each for each in shop.place.sent if each["to"] == sent["to"]][-1]
    assert "Paid" in text(told)  # in words, for the window is open
    assert told["context"] == {"message_id": sent["wamid"]}
    (question,) = shop.hear("CANCEL NOPE", sender=called)
    assert "no such order" in text(question)


@each_way
def test_an_operator_whose_row_has_the_old_form_is_found_and_stays_one(shop: Shop, known: str, called: str) -> None:
    employ(shop, called)
    kept(shop, models.Operator, called, called)
    (question,) = shop.hear(f"1,250 EUR {BUYER}", sender=known)
    shop.tap(question, buttons(question)[0], sender=known)
    assert shop.one(models.Order).amount == 125
    employ(shop, known)
    assert len(shop.all(models.Operator, models.Operator.active)) == 1
    employ(shop, OPERATOR)
    shop.hear(f"10 EUR {BUYER}", sender=known)
    shop.one(models.Order)


@each_way
def test_a_buyer_whose_link_the_shop_gave_out_itself_is_known(shop: Shop, known: str, called: str) -> None:
    order = shop.order(phone=known, language="en")
    (answer,) = shop.hear(f"PAY {shop.get(order).reference}", sender=called)
    assert answer["interactive"]["action"]["parameters"]["url"] == shop.context.links.url(order, 1)


@each_way
def test_a_buyer_whose_row_has_the_old_form_is_known_and_stays_one(shop: Shop, known: str, called: str) -> None:
    order = shop.order(phone=called, language="en")
    kept(shop, models.Buyer, called, called)
    shop.hear("NOT ME", sender=known)
    assert shop.state(order) == "cancelled"
    shop.order(phone=known)
    assert len(shop.all(models.Buyer)) == 1


@each_country
def test_who_wrote_stop_under_one_form_is_sent_nothing_under_the_other(shop: Shop, known: str, called: str) -> None:
    shop.order(phone=known)
    shop.hear("STOP", sender=called)
    for written in (known, called):
        (question,) = shop.hear(f"11 EUR {written}")  # a country that this shop has never sent to
        answer = confirmation(shop.tap(question, "1"))
        assert "asked for no more messages" in text(answer)
        shop.clock.forward(minutes=10)
    assert {message["to"] for message in shop.place.sent} <= {OPERATOR, known, called}


@each_country
def test_what_the_shop_replies_reaches_a_buyer_who_wrote_under_the_other_form(
    shop: Shop, known: str, called: str
) -> None:
    shop.hear("HELP")
    shop.order(phone=known, language="en")
    (told,) = [each for each in shop.hear("Is it ready?", sender=called) if each["to"] == OPERATOR]
    sent = shop.hear("Yes", reply_to=told["wamid"])
    assert ["“Yes”" in text(each) for each in sent if each["to"] == known] == [True]


@each_country
def test_an_invitation_sent_in_under_one_form_ends_who_had_the_other(shop: Shop, known: str, called: str) -> None:
    first, code = invited(shop)
    shop.hear(code, sender=known)
    kept(shop, models.Operator, known, known)
    operators.dismiss(shop.context, shop.id, first)
    second, code = invited(shop, "Inès")
    shop.hear(code, sender=called)
    assert shop.one(models.Operator, models.Operator.id == first).phone is None
    assert shop.one(models.Operator, models.Operator.id == second).phone in {known, called}


@each_country
def test_guesses_of_one_phone_are_counted_together(shop: Shop, known: str, called: str) -> None:
    _, code = invited(shop)
    for number in range(10):
        shop.hear("JOIN 2222-2222-2222", sender=(known, called)[number % 2])
    shop.hear(f"JOIN {code}", sender=called)
    assert len(shop.all(models.Limit)) == 1
    assert len(shop.all(models.Operator, models.Operator.phone.is_not(None))) == 1


def test_a_mexican_number_is_typed_as_whatsapp_shows_it(shop: Shop) -> None:
    shop.hear("10 EUR +52 1 55 1234 5678")
    (question,) = [each for each in shop.place.sent if each["to"] == OPERATOR]
    shop.tap(question, "1")  # a country that this shop has never sent to
    assert shop.one(models.Buyer).phone == "+525512345678"


def test_a_search_finds_either_form(shop: Shop) -> None:
    for known, _ in FORMS:
        shop.order(phone=known)
    for number in (form for pair in FORMS for form in pair):
        assert len(order_list.page(shop.context, shop.id, order_list.Search(number), 9).rows) == 1
