"""Each field of each type of message, from an operator and from a buyer, and of the statuses: as texts, keys and numbers."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.canaries import SPELLINGS, VISA
from tests.doors import registry
from tests.doors.documents import everywhere, variants
from tests.hooks.posts import whatsapp_post
from tests.kit import BUYER, OPERATOR, STRANGER
from webapp.db import models
from webapp.domain import cards
from webapp.whatsapp import grammar
from webapp.whatsapp.grammar import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def send(app: Flask, shop: Shop, told: str, items: list[dict[str, Any]], contacts: list[dict[str, Any]]) -> None:
    """Through the door, as Meta does: 500 in one body."""
    head = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": shop.number()}, "contacts": contacts}
    for start in range(0, len(items), 500):
        value = {**head, told: items[start : start + 500]}
        body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
        assert whatsapp_post(app, body).status_code == 200


def heads(shop: Shop) -> Iterator[dict[str, str]]:
    """Of messages that differ in their ids and in who writes."""
    for number in itertools.count():
        sender = (OPERATOR, BUYER, STRANGER)[number % 3]
        yield {"id": f"wamid.{number:09}", "from": sender[1:], "timestamp": str(int(shop.clock().timestamp()))}


def test_no_field_of_any_type_of_message_keeps_a_number(
    app: Flask, shop: Shop, nothing_is_left: Callable[[], None]
) -> None:
    shop.order(send=True)
    shop.drain()
    head = heads(shop)
    messages = [
        {**next(head), "type": kind, **told} for kind, sample in registry.MESSAGES.items() for told in variants(sample)
    ]
    send(app, shop, "messages", messages, [])
    assert len(shop.all(models.InboxEvent)) == len(messages) > 150
    nothing_is_left()
    for _ in range(6):
        shop.drain()
        shop.clock.forward(minutes=10)
    assert [event.error for event in shop.all(models.InboxEvent) if event.error] == []
    nothing_is_left()


def test_no_spelling_is_kept_in_any_field(app: Flask, shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    head, kinds = heads(shop), itertools.cycle(registry.MESSAGES.items())
    messages = [
        {**next(head), "type": kind, **everywhere(sample, text)}
        for text, (kind, sample) in zip(SPELLINGS.values(), kinds, strict=False)
    ]
    send(app, shop, "messages", messages, [])
    assert len(shop.all(models.InboxEvent)) == len(SPELLINGS)
    nothing_is_left()


def test_what_a_buyer_writes_reaches_the_shop_without_the_number(
    app: Flask, shop: Shop, nothing_is_left: Callable[[], None]
) -> None:
    shop.hear("HELP")
    shop.order(send=True)
    shop.drain()
    head = {"from": BUYER[1:], "timestamp": str(int(shop.clock().timestamp())), "type": "text"}
    bodies = ["my card: +4242 4242 4242 4242 exp 12/30 cvc 123", "is it open today?"]
    texts = [{**head, "id": f"wamid.{number}", "text": {"body": body}} for number, body in enumerate(bodies)]
    send(app, shop, "messages", texts, [])
    shop.drain()
    told = [str(message) for message in shop.place.sent if message["to"] == OPERATOR]
    assert any("my card" in text for text in told)
    assert any("is it open today?" in text for text in told)
    nothing_is_left()


def test_an_operator_who_writes_a_number_is_told_not_to(shop: Shop) -> None:
    context = grammar.Context("FR", "EUR")
    for text in SPELLINGS.values():
        for written in (text, cards.hidden(text)):  # as it is typed, and as it is kept
            reading = grammar.read(f"10 EUR +33612345678 {written}"[: tokens.LONGEST_MESSAGE], context)
            assert isinstance(reading, grammar.Refused)
            assert reading.code == grammar.Refusal.CARD_NUMBER, text
    (answer,) = shop.hear("10 EUR +33612345678 +4242 4242 4242 4242 exp 12/30 cvc 123")
    assert "Never write a card number" in str(answer)


def test_no_field_of_the_sender_s_card_or_of_a_status_keeps_a_number(
    app: Flask, shop: Shop, nothing_is_left: Callable[[], None]
) -> None:
    shop.order(send=True)
    shop.drain()
    wamid = shop.place.sent[-1]["wamid"]
    contact = {
        "profile": {"name": "Sheena", "username": "sheena"},
        "wa_id": BUYER[1:],
        "user_id": "FR.1349120865530274",
    }
    head = heads(shop)
    for card in variants(contact):
        send(app, shop, "messages", [{**next(head), "type": "text", "text": {"body": "hello"}}], [card])
    # One id can only be told of once with each word: so each is of another message but the last.
    statuses = [
        {"id": f"wamid.S{number}", "timestamp": "1750263773", "status": "failed", **told}
        for number, told in enumerate(variants(registry.STATUS))
    ]
    for text in SPELLINGS.values():
        statuses.append({"id": f"wamid.T{len(statuses)}", "timestamp": text, "status": text, **registry.STATUS})
    statuses.append(
        statuses[-1] | {"id": wamid, "status": "failed", "errors": everywhere(registry.STATUS["errors"], VISA)}
    )
    send(app, shop, "statuses", statuses, [])
    shop.drain()
    nothing_is_left()
    failed = shop.one(models.Message, models.Message.wamid == wamid)
    assert (failed.state, "••••" in failed.error) == ("failed", True)


def test_meta_s_own_identifiers_stay_as_they_are(app: Flask, shop: Shop) -> None:
    """In the form that Meta gives them, though their digits would make a card number: two people must not become one. Of a text in
    the same form, and of a field of that name in another form, nothing stays."""
    user = f"US.{VISA}"
    head = {"id": f"wamid.{VISA}", "from": BUYER[1:], "from_user_id": user, "timestamp": "1750263773"}
    context = {"id": f"wamid.A{VISA}", "from": VISA}
    send(app, shop, "messages", [{**head, "context": context, "type": "text", "text": {"body": user}}], [])
    message = shop.one(models.InboxEvent).payload["message"]
    assert (message["id"], message["from_user_id"], message["context"]["id"]) == (head["id"], user, context["id"])
    assert VISA not in message["text"]["body"] + message["context"]["from"]
