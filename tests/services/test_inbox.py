"""Stored webhooks, and the delivery of our own messages that they tell of."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, Shop
from webapp.db import models
from webapp.services import inbox
from webapp.whatsapp import inbound

HELLO = {
    "message": {"id": "wamid.1", "from": OPERATOR[1:], "timestamp": "0", "type": "text", "text": {"body": "HELP"}},
    "contact": {},
}


def test_a_message_to_another_number_of_the_app_is_not_this_merchant_s(shop: Shop) -> None:
    assert inbox.keep_whatsapp(shop.context, shop.id, [inbound.Event("wamid.1", "another", HELLO)]) == 0


def request(shop: Shop) -> tuple[str, str]:
    """An order whose link was sent: its id, and the message's id at WhatsApp."""
    order = shop.order(send=True)
    shop.drain()
    return order, shop.place.sent[-1]["wamid"]


def delivery(shop: Shop) -> str:
    return str(shop.one(models.Message, models.Message.purpose == "request").state)


def test_a_message_that_comes_twice_is_stored_and_answered_once(shop: Shop) -> None:
    event = inbound.Event("wamid.1", shop.number(), HELLO)
    assert [inbox.keep_whatsapp(shop.context, shop.id, [event]) for _ in range(3)] == [1, 0, 0]
    shop.drain()
    assert inbox.keep_whatsapp(shop.context, shop.id, [event]) == 0
    shop.drain()
    assert len(shop.place.sent) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])))
def test_a_status_never_moves_backwards(shop: Shop, order: tuple[str, ...]) -> None:
    _, wamid = request(shop)
    for word in order:
        shop.status(wamid, word)
    assert delivery(shop) == "read"


def test_a_status_that_overtakes_our_own_record_is_found_by_what_we_sent_along(shop: Shop) -> None:
    shop.place.whatsapp_answers.append((500, {}))  # sent, and we do not know it
    order = shop.order(send=True)
    shop.drain()
    message = shop.one(models.Message)
    shop.status("wamid.unknown", "delivered", biz_opaque_callback_data=message.id)
    assert (delivery(shop), shop.one(models.Message).wamid) == ("delivered", "wamid.unknown")
    assert "delivered" in shop.kinds(order)
    shop.later(minutes=1)
    assert shop.place.sent == []  # and it is not sent a second time


def test_a_link_that_cannot_be_delivered_is_told_to_the_operator_to_forward(shop: Shop) -> None:
    order, wamid = request(shop)
    shop.hear("HELP")
    shop.status(wamid, "failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
    assert delivery(shop) == "failed"
    last = shop.place.sent[-1]
    assert last["to"] == OPERATOR
    assert shop.context.links.url(order, 1) in last["image"]["caption"]
    shop.status(wamid, "delivered")
    assert delivery(shop) == "failed"


def test_whatsapp_that_is_down_delays_a_message_and_does_not_double_it(shop: Shop) -> None:
    shop.place.whatsapp_answers.extend([(503, {}), (429, {})])
    shop.order(send=True)
    shop.drain()
    for _ in range(3):
        shop.later(seconds=10)
    assert [message["to"] for message in shop.place.sent] == [BUYER]
    assert delivery(shop) == "sent"


def test_a_token_that_expired_is_an_alarm_on_the_order_and_tried_again(shop: Shop) -> None:
    shop.place.whatsapp_answers.append((401, {"error": {"code": 190, "message": "token expired"}}))
    order = shop.order(send=True)
    shop.drain()
    assert "alarm" in shop.kinds(order)
    shop.later(seconds=3)
    assert delivery(shop) == "sent"


def test_what_cannot_be_worked_on_is_kept_with_its_reason_and_tried_again(shop: Shop) -> None:
    inbox.keep_whatsapp(shop.context, shop.id, [inbound.Event("odd", shop.number(), {"neither": 1})])
    shop.drain()
    event = shop.one(models.InboxEvent)
    assert event.error
    assert event.due_at > shop.clock()


@pytest.mark.parametrize(
    "odd",
    [
        {"from": None, "from_user_id": "FR." + "1" * 60},
        {"id": "wamid." + "x" * 300},
        {"context": {"id": "wamid." + "x" * 300}},
    ],
    ids=["user id", "wamid", "context"],
)
def test_ids_longer_than_any_that_were_seen_are_worked_on(shop: Shop, odd: dict[str, Any]) -> None:
    message = {name: value for name, value in {**HELLO["message"], **odd}.items() if value is not None}
    event = inbound.Event("wamid.1", shop.number(), {"message": message, "contact": {}})
    inbox.keep_whatsapp(shop.context, shop.id, [event])
    shop.drain()
    assert (shop.one(models.InboxEvent).error, len(shop.place.sent)) == (None, 1)
