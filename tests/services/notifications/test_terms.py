"""What a request says before its page is opened: that the card is saved, that the money is held first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import BUYER, Shop, text
from webapp import i18n
from webapp.domain.actions import Action

SAVED, MAY, HELD = "Your card is saved", "you may choose to have your card saved", "held on your card at first"


def terms(shop: Shop, action: Action, **more: Any) -> tuple[str, str]:
    """The request's template, and what it says that paying means besides."""
    shop.order(action, send=True, **more)
    shop.drain()
    (request,) = [each["template"] for each in shop.place.sent if each["to"] == BUYER]
    values = [each["text"] for each in request["components"][0]["parameters"]]
    return request["name"], values[3] if len(values) > 3 else ""


@pytest.mark.parametrize(
    ("action", "hold", "name", "says"),
    [
        (Action.PAYMENT, False, "ordo_payment_request", ()),
        (Action.PAYMENT, True, "ordo_terms_request", (HELD,)),
        (Action.REGISTER_PAY, False, "ordo_terms_request", (SAVED,)),
        (Action.REGISTER_PAY, True, "ordo_terms_request", (HELD, SAVED)),
        (Action.ASK_REGISTER_PAY, False, "ordo_terms_request", (MAY,)),
        (Action.ASK_REGISTER_PAY, True, "ordo_terms_request", (HELD, MAY)),
        (Action.REGISTER, False, "ordo_register_request", ()),
    ],
)
def test_a_request_names_what_paying_means_besides(
    shop: Shop, action: Action, hold: bool, name: str, says: tuple[str, ...]
) -> None:
    template, said = terms(shop, action, manual_capture=hold, language="en")
    assert (template, [each for each in (HELD, SAVED, MAY) if each in said]) == (name, list(says))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_it_fits_in_every_language(shop: Shop, language: str) -> None:
    """Uncut, though it is the longest there is."""
    _, said = terms(shop, Action.REGISTER_PAY, manual_capture=True, language=language)
    assert 40 < len(said) < 400
    assert not said.endswith("…")


def test_the_offer_of_a_saved_card_says_that_the_money_is_held_first(shop: Shop) -> None:
    shop.pay(shop.order(Action.REGISTER, language="en"))
    shop.drain()
    shop.order(manual_capture=True, language="en")
    (offer,) = shop.hear("pay", sender=BUYER)
    assert HELD in text(offer)
