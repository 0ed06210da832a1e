"""How what belongs to an order stands, in words: every state in every language, and on the order's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import DECLINED
from tests.office.forms import enter
from webapp import i18n
from webapp.domain.actions import Action
from webapp.domain.callback_types import CallbackType
from webapp.domain.scopes import Scope
from webapp.domain.statuses import AliasStatus, AttemptState, CallbackState, MessageState
from webapp.office import connect_words, statuses
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
