"""Shop and buyer answer each other about an order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, STRANGER, Shop, buttons
from tests.services.conversation.chats import to, words
from webapp.db import models
from webapp.services import inbox
from webapp.whatsapp import inbound

pytestmark = pytest.mark.wording


def question(shop: Shop, asked: str = "Is it ready?") -> dict[str, Any]:
    """What the operator is passed on from a buyer of an order."""
    shop.hear("HELP")
    shop.order(language="en")
    (told,) = to(shop.hear(asked, sender=BUYER), OPERATOR)
    return told


def test_a_reply_to_a_buyer_s_words_reaches_the_buyer_and_the_buyer_s_answer_comes_back(shop: Shop) -> None:
    told = question(shop)
    sent = shop.hear("Yes, in ten minutes", reply_to=told["wamid"])
    (said,) = to(sent, BUYER)
    assert words(said).startswith("Léa of Café Lumière writes: “Yes, in ten minutes”")
    assert OPERATOR[-6:] not in words(said).replace(" ", "")
    asked = shop.one(models.Message, models.Message.direction == "in", models.Message.phone == BUYER)
    assert said["context"] == {"message_id": asked.wamid}
    assert ["passed it on" in words(each) for each in to(sent, OPERATOR)] == [True]
    assert "shop_wrote" in shop.kinds(shop.one(models.Order).id)
    (back,) = to(shop.hear("Great, thanks", sender=BUYER, reply_to=said["wamid"]), OPERATOR)
    assert "Great, thanks" in words(back)
    assert to(shop.hear("See you then", reply_to=back["wamid"]), BUYER)


def test_outside_the_window_the_operator_is_told_the_buyer_s_number(shop: Shop) -> None:
    told = question(shop)
    shop.clock.forward(hours=25)
    sent = shop.hear("Yes, in ten minutes", reply_to=told["wamid"])
    assert to(sent, BUYER) == []
    (answer,) = to(sent, OPERATOR)
    assert "+33 6 12 34 56 78" in words(answer)
    assert "24 hours" in words(answer)


def test_after_stop_nothing_is_passed_on(shop: Shop) -> None:
    told = question(shop)
    shop.hear("STOP", sender=BUYER)
    sent = shop.hear("Yes, in ten minutes", reply_to=told["wamid"])
    assert to(sent, BUYER) == []
    assert "no more messages" in words(to(sent, OPERATOR)[0])
    assert "+33 6 12 34 56 78" in words(to(sent, OPERATOR)[0])


def test_a_reply_that_whatsapp_does_not_deliver_is_told(shop: Shop) -> None:
    told = question(shop)
    (said,) = to(shop.hear("Yes, in ten minutes", reply_to=told["wamid"]), BUYER)
    shop.status(said["wamid"], "failed", errors=[{"code": 131047, "title": "Re-engagement message"}])
    assert "+33 6 12 34 56 78" in words(shop.place.sent[-1])
    assert shop.place.sent[-1]["to"] == OPERATOR


@pytest.mark.parametrize("button", ["say", "do"])
def test_a_reply_that_is_a_command_too_is_asked_about(shop: Shop, button: str) -> None:
    told = question(shop, "When is it ready?")
    (asked,) = shop.hear("Today", reply_to=told["wamid"])  # LIST, in English
    assert buttons(asked) == ["say", "do"]
    sent = shop.tap(asked, button)
    assert [words(each) for each in to(sent, BUYER)] == ([] if button == "do" else [words(to(sent, BUYER)[0])])
    assert ("Today's orders" in words(to(sent, OPERATOR)[0])) == (button == "do")
    assert ("“Today”" in str([words(each) for each in to(sent, BUYER)])) == (button == "say")


def test_a_command_about_the_order_is_done_when_it_is_meant(shop: Shop) -> None:
    told = question(shop, "Please cancel it")
    (asked,) = shop.hear("CANCEL", reply_to=told["wamid"])
    (sure,) = shop.tap(asked, "do")
    shop.tap(sure, "1")
    assert shop.one(models.Order).state == "cancelled"


def test_an_answer_that_is_no_reply_is_offered_to_the_buyer_for_ten_minutes(shop: Shop) -> None:
    question(shop)
    (asked,) = shop.hear("Yes, in ten minutes")
    assert "do not understand" in words(asked)
    (said,) = to(shop.tap(asked, buttons(asked)[0]), BUYER)
    assert "“Yes, in ten minutes”" in words(said)
    shop.clock.forward(minutes=11)
    (refused,) = shop.hear("Yes, in ten minutes")
    assert refused["type"] == "text"


def test_no_card_number_is_passed_on(shop: Shop) -> None:
    told = question(shop)
    sent = shop.hear("use 4242 4242 4242 4242", reply_to=told["wamid"])
    assert to(sent, BUYER) == []
    assert "Never write a card number" in words(to(sent, OPERATOR)[0])


def test_only_the_operator_who_was_told_replies(shop: Shop) -> None:
    told = question(shop)
    assert to(shop.hear("Yes", sender=STRANGER, reply_to=told["wamid"]), BUYER) == []
    (confirmed,) = [each for each in shop.hear("11 EUR") if each["to"] == OPERATOR]
    (refused,) = shop.hear("Yes", reply_to=confirmed["wamid"])
    assert "do not understand" in words(refused)


def test_the_buyer_s_name_is_shown_beside_the_phone(shop: Shop) -> None:
    shop.hear("HELP")
    shop.order(language="en")
    message = {"id": "wamid.N", "from": BUYER[1:], "timestamp": "0", "type": "text", "text": {"body": "Is it ready?"}}
    contact = {"wa_id": BUYER[1:], "profile": {"name": "Camille\u202e \n" + "x" * 90}}
    inbox.keep_whatsapp(
        shop.context, shop.id, [inbound.Event("wamid.N", shop.number(), {"message": message, "contact": contact})]
    )
    shop.drain()
    told = words(to(shop.place.sent, OPERATOR)[-1])
    assert told.startswith("Camille x")
    assert "+33 6 12 34 56 78 writes: “Is it ready?”" in told
    assert "\u202e" not in told
