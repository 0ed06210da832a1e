"""Wallets: what one leaves behind is named for what it is, everywhere."""

from __future__ import annotations

import pytest

from tests.kit import ASKS_ALWAYS, DECLINED, Shop
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.services.notifications import merchant_texts
from webapp.services.payments import aliases

NAMED = "Visa ••42 (Apple Pay)"


def paid_by_wallet(
    shop: Shop, action: Action = Action.PAYMENT, *, save: bool = False, wallet: str = "apple_pay"
) -> str:
    order = shop.order(action)
    shop.pay(order, token=shop.wallet_token(wallet=wallet), save=save)
    return order


@pytest.mark.parametrize(
    ("action", "save", "kept"),
    [
        (Action.PAYMENT, False, 0),
        (Action.REGISTER, False, 1),
        (Action.REGISTER_PAY, False, 1),
        (Action.ASK_REGISTER_PAY, True, 1),
        (Action.ASK_REGISTER_PAY, False, 0),
    ],
)
def test_a_wallet_completes_every_action_and_saves_by_the_same_rules(
    shop: Shop, action: Action, save: bool, kept: int
) -> None:
    order = paid_by_wallet(shop, action, save=save)
    assert shop.state(order) == ("registered" if action is Action.REGISTER else "paid")
    assert (len(shop.all(models.Alias)), len(shop.all(models.Consent))) == (kept, kept)
    assert [alias.wallet for alias in shop.all(models.Alias)] == ["apple_pay"] * kept


def test_the_alias_of_a_wallet_is_another_than_that_of_the_card_behind_it(shop: Shop) -> None:
    by_wallet, again = paid_by_wallet(shop, Action.REGISTER), paid_by_wallet(shop, Action.REGISTER)
    by_hand, elsewhere = shop.order(Action.REGISTER), paid_by_wallet(shop, Action.REGISTER, wallet="google_pay")
    shop.pay(by_hand)
    assert shop.get(by_wallet).alias_id == shop.get(again).alias_id
    assert len({shop.get(order).alias_id for order in (by_wallet, by_hand, elsewhere)}) == 3


def test_a_card_typed_in_behind_a_wallet_s_alias_is_no_longer_called_by_it(shop: Shop) -> None:
    paid_by_wallet(shop, Action.REGISTER)
    alias = shop.one(models.Alias)
    renewal = aliases.renew(shop.context, shop.id, alias.id).id
    shop.pay(renewal)
    assert (shop.one(models.Alias).id, shop.one(models.Alias).wallet) == (alias.id, None)


def test_callback_and_chat_name_the_wallet(shop: Shop) -> None:
    order = paid_by_wallet(shop, Action.REGISTER_PAY)
    shop.drain()
    (told,) = shop.callbacks(order)
    assert (told["data"]["card"]["wallet"], told["data"]["alias"]["wallet"]) == ("apple_pay", "apple_pay")
    assert NAMED in str(shop.place.sent)
    assert merchant_texts.saved_card(shop.one(models.Alias)) == NAMED


def test_what_a_wallet_saved_is_charged_again(shop: Shop) -> None:
    source = paid_by_wallet(shop, Action.REGISTER_PAY)
    order = aliases.charge(shop.context, shop.id, source, Money(500, "EUR")).id
    shop.drain()
    assert (shop.state(order), shop.charges()) == ("paid", [500, 1000])
    assert (shop.get(order).card or {})["wallet"] == "apple_pay"


def test_a_declined_wallet_and_then_a_card_are_two_tries_of_one_intent(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, token=shop.wallet_token(DECLINED))
    assert shop.state(order) == "open"
    shop.pay(order)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])
    assert (shop.get(order).card or {})["wallet"] is None


def test_a_bank_may_ask_behind_a_wallet_too(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, token=shop.wallet_token(ASKS_ALWAYS, "google_pay"))
    assert shop.state(order) == "processing"
    shop.answer_bank(order, "passed")
    shop.later(seconds=31)
    assert (shop.state(order), (shop.get(order).card or {})["wallet"]) == ("paid", "google_pay")


@pytest.mark.parametrize(
    ("wallet", "named"),
    [
        (None, "Visa ••42"),
        ("apple_pay", NAMED),
        ("google_pay", "Visa ••42 (Google Pay)"),
        ("link", "Visa ••42 (Link)"),
        ("a_wallet_of_next_year", "Visa ••42 (A Wallet Of Next Year)"),
    ],
)
def test_a_card_is_named_with_its_wallet(wallet: str | None, named: str) -> None:
    assert merchant_texts.card({"brand": "visa", "last4": "4242", "wallet": wallet}) == named


def test_a_card_of_before_wallets_is_named_as_ever() -> None:
    assert merchant_texts.card({"brand": "visa", "last4": "4242"}) == "Visa ••42"
