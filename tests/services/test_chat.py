"""The conversation: what is written becomes orders and kind answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, STRANGER, Shop
from webapp import i18n
from webapp.db import models
from webapp.services import wording
from webapp.whatsapp import grammar

ORDER = f"10 EUR {BUYER} REGISTER buyer@example.com"


def text(message: dict[str, Any]) -> str:
    """The words of a message, its buttons left out."""
    if message["type"] == "text":
        return str(message["text"]["body"])
    return str(message["interactive"]["body"]["text"])


def buttons(message: dict[str, Any]) -> list[str]:
    return [button["reply"]["id"] for button in message["interactive"]["action"]["buttons"]]


def confirmation(sent: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [message for message in sent if message["to"] == OPERATOR]
    return found


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
    assert shop.kit.links.url(order.id, 1) in text(confirmation(sent))


def test_quoted_text_and_reference_are_kept(shop: Shop) -> None:
    shop.hear(f'10 EUR {BUYER} "2 pizzas" ORDER=A12')
    order = shop.one(models.Order)
    assert (order.description, order.reference) == ("2 pizzas", "A12")


@pytest.mark.parametrize("code", grammar.Refusal)
def test_every_refusal_has_words_of_its_own(code: grammar.Refusal) -> None:
    t = i18n.texts("en", "FR")
    unknown = wording.refusal(t, "no such code", "", "")
    said = wording.refusal(t, code, "word", "")
    assert said.splitlines()[0] != unknown.splitlines()[0]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("10 EUR 0612", "not a whole phone number"),
        (f"10 EUR 20 EUR {BUYER}", "two amounts"),
        (f"10 EUR {BUYER} REGISTER", "e-mail address is needed"),
        ("make me a sandwich", "do not understand"),
        ("CHARGE 5", "Which order?"),
        ("STATUS NOPE", "no such order"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_read_is_answered_with_an_example(shop: Shop, command: str, words: str) -> None:
    (answer,) = shop.hear(command)
    assert words in text(answer)
    assert shop.all(models.Order) == []


def test_a_reference_that_is_taken_is_said(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    (answer,) = shop.hear(f"11 EUR {BUYER} ORDER=A12")
    assert "already an order A12" in text(answer)


def test_two_readings_are_asked_about_and_a_tap_does_one_of_them_once(shop: Shop) -> None:
    (question,) = shop.hear(f"1,250 EUR {BUYER}")
    assert shop.all(models.Order) == []
    shop.tap(question, buttons(question)[1])
    assert shop.one(models.Order).amount == 125_000
    (again,) = shop.tap(question, buttons(question)[0])
    assert "answered already" in text(again)
    shop.one(models.Order)


def test_only_who_was_asked_may_tap(shop: Shop) -> None:
    (question,) = shop.hear(f"1,250 EUR {BUYER}")
    shop.tap(question, buttons(question)[1], sender=STRANGER)
    assert shop.all(models.Order) == []


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
    late = shop.clock() - timedelta(hours=2)
    *_, question = shop.hear("CHARGE 5", reply_to=confirmation(sent)["wamid"], at=late)
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
    (answer,) = shop.hear("CANCEL", reply_to=confirmation(sent)["wamid"])
    assert "Cancelled" in text(answer)
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
