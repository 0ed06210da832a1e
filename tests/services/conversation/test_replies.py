"""Answers made of several parts, as they are seen where words run from the right."""

from __future__ import annotations

import re

import pytest

from tests.directions import FROM_THE_RIGHT, seen
from tests.kit import BUYER
from webapp import i18n
from webapp.db import models
from webapp.domain import phone
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.gateways.base import Capability
from webapp.services.conversation import replies
from webapp.services.notifications import merchant_texts
from webapp.whatsapp import messages
from webapp.whatsapp.grammar import CreateOrder

SPACED = phone.spaced(BUYER)
URL = "https://pay.example.com/p/aZ09"
WISH = CreateOrder(Action.PAYMENT, amount=Money(1000, "EUR"), phone=BUYER, text="2 pizzas", reference="A12-(3)")


def order(**values: object) -> models.Order:
    return models.Order(
        **{"action": "PAYMENT", "amount": 1000, "currency": "EUR", "description": "2 pizzas", "reference": "A12-(3)"}
        | values
    )


@pytest.mark.parametrize("base", ["R", None], ids=["whole", "lines"])
@pytest.mark.parametrize("language", FROM_THE_RIGHT)
def test_a_phone_and_what_else_runs_from_the_left_is_seen_as_it_was_written(language: str, base: str | None) -> None:
    t = i18n.texts(language, "IL")
    subject = ["2 pizzas", "A12-(3)"]
    for told, parts in (
        (replies.wish(t, WISH, None), [SPACED, *subject]),
        (replies.how_much(t, BUYER, "דנה", "EUR"), [SPACED, "10 EUR"]),
        (replies.how_much(t, BUYER, "", "EUR"), [SPACED, "10 EUR"]),
        (
            replies.help_(t, BUYER, "EUR", frozenset(Capability)),
            [f"10 EUR {BUYER}", "REGISTER buyer@example.com", "EXTEND 3", f"LANGUAGE {language}"],
        ),
        (
            replies.refusal(t, "bad_phone", "+33 6 12", f"10 EUR {BUYER} ORDER=A12"),
            ["+33 6 12", f"10 EUR {BUYER} ORDER=A12"],
        ),
        (merchant_texts.confirmation(t, order(), BUYER, URL, "", sent=BUYER), [SPACED, *subject, URL]),
        (merchant_texts.confirmation(t, order(amount=None), BUYER, URL, "", sent=None), [SPACED, *subject, URL]),
        (merchant_texts.undelivered(t, order(), BUYER, URL), [SPACED, *subject, URL]),
        (merchant_texts.page_differs(t, URL), [URL]),
    ):
        shown = seen(messages.clean(told), base)
        assert [part for part in parts if not any(part in line for line in shown)] == [], shown


@pytest.mark.parametrize("language", FROM_THE_RIGHT)
def test_parts_of_a_line_follow_each_other_from_the_right(language: str) -> None:
    line = seen(replies.wish(i18n.texts(language, "IL"), WISH, None), "R")[0]
    assert line.index(SPACED) < line.index("A12-(3)") < line.index("2 pizzas") < line.index("10.00")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_mark_clings_to_a_link(language: str) -> None:
    t = i18n.texts(language, "FR")
    for told in (
        merchant_texts.page_differs(t, URL),
        merchant_texts.stranger(t, "Shop", URL),
        merchant_texts.undelivered(t, order(), BUYER, URL),
    ):
        assert re.search(URL + "[\u200e\u200f]", told) is None


@pytest.mark.parametrize("language", sorted({*i18n.LANGUAGES} - {*FROM_THE_RIGHT}))
def test_words_from_the_left_take_no_marks(language: str) -> None:
    assert not {"\u200e", "\u200f"} & set(replies.wish(i18n.texts(language, "FR"), WISH, None))
