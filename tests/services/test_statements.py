"""What one event asks of the database, from the door to the last row that it brought about: no more than stands here. Who adds a statement
to one of them raises its figure, and that in docs/contributor/statements.md.

Claims are left out, which up to twenty rows share, and so is SQLite's BEGIN. Each event is the second of its kind. `alone` are statements
that SQLite asks besides: lines of one timeline that are written together are one INSERT on PostgreSQL.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event

from tests.kit import ASKS, BUYER, OPERATOR, Shop
from webapp.db import models
from webapp.domain.states import State
from webapp.domain.statuses import MessageState
from webapp.gateways.base import Notification
from webapp.services import inbox
from webapp.services.payments import checkout
from webapp.whatsapp import inbound

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.both_databases
ORDER = f"10 EUR {BUYER} REGISTER buyer@example.com ORDER=C{{}}"


@contextlib.contextmanager
def asks(shop: Shop, number: int, *, alone: int = 0) -> Iterator[None]:
    """What is asked of the database in here is so many statements."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("WITH chosen", "BEGIN")):
            found.append(" ".join(statement.split())[:150])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    expected = number + alone * shop.context.database.is_sqlite
    assert len(found) == expected, "\n".join(f"{place}. {each}" for place, each in enumerate(found, start=1))


def stored(shop: Shop, name: str, text: str) -> inbound.Event:
    """What an operator writes, as the door has it."""
    message = {"id": name, "from": OPERATOR[1:], "type": "text", "text": {"body": text}}
    message["timestamp"] = str(int(shop.clock().timestamp()))
    return inbound.Event(name, shop.number(), {"message": message, "contact": {}})


def hears(shop: Shop, event: inbound.Event) -> None:
    """The shop hears it and says all that it has to say."""
    inbox.keep_whatsapp(shop.context, shop.id, [event])
    shop.work(models.InboxEvent)
    while shop.work(models.Message):
        pass


def taken(shop: Shop) -> str:
    """The intent of an order that was paid at the gateway, which nobody here knows yet."""
    order = shop.order()
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    return shop.get(order).intent or ""


def test_an_order_by_chat(shop: Shop) -> None:
    first, second = stored(shop, "1", ORDER.format(1)), stored(shop, "2", ORDER.format(2))
    hears(shop, first)
    with asks(shop, 31, alone=1):
        hears(shop, second)
    sent = shop.all(models.Message, models.Message.state == MessageState.SENT)
    assert sorted(each.purpose for each in sent) == ["confirmation", "confirmation", "request", "request"]


def test_a_message_that_is_refused(shop: Shop) -> None:
    first, second = stored(shop, "1", "10 EUR 0612"), stored(shop, "2", "10 EUR 0612")
    hears(shop, first)
    with asks(shop, 13):
        hears(shop, second)


def test_how_far_a_message_got(shop: Shop) -> None:
    hears(shop, stored(shop, "1", ORDER.format(1)))
    request = shop.one(models.Message, models.Message.purpose == "request")
    told = {"id": request.wamid, "status": "delivered", "timestamp": "1", "recipient_id": BUYER[1:]}
    event = inbound.Event("delivered", shop.number(), {"status": told})
    with asks(shop, 12):
        inbox.keep_whatsapp(shop.context, shop.id, [event])
        shop.work(models.InboxEvent)
    assert shop.one(models.Message, models.Message.id == request.id).state == MessageState.DELIVERED


def test_news_of_a_payment_and_the_same_again(shop: Shop) -> None:
    checkout.follow(shop.context, shop.id, taken(shop))
    intent = taken(shop)
    with asks(shop, 16, alone=1):
        checkout.follow(shop.context, shop.id, intent)
    with asks(shop, 3):
        checkout.follow(shop.context, shop.id, intent)


def test_news_of_a_payment_by_webhook_and_the_same_again(shop: Shop) -> None:
    checkout.follow(shop.context, shop.id, taken(shop))
    intent = taken(shop)
    for number, alone, name in ((19, 1, "evt_1"), (6, 0, "evt_2")):
        with asks(shop, number, alone=alone):
            inbox.keep_gateway(shop.context, shop.id, Notification(name, "payment_intent.succeeded", intent, None))
            shop.work(models.InboxEvent)
    assert {each.state for each in shop.all(models.Order)} == {State.PAID}
