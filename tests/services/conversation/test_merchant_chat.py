"""The conversation: what is written becomes orders and kind answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.kit import ASKS_ALWAYS, BUYER, OPERATOR, STRANGER, Shop, buttons, confirmation, rival, text
from webapp import i18n
from webapp.db import models
from webapp.services.conversation import replies
from webapp.services.merchants import declarations
from webapp.whatsapp import grammar

pytestmark = pytest.mark.wording

ORDER = f"10 EUR {BUYER} REGISTER buyer@example.com"


@pytest.mark.parametrize(
    ("command", "action", "amount"),
    [
        (ORDER, "REGISTER_PAY", 1000),
        (f"{BUYER} REGISTER buyer@example.com", "REGISTER", None),
        (f"10 EUR {BUYER} ASK buyer@example.com", "ASK_REGISTER_PAY", 1000),
        ("06 12 34 56 78 12,50", "PAYMENT", 1250),
    ],
)
def test_an_order_is_written_sent_and_confirmed(shop: Shop, command: str, action: str, amount: int | None) -> None:
    sent = shop.hear(command)
    order = shop.one(models.Order)
    assert (order.action, order.amount, order.currency) == (action, amount, "EUR")
    assert sorted((message["to"], message["type"]) for message in sent) == [(OPERATOR, "text"), (BUYER, "template")]
    assert shop.context.links.url(order.id, 1) in text(confirmation(sent))


def test_quoted_text_and_reference_are_kept(shop: Shop) -> None:
    shop.hear(f'10 EUR {BUYER} "2 pizzas" ORDER=A12')
    order = shop.one(models.Order)
    assert (order.description, order.reference) == ("2 pizzas", "A12")


@pytest.mark.parametrize("code", grammar.Refusal)
def test_every_refusal_has_words_of_its_own(code: grammar.Refusal) -> None:
    t = i18n.texts("en", "FR")
    unknown = replies.refusal(t, "no such code", "", "")
    said = replies.refusal(t, code, "word", "")
    assert said.splitlines()[0] != unknown.splitlines()[0]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("10 EUR 0612", "not a whole phone number"),
        (f"10 EUR 20 EUR {BUYER}", "two amounts"),
        (f"10 EUR {BUYER} REGISTER", "e-mail address is needed"),
        ("make me a sandwich", "do not understand"),
        ("CHARGE 5", "Which order?"),
        ("STATUS", "Which order?"),
        ("Annuler", "Which order?"),
        ("RESEND", "Which order?"),
        ("prolonger 3 jours", "Which order?"),
        ("REFUND", "Which order?"),
        ("REFUND 5", "Which order?"),
        ("STATUS NOPE", "no such order"),
        ("REFUND NOPE", "no such order"),
        (f"10 EUR {BUYER} SHOP=bar", "not this shop"),
        (f"10 EUR {BUYER} DELAY=91", "1 to 90 days"),
        (f"10 EUR {BUYER} TAX=101", "not a tax rate"),
        ("LANGUAGE", "Which language?"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_read_is_answered_with_an_example(shop: Shop, command: str, words: str) -> None:
    (answer,) = shop.hear(command)
    assert words in text(answer)
    assert shop.all(models.Order) == []


@pytest.mark.both_databases
def test_a_reference_that_is_taken_is_said(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    (answer,) = shop.hear(f"11 EUR {BUYER} ORDER=A12")
    assert "already an order A12" in text(answer)


@pytest.mark.both_databases
def test_two_readings_are_asked_about_and_a_tap_does_one_of_them_once(shop: Shop) -> None:
    (question,) = shop.hear(f"1,250 EUR {BUYER}")
    assert shop.all(models.Order) == []
    shop.tap(question, buttons(question)[1])
    assert shop.one(models.Order).amount == 125_000
    (again,) = shop.tap(question, buttons(question)[0])
    assert "answered already" in text(again)
    shop.one(models.Order)


COLLEAGUE = "+33611111112"


def employ(shop: Shop) -> str:
    """Another operator of the shop; the phone."""
    document = shop.declaration()
    document["operators"] += [{"phone": COLLEAGUE, "name": "Noé", "language": "en"}]
    declarations.apply(shop.context, declarations.declared(document))
    return COLLEAGUE


@pytest.mark.parametrize("who", ["stranger", "buyer", "another operator"])
def test_only_who_was_asked_may_tap(shop: Shop, who: str) -> None:
    sender = {"stranger": STRANGER, "buyer": BUYER, "another operator": employ(shop)}[who]
    shop.order()
    (question,) = shop.hear(f"1,250 EUR {BUYER}")
    for button in buttons(question):
        shop.tap(question, button, sender=sender)
    shop.one(models.Order)
    shop.tap(question, buttons(question)[1])  # the others have not used it up
    assert {order.amount for order in shop.all(models.Order)} == {1000, 125_000}


def test_a_question_of_one_shop_is_not_answered_in_another(shop: Shop) -> None:
    other = rival(shop)
    (question,) = shop.hear(f"1,250 EUR {BUYER}")
    (answer,) = other.tap(question, buttons(question)[1])
    assert "answered already" in text(answer)
    assert shop.all(models.Order) == []


def test_no_message_but_a_question_is_answered_by_a_tap(shop: Shop) -> None:
    (contact,) = shop.receive(card(BUYER), sender=OPERATOR)
    (answer,) = shop.tap(contact, "phone")
    assert "answered already" in text(answer)


def test_a_command_that_comes_late_is_asked_about(shop: Shop) -> None:
    (question,) = shop.hear(ORDER, at=shop.clock() - timedelta(hours=1, seconds=1))
    assert shop.all(models.Order) == []
    shop.tap(question, "1")
    assert shop.one(models.Order).action == "REGISTER_PAY"


def test_a_late_command_is_left_alone_when_the_answer_is_no(shop: Shop) -> None:
    (question,) = shop.hear(ORDER, at=shop.clock() - timedelta(hours=2))
    (answer,) = shop.tap(question, "0")
    assert "nothing was done" in text(answer)
    assert shop.all(models.Order) == []


@pytest.mark.parametrize("message", ["confirmation", "command"])
def test_charge_as_a_reply_charges_the_card_of_that_order(shop: Shop, message: str) -> None:
    sent = shop.hear(ORDER)
    source = shop.one(models.Order)
    shop.pay(source.id)
    shop.drain()
    commands = shop.all(models.Message, models.Message.direction == "in")
    shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"] if message == "confirmation" else commands[0].wamid)
    assert shop.charges() == [500, 1000]


def test_a_late_charge_still_knows_what_it_replied_to(shop: Shop) -> None:
    sent = shop.hear(ORDER)
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    late = shop.clock() - timedelta(hours=2)
    (question,) = shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"], at=late)
    shop.tap(question, "1")
    assert shop.charges() == [500, 1000]


def test_charge_without_a_saved_card_is_refused_in_words(shop: Shop) -> None:
    sent = shop.hear(f"10 EUR {BUYER}")
    (answer,) = shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"])
    assert "No card was saved" in text(answer)


def test_status_tells_and_cancel_cancels(shop: Shop) -> None:
    sent = shop.hear(f"10 EUR {BUYER} ORDER=A12")
    (answer,) = shop.hear("STATUS A12")
    assert "Waiting for the buyer" in text(answer)
    (question,) = shop.hear("CANCEL", reply_to=confirmation(sent)["wamid"])
    assert shop.one(models.Order).state == "open"
    told = {each["to"]: each for each in shop.tap(question, "1")}
    assert "Cancelled" in text(told[OPERATOR])
    assert told[BUYER]["template"]["name"] == "ordo_order_update"
    assert shop.one(models.Order).state == "cancelled"
    (answer,) = shop.hear("CANCEL A12")
    assert "The order is over" in text(answer)


def test_the_operator_is_told_paid_as_a_reply_to_the_confirmation(shop: Shop) -> None:
    sent = shop.hear(ORDER)
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    notice = [message for message in shop.place.sent if message["to"] == OPERATOR][-1]
    assert "Paid, Visa ••42 saved." in text(notice)
    assert notice["context"] == {"message_id": confirmation(sent)["wamid"]}


def test_after_a_day_of_silence_the_operator_is_told_by_a_template(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER}")
    shop.clock.forward(hours=25)
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    assert [message["type"] for message in shop.place.sent if message["to"] == OPERATOR] == ["text", "template"]


def test_help_shows_the_syntax(shop: Shop) -> None:
    (answer,) = shop.hear("HELP")
    assert "REGISTER" in text(answer)


def test_what_is_no_text_is_answered_kindly(shop: Shop) -> None:
    (answer,) = shop.receive({"type": "audio", "audio": {"id": "1"}}, sender=OPERATOR)
    assert "only read text" in text(answer)


def test_a_stranger_is_answered_once_a_day_and_orders_nothing(shop: Shop) -> None:
    (answer,) = shop.hear(ORDER, sender=STRANGER)
    assert "personne ne lit" in text(answer)
    assert shop.hear("hello?", sender=STRANGER) == []
    shop.clock.forward(hours=25)
    assert len(shop.hear("hello?", sender=STRANGER)) == 1
    assert shop.all(models.Order) == []


def test_stop_is_kept_and_start_undoes_it(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER}")
    (answer,) = shop.hear("STOP", sender=BUYER)
    assert "START" in text(answer)
    (answer,) = shop.hear(f"11 EUR {BUYER}")
    assert answer["to"] == OPERATOR
    assert "asked for no more messages" in text(answer)
    shop.hear("Start", sender=BUYER)
    assert {message["to"] for message in shop.hear(f"12 EUR {BUYER}")} == {OPERATOR, BUYER}


def test_an_operator_who_is_a_buyer_too_undoes_stop_by_start(shop: Shop) -> None:
    shop.order(phone=OPERATOR)
    with shop.context.database.write() as session:
        session.scalars(select(models.Buyer)).one().stopped_at = shop.clock()
    (answer,) = shop.hear("Start")
    assert "Café Lumière" in text(answer)
    assert shop.one(models.Buyer).stopped_at is None


def test_start_is_no_command_of_an_operator_who_is_no_buyer(shop: Shop) -> None:
    (answer,) = shop.hear("START")
    assert "Café Lumière" not in text(answer)


def test_without_a_phone_the_link_comes_back_alone(shop: Shop) -> None:
    (answer,) = shop.hear('10 EUR "2 pizzas"')
    order = shop.one(models.Order)
    assert answer["to"] == OPERATOR
    assert "Nobody was sent anything" in text(answer)
    assert shop.context.links.url(order.id, 1) in text(answer)
    assert shop.one(models.Buyer).phone is None


def test_two_orders_without_a_phone_are_never_one_buyer_s(shop: Shop) -> None:
    shop.hear("10 EUR REGISTER buyer@example.com")
    shop.hear("11 EUR REGISTER buyer@example.com")
    assert len(shop.all(models.Buyer)) == 2


def test_a_card_saved_without_a_phone_is_charged_again_and_sends_no_receipt(shop: Shop) -> None:
    sent = shop.hear("10 EUR REGISTER buyer@example.com")
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"])
    assert shop.charges() == [500, 1000]
    shop.one(models.Buyer)
    assert {message["to"] for message in shop.place.sent} == {OPERATOR}


def test_the_bank_s_wish_for_a_buyer_without_a_phone_brings_the_operator_the_link(shop: Shop) -> None:
    sent = shop.hear("10 EUR REGISTER buyer@example.com")
    shop.pay(shop.one(models.Order).id, ASKS_ALWAYS)
    shop.answer_bank(shop.one(models.Order).id, "passed")
    shop.later(minutes=5)
    *_, notice = shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"])
    charge = shop.one(models.Order, models.Order.amount == 500)
    assert shop.context.links.url(charge.id, 1) in text(notice)


def test_a_bare_number_is_asked_about_and_orders_when_meant(shop: Shop) -> None:
    (question,) = shop.hear("10")
    assert "only the link" in text(question)
    assert shop.all(models.Order) == []
    shop.tap(question, "1")
    assert shop.one(models.Order).amount == 1000


def test_words_that_mean_nothing_are_shown_as_the_text_above_a_button(shop: Shop) -> None:
    (question,) = shop.hear(f"10 EUR {BUYER} pour 2 pizzas merci")
    assert "pour 2 pizzas merci" in text(question)
    assert shop.all(models.Order) == []
    shop.tap(question, "1")
    order = shop.one(models.Order)
    assert (order.amount, order.description) == (1000, "pour 2 pizzas merci")


def test_each_text_is_shown_where_words_can_be_parted_in_two_ways(shop: Shop) -> None:
    (question,) = shop.hear(f"45 pizza 4 {BUYER}")
    assert all(words in text(question) for words in ("pizza 4", "45 pizza"))
    shop.tap(question, "1")
    assert (shop.one(models.Order).amount, shop.one(models.Order).description) == (4500, "pizza 4")


def test_politeness_keeps_nobody_from_a_status(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    (answer,) = shop.hear("status of order A12 please?")
    assert (answer["type"], "A12" in text(answer)) == ("text", True)


def test_words_are_proposed_in_the_operator_s_language_only(shop: Shop) -> None:
    (answer,) = shop.hear(f"10 EUR {BUYER} registrare1 buyer@example.com")
    assert "REGISTRARE" not in text(answer)
    (answer,) = shop.hear(f"10 EUR {BUYER} REGISTR buyer@example.com")
    assert "REGISTER" in text(answer)


@pytest.mark.both_databases
@pytest.mark.parametrize("reference", ["Table 5", "2026/11 B", "n° 7", "Blue vase", "é12", "Ａ１２"])
def test_what_the_office_takes_as_a_reference_the_chat_finds_whatever_its_case(shop: Shop, reference: str) -> None:
    order = shop.order(reference=reference)
    for written in (reference, reference.upper(), f"#{reference.lower()}", f'ORDER="{reference}"'):
        (answer,) = shop.hear(f"STATUS {written}")
        assert shop.get(order).reference in text(answer), written
    shop.tap(shop.hear(f"cancel {reference.lower()} please")[0], "1")
    assert shop.get(order).state == "cancelled"


@pytest.mark.both_databases
def test_two_references_that_differ_by_case_alone_cannot_exist(shop: Shop) -> None:
    shop.order(reference="A12")
    (answer,) = shop.hear(f"10 EUR {BUYER} ORDER=a12")
    assert "already an order A12" in text(answer).replace("\u2068", "").replace("\u2069", "")
    assert len(shop.all(models.Order)) == 1


def test_a_reference_with_a_space_is_written_in_quotes(shop: Shop) -> None:
    shop.hear(f'10 EUR {BUYER} ORDER="Table 5" "2 pizzas"')
    order = shop.one(models.Order)
    assert (order.reference, order.description) == ("Table 5", "2 pizzas")


def test_tax_and_days_are_kept_said_and_told(shop: Shop) -> None:
    sent = shop.hear(f"10 EUR {BUYER} TAX=5.5 DELAY=30")
    order = shop.one(models.Order)
    assert order.tax == 550
    assert order.expires_at - order.created_at == timedelta(days=30)
    assert "Tax included: 5,5%" in text(confirmation(sent))
    assert "24 Dec 2026" in text(confirmation(sent))
    shop.pay(order.id)
    assert shop.callbacks(order.id)[0]["data"]["tax_rate"] == "5.5"


def test_test_is_true_in_a_test_shop_and_its_own_name_is_its_own(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} TEST SHOP=cafe")
    assert shop.one(models.Order).amount == 1000


def card(*phones: str, name: str = "Zoé") -> dict[str, Any]:
    shared = {"name": {"formatted_name": name}, "phones": [{"phone": phone} for phone in phones]}
    return {"type": "contacts", "contacts": [shared]}


@pytest.mark.parametrize("to", ["card", "question"])
def test_an_amount_as_a_reply_to_a_shared_contact_is_an_order_for_that_phone(shop: Shop, to: str) -> None:
    (question,) = shop.receive(card("06 12 34 56 78"), sender=OPERATOR)
    assert "How much for Zoé +33 6 12 34 56 78?" in text(question)
    (shared,) = shop.all(models.Message, models.Message.direction == "in")
    sent = shop.hear("12,50", reply_to=question["wamid"] if to == "question" else shared.wamid)
    assert {message["to"] for message in sent} == {OPERATOR, BUYER}
    assert shop.one(models.Order).amount == 1250


@pytest.mark.both_databases
def test_an_amount_just_behind_a_shared_contact_is_asked_about(shop: Shop) -> None:
    shop.receive(card(BUYER), sender=OPERATOR)
    (question,) = shop.hear("10 EUR")
    assert shop.all(models.Order) == []
    titles = [each["reply"]["title"] for each in question["interactive"]["action"]["buttons"]]
    assert titles == ["06 12 34 56 78", "Only the link"]
    sent = shop.tap(question, "1")
    assert BUYER in {message["to"] for message in sent}
    (answer,) = shop.hear("11 EUR")
    assert "Nobody was sent anything" in text(answer)


def test_a_bare_number_just_behind_a_shared_contact_is_offered_to_it(shop: Shop) -> None:
    shop.receive(card(BUYER), sender=OPERATOR)
    (question,) = shop.hear("10")
    assert len(buttons(question)) == 2
    assert BUYER in {message["to"] for message in shop.tap(question, "1")}


def test_a_choice_says_all_that_there_is_to_doubt(shop: Shop) -> None:
    shop.receive(card("+4915123456789"), sender=OPERATOR)
    (question,) = shop.hear("600 EUR")
    assert "large amount" in text(question)
    assert "never sent anything to that country" in text(question)


def test_a_contact_of_several_phones_is_asked_which(shop: Shop) -> None:
    (question,) = shop.receive(card(BUYER, STRANGER, BUYER, "12"), sender=OPERATOR)
    assert "Which number?" in text(question)
    (question,) = shop.tap(question, "2")
    assert "How much for +33 6 87 65 43 21?" in text(question)
    assert STRANGER in {message["to"] for message in shop.hear("10 EUR", reply_to=question["wamid"])}


@pytest.mark.parametrize(
    ("phones", "words"),
    [
        (["12"], "not a whole phone number"),
        ([], "not a whole phone number"),
        ([f"+3361234567{last}" for last in range(4)], "two phone numbers"),
    ],
)
def test_a_contact_that_names_no_phone_is_refused(shop: Shop, phones: list[str], words: str) -> None:
    (answer,) = shop.receive(card(*phones), sender=OPERATOR)
    assert words in text(answer)


def test_another_s_card_gives_an_operator_no_phone(shop: Shop) -> None:
    shop.receive(card(BUYER), sender=STRANGER)
    (shared,) = shop.all(models.Message, models.Message.direction == "in")
    (answer,) = shop.hear("10 EUR", reply_to=shared.wamid)
    assert "Nobody was sent anything" in text(answer)


@pytest.mark.parametrize("to", ["card", "question", "nothing"])
def test_a_colleague_s_card_gives_an_operator_no_phone(shop: Shop, to: str) -> None:
    (question,) = shop.receive(card(BUYER), sender=employ(shop))
    (shared,) = shop.all(models.Message, models.Message.direction == "in")
    replied = {"card": shared.wamid, "question": question["wamid"], "nothing": None}[to]
    (answer,) = shop.hear("10 EUR", reply_to=replied)
    assert "Nobody was sent anything" in text(answer)


def test_a_reading_that_names_no_order_is_none(shop: Shop) -> None:
    sent = shop.hear(f"10 EUR {BUYER} ORDER=7")
    shop.pay(shop.one(models.Order).id)
    shop.drain()
    (question,) = shop.hear("REFUND 5", reply_to=confirmation(sent)["wamid"])
    assert "Give 5,00\u00a0€ back to the buyer?" in text(question)
    assert len(buttons(question)) == 2
    (question,) = shop.hear("REFUND 7", reply_to=confirmation(sent)["wamid"])
    titles = [each["reply"]["title"] for each in question["interactive"]["action"]["buttons"]]
    assert titles == ["7.00 EUR", "#7"]


def test_form_makes_an_order_that_asks_for_an_address_and_says_so(shop: Shop) -> None:
    heard = shop.hear(f"10 EUR {BUYER} FORM")
    assert "The buyer is asked for a name and an address first." in str(heard)
    assert shop.one(models.Order).collects_details
