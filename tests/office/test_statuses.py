"""How what belongs to an order stands, in words: every state in every language, and on the order's page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import webapp
from tests.kit import DECLINED
from tests.office.forms import enter
from webapp import i18n
from webapp.domain import amounts
from webapp.domain.actions import Action
from webapp.domain.callback_types import CallbackType
from webapp.domain.scopes import Scope
from webapp.domain.statuses import AliasStatus, AttemptState, CallbackState, MessageState
from webapp.office import connect_words, import_words, statuses
from webapp.services.orders import import_lines
from webapp.services.payments import aliases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import StrEnum

    from flask import Flask

    from tests.kit import Shop
    from webapp.i18n import Texts


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_state_has_words_in_every_language(language: str) -> None:
    t, english = i18n.texts(language, i18n.HOMES[language]), i18n.texts("en", "GB")
    ways: tuple[tuple[Callable[[Texts], Mapping[Any, str]], type[StrEnum]], ...] = (
        (statuses.attempts, AttemptState),
        (statuses.messages, MessageState),
        (statuses.aliases, AliasStatus),
        (lambda each: statuses.callbacks(each, 2), CallbackState),
        (statuses.callback_states, CallbackState),
        (connect_words.types, CallbackType),
        (connect_words.scopes, Scope),
    )
    for words, states in ways:
        told = words(t)
        assert told.keys() == set(states)
        assert all(told.values())
        if language != "en":
            assert not set(told.values()) & set(words(english).values())


CODES = (
    re.compile(r'(?:LineError|Invalid|wrong)\((?:[^()"]|\([^()]*\)|"(?:reference|buyer\.phone)", )*?"([a-z_0-9]+)"'),
    re.compile(r'_one_of\(.*"([a-z_]+)"\)'),
)
"""Of what is wrong with a file of orders."""


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_is_wrong_with_a_file_of_orders_has_words_in_every_language(language: str) -> None:
    t, english = i18n.texts(language, "FR"), i18n.texts("en", "FR")
    code = "".join(
        path.read_text("utf-8") for path in Path(str(webapp.__path__[0])).glob("services/orders/import_*.py")
    )
    codes = {
        *(found for each in CODES for found in each.findall(code)),
        *import_lines.PLACES,
        *import_lines.AMOUNTS,
        *amounts.Fault,
        *("bad_metadata", "odd_email", "reference_too_long", "amount_too_small", "missing", "repeated_reference"),
        *("too_old", "buyer_erased"),
    } - {*import_lines.COLUMNS}
    assert len(codes) > 40
    words = import_words.errors(t, "FR")
    assert codes - words.keys() == set()
    if language != "en":
        same = {code for code, text in import_words.errors(english, "FR").items() if words[code] == text}
        assert same == set()


def test_the_page_tells_each_try_the_request_and_a_card_that_was_removed(app: Flask, shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY, send=True)
    shop.drain()
    shop.pay(order, DECLINED)
    shop.pay(order)
    page = enter(app, shop).get(f"/office/orders/{order}").text
    assert page.index("Succeeded</span>") < page.index("Declined</span>")  # the newest first
    assert "<dt>Payment request</dt><dd>Sent</dd>" in page
    aliases.revoke(shop.context, shop.id, shop.get(order).alias_id or "")
    assert "<dd>Card no longer saved</dd>" in enter(app, shop).get(f"/office/orders/{order}").text
