"""Contacts that WhatsApp has resolved: its number decides, and only a text that can be nobody but another is asked about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import OPERATOR, Shop, buttons, text
from webapp.db import models

pytestmark = pytest.mark.wording

BELGIAN = "32470123456"


def contact(*phones: dict[str, str]) -> dict[str, Any]:
    return {"type": "contacts", "contacts": [{"name": {"formatted_name": "Camille"}, "phones": list(phones)}]}


@pytest.mark.parametrize(
    ("written", "wa_id", "number"),
    [
        ("0470 12 34 56", BELGIAN, "+32 470 12 34 56"),  # a valid number of the shop's own country, too
        ("+32 470 12 34 56", BELGIAN, "+32 470 12 34 56"),
        ("Camille's phone", BELGIAN, "+32 470 12 34 56"),
        ("011 15-2345-6789", "5491123456789", "+54 9 11 2345-6789"),
        ("+54 11 2345-6789", "5491123456789", "+54 9 11 2345-6789"),
        ("+52 1 55 1234 5678", "5215512345678", "+52 55 1234 5678"),
        ("(11) 98765-4321", "551187654321", "+55 11 98765-4321"),
        ("06 12 34 56 78", "33612345678", "+33 6 12 34 56 78"),
        ("06 12 34 56 78", "not a number", "+33 6 12 34 56 78"),
    ],
)
def test_the_number_that_whatsapp_has_found_is_asked_about(shop: Shop, written: str, wa_id: str, number: str) -> None:
    (question,) = shop.receive(contact({"phone": written, "wa_id": wa_id}), sender=OPERATOR)
    assert f"How much for Camille {number}?" in text(question).replace("\u2068", "").replace("\u2069", "")


def test_where_text_and_whatsapp_name_two_people_both_are_offered(shop: Shop) -> None:
    (question,) = shop.receive(contact({"phone": "+33 6 12 34 56 78", "wa_id": BELGIAN}), sender=OPERATOR)
    assert "Which number?" in text(question)
    titles = [each["reply"]["title"] for each in question["interactive"]["action"]["buttons"]]
    assert titles == ["+32 470 12 34 56", "06 12 34 56 78"]
    assert shop.all(models.Order) == []
    (question,) = shop.tap(question, buttons(question)[1])
    assert "+33 6 12 34 56 78" in text(question)


def test_one_person_twice_on_a_card_is_asked_about_once(shop: Shop) -> None:
    phones = ({"phone": "+52 55 1234 5678"}, {"phone": "+52 1 55 1234 5678", "wa_id": "5215512345678"})
    (question,) = shop.receive(contact(*phones), sender=OPERATOR)
    assert "How much" in text(question)
