"""Messages that are edited or deleted: what came of them stands, and an operator hears so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, STRANGER, Shop, buttons, text
from webapp.db import models

pytestmark = pytest.mark.wording


def changed(shop: Shop, kind: str, original: str, *, sender: str = OPERATOR) -> list[dict[str, Any]]:
    more = {"message": {"type": "text", "text": {"body": "20 EUR"}}} if kind == "edit" else {}
    return shop.receive({"type": kind, kind: {"original_message_id": original, **more}}, sender=sender)


def heard(shop: Shop, number: int = 0) -> str:
    return str(shop.all(models.Message, models.Message.direction == "in")[number].wamid)


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_who_changes_the_message_that_made_an_order_may_cancel_it_by_a_button(shop: Shop, kind: str) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    (question,) = changed(shop, kind, heard(shop))
    assert "stands" in text(question)
    assert "A12" in text(question)
    assert shop.one(models.Order).state == "open"
    shop.tap(question, buttons(question)[0])
    assert shop.one(models.Order).state == "cancelled"
    (answer,) = changed(shop, kind, heard(shop))
    assert answer["type"] == "text"
    assert "stands" in text(answer)


def test_an_order_that_was_asked_about_first_is_known_by_its_message(shop: Shop) -> None:
    (question,) = shop.hear(f"1,250 EUR {BUYER}")
    command = heard(shop)
    shop.tap(question, buttons(question)[1])
    (answer,) = changed(shop, "edit", command)
    assert "stands" in text(answer)
    assert len(buttons(answer)) == 1


def test_an_edit_of_a_message_that_made_nothing_is_said_not_to_be_read(shop: Shop) -> None:
    shop.hear("10 EUR 0612")
    (answer,) = changed(shop, "edit", heard(shop))
    assert "send it anew" in text(answer)
    assert shop.all(models.Order) == []
    assert changed(shop, "revoke", heard(shop)) == []


def test_a_message_about_an_order_offers_no_cancellation(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    shop.hear("STATUS A12")
    wamid = shop.all(models.Message, models.Message.body["text"].as_string() == "STATUS A12")[0].wamid
    (answer,) = changed(shop, "revoke", wamid)
    assert answer["type"] == "text"


@pytest.mark.parametrize("sender", [BUYER, STRANGER])
@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_what_anybody_else_changes_stays_unanswered(shop: Shop, kind: str, sender: str) -> None:
    shop.hear(f"10 EUR {BUYER}")
    shop.hear("hello", sender=sender)
    assert changed(shop, kind, heard(shop), sender=sender) == []
    assert shop.one(models.Order).state == "open"


@pytest.mark.parametrize("sender", [OPERATOR, BUYER, STRANGER])
def test_a_chat_that_is_opened_stays_unanswered(shop: Shop, sender: str) -> None:
    assert shop.receive({"type": "request_welcome"}, sender=sender) == []


@pytest.mark.parametrize("kind", ["unsupported", "order", "location", "hologram"])
def test_any_other_type_is_said_not_to_be_text(shop: Shop, kind: str) -> None:
    (answer,) = shop.receive({"type": kind}, sender=OPERATOR)
    assert "only read text" in text(answer)
