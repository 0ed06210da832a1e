"""The buyer's words in the chat, and what is passed on to the shop."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tests.kit import BUYER, OPERATOR, STRANGER, Shop, link, saved
from tests.services.conversation.chats import to, words
from tests.services.invitations import invited
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.services import inbox
from webapp.services.accounts import operators
from webapp.services.orders import lifecycle
from webapp.whatsapp import inbound, replies
from webapp.whatsapp.replies import Wish

pytestmark = pytest.mark.wording


def english(shop: Shop, **more: Any) -> str:
    return shop.order(language="en", **more)


def test_not_me_stops_the_order_and_the_shop_is_told(shop: Shop) -> None:
    shop.hear("HELP")
    order = english(shop, send=True)
    shop.drain()
    sent = shop.hear("This is not me!", sender=BUYER)
    assert shop.state(order) == "cancelled"
    assert ["Nothing was taken" in words(each) for each in to(sent, BUYER)] == [True]
    assert any("somebody else" in words(each) for each in to(sent, OPERATOR))
    assert "wrong_recipient" in shop.kinds(order)


def test_not_me_after_the_payment_undoes_nothing_and_the_shop_is_told(shop: Shop) -> None:
    shop.hear("HELP")
    order = english(shop)
    shop.pay(order)
    shop.drain()
    sent = shop.hear("not me", sender=BUYER)
    assert shop.state(order) == "paid"
    assert "This is paid" in words(to(sent, BUYER)[0])
    assert any("not me" in words(each) for each in to(sent, OPERATOR))


def test_a_new_link_of_an_open_order_comes_at_once(shop: Shop) -> None:
    order = english(shop)
    (answer,) = shop.hear("new link", sender=BUYER)
    assert link(answer) == shop.context.links.url(order, 1)


def test_a_new_link_after_the_end_is_asked_of_the_shop_once_a_day(shop: Shop) -> None:
    order = english(shop)
    shop.later(days=8)
    shop.hear("HELP")
    assert shop.state(order) == "expired"
    first, again = shop.hear("new link", sender=BUYER), shop.hear("new link", sender=BUYER)
    assert "asked the shop" in words(to(first, BUYER)[0])
    assert "asks for a new link" in words(to(first, OPERATOR)[0])
    assert to(again, OPERATOR) == []
    assert shop.kinds(order).count("link_asked") == 1


def test_an_order_from_the_back_office_is_told_to_who_wrote_last(shop: Shop) -> None:
    shop.hear("HELP")
    request = lifecycle.Request(Action.PAYMENT, Money(1000, "EUR"), BUYER)
    lifecycle.create(shop.context, shop.id, request, send=False)
    sent = shop.hear("Do you take cash?", sender=BUYER)
    assert "Do you take cash?" in words(to(sent, OPERATOR)[0])


def test_an_order_whose_operator_was_taken_off_is_told_to_who_wrote_last(shop: Shop) -> None:
    operator, code = invited(shop)
    shop.hear(code, sender=STRANGER)
    shop.hear(f"10 EUR {BUYER}", sender=STRANGER)
    operators.dismiss(shop.context, shop.id, operator)
    shop.hear("HELP")
    sent = shop.hear("Do you take cash?", sender=BUYER)
    assert [words(each).startswith("+33 6 12") for each in to(sent, OPERATOR)] == [True]
    assert to(sent, STRANGER) == []


def test_the_receipt_is_a_button_to_the_page(shop: Shop) -> None:
    order = english(shop)
    (none,) = shop.hear("receipt", sender=BUYER)
    assert "no payment" in words(none)
    shop.pay(order)
    shop.drain()
    (answer,) = shop.hear("Receipt", sender=BUYER)
    assert link(answer) == shop.context.links.url(order, 1)
    assert "This is paid" in words(answer)


def test_forget_my_card_leads_to_the_page_that_removes_it(shop: Shop) -> None:
    order = saved(shop)
    shop.drain()
    (answer,) = shop.hear("forget my card", sender=BUYER)
    assert link(answer) == shop.context.links.url(order, 1)
    assert "Visa ••42" in words(answer)
    shop.hear("HELP")
    (other,) = to(shop.hear("forget my card", sender=STRANGER), STRANGER)
    assert "Visa" not in words(other)


@pytest.mark.parametrize("reference", ["Table 5", "2026/11 B", "n° 7", "Blue vase"])
def test_the_page_s_own_text_names_every_reference_that_the_office_takes(shop: Shop, reference: str) -> None:
    shop.hear("HELP")
    english(shop)
    named = english(shop, reference=reference, amount=2500)
    for written in (reference, reference.lower()):
        (answer,) = to(shop.hear(replies.write(Wish.PAY, "en", written), sender=BUYER), BUYER)
        assert f"({reference})" in words(answer)
    assert shop.kinds(named).count("buyer_wrote") == 0


def test_any_other_text_is_passed_on_with_the_reference_and_acknowledged_once_a_day(shop: Shop) -> None:
    shop.hear("HELP")
    order = english(shop)
    first = shop.hear("Can I pick it up at 6?", sender=BUYER)
    second = shop.hear("And bring a friend?", sender=BUYER)
    assert "passed your message on" in words(to(first, BUYER)[0])
    assert to(second, BUYER) == []
    (told,) = to(first, OPERATOR)
    assert "“Can I pick it up at 6?”" in words(told)
    assert shop.get(order).reference in words(told)
    assert shop.kinds(order).count("buyer_wrote") == 2


@pytest.mark.both_databases
def test_a_phone_that_writes_very_much_is_heard_ten_times_a_day(shop: Shop) -> None:
    shop.hear("HELP")
    english(shop)
    told = [to(shop.hear(f"number {n}", sender=BUYER), OPERATOR) for n in range(14)]
    assert sum(map(len, told)) == 10
    shop.clock.forward(hours=25)
    assert len(to(shop.hear("still there?", sender=BUYER), OPERATOR)) == 1


def test_not_me_again_and_again_is_told_ten_times_a_day(shop: Shop) -> None:
    shop.hear("HELP")
    order = english(shop)
    shop.pay(order)
    shop.drain()
    told = [to(shop.hear("not me", sender=BUYER), OPERATOR) for _ in range(14)]
    assert sum(map(len, told)) == 10
    assert shop.kinds(order).count("buyer_wrote") == 10


def test_no_count_says_whose_it_is_however_long_whatsapp_s_id_is(shop: Shop) -> None:
    shop.hear("HELP")
    english(shop)
    with shop.context.database.write() as session:
        session.scalars(select(models.Buyer)).one().user_id = "FR." + "1" * 190
    shop.hear("Can I pick it up at 6?", sender=BUYER)
    message = {"id": "wamid.1", "from_user_id": "FR." + "1" * 190, "type": "text", "text": {"body": "Or at 7?"}}
    event = inbound.Event("wamid.1", shop.number(), {"message": message, "contact": {}})
    inbox.keep_whatsapp(shop.context, shop.id, [event])
    shop.hear("2345-6789-ABCD", sender=STRANGER)
    assert {row.error for row in shop.all(models.InboxEvent)} == {None}
    keys = " ".join(row.key for row in shop.all(models.Limit))
    assert len(keys.split()) == 3
    assert not any(name in keys for name in (BUYER[1:], STRANGER[1:], "111111"))


@pytest.mark.parametrize("text", ["\u202eevil\u202c text", "x" * 3000, "🍕" * 400])
def test_hostile_text_reaches_the_shop_clean_and_short(shop: Shop, text: str) -> None:
    shop.hear("HELP")
    english(shop)
    (told,) = to(shop.hear(text, sender=BUYER), OPERATOR)
    assert len(words(told)) < 500
    assert not {"\u202e"} & set(words(told))


def test_what_a_reply_quotes_is_what_is_meant(shop: Shop) -> None:
    first, second = english(shop, send=True), english(shop, send=True)
    shop.drain()
    request = next(each for each in shop.place.sent if shop.context.links.token(first, 1) in str(each))
    shop.receive({"type": "text", "text": {"body": "not me"}}, sender=BUYER, reply_to=request["wamid"])
    assert (shop.state(first), shop.state(second)) == ("cancelled", "open")


def test_a_picture_is_answered_in_words_once_a_day(shop: Shop) -> None:
    english(shop)
    (answer,) = shop.receive({"type": "audio", "audio": {"id": "1"}}, sender=BUYER)
    assert "only read text" in words(answer)
    assert shop.receive({"type": "audio", "audio": {"id": "2"}}, sender=BUYER) == []


@pytest.mark.parametrize(("writer", "other"), [(STRANGER, BUYER), (BUYER, STRANGER)])
def test_a_reply_to_another_buyer_s_message_is_about_no_order_of_that_buyer_s(
    shop: Shop, writer: str, other: str
) -> None:
    order = shop.order(phone=other, send=True)
    own = shop.order(phone=writer, send=True)
    shop.drain()
    (request,) = [message for message in shop.place.sent if message["to"] == other]
    answers = shop.hear("NOT ME", sender=writer, reply_to=request["wamid"])
    assert (shop.state(order), shop.state(own)) == ("open", "cancelled")
    assert shop.context.links.url(order, 1) not in str(answers)


def test_a_reference_of_another_buyer_s_order_is_no_reference_and_reaches_the_shop_as_text(shop: Shop) -> None:
    shop.hear("HELP")
    order = english(shop, reference="A12")
    english(shop, phone=STRANGER)
    answers = shop.hear("PAY A12", sender=STRANGER)
    assert shop.context.links.url(order, 1) not in str(answers)
    assert any("PAY A12" in words(each) for each in to(answers, OPERATOR))


def test_help_is_answered_with_the_buyer_s_words_in_the_buyer_s_language(shop: Shop) -> None:
    shop.hear("HELP")
    english(shop)
    sent = shop.hear("Help", sender=BUYER)
    assert to(sent, OPERATOR) == []
    (answer,) = to(sent, BUYER)
    assert "HELP" not in words(answer)
    for word in ("PAY", "NEW LINK", "RECEIPT", "NOT ME", "FORGET MY CARD", "STOP", "START"):
        assert f"• {word}:" in words(answer)


@pytest.mark.parametrize(
    "text", ["aide", "AYUDA!", "Hilfe", "aiuto", "ajuda", "hulp", "pomoc", "yardım", "مساعدة", "עזרה", "ヘルプ", "?"]
)
def test_help_is_understood_in_every_language(shop: Shop, text: str) -> None:
    shop.hear("HELP")
    shop.order(language="fr")
    sent = shop.hear(text, sender=BUYER)
    assert to(sent, OPERATOR) == []
    assert "• PAYER:" in words(to(sent, BUYER)[0])


@pytest.mark.parametrize("text", ["help me please", "...", "I need help with the oven"])
def test_a_text_that_only_has_the_word_in_it_goes_to_the_shop(shop: Shop, text: str) -> None:
    shop.hear("HELP")
    english(shop)
    assert to(shop.hear(text, sender=BUYER), OPERATOR)
