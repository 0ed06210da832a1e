"""Paying and registering, with the sandbox's gateway behind."""

from __future__ import annotations

import pytest

from tests.kit import ASKS, CONSENT, DECLINED, WORKS, Shop
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, NotSent
from webapp.domain.outcome import ActionNeeded, Declined, Done
from webapp.services.payments import checkout

END = {
    Action.PAYMENT: ("paid", [1000], 0),
    Action.REGISTER: ("registered", [], 1),
    Action.REGISTER_PAY: ("paid", [1000], 1),
    Action.ASK_REGISTER_PAY: ("paid", [1000], 1),  # where the box is ticked
}
each_action = pytest.mark.parametrize("action", Action)


def ended_well(shop: Shop, order: str, action: Action) -> None:
    """One success, one charge at most, one callback, and an alias where the action keeps one."""
    state, charges, aliases = END[action]
    assert shop.state(order) == state
    assert shop.charges() == charges
    assert len(shop.ledger()["intents"]) == 1
    assert len(shop.all(models.Alias)) == aliases
    assert [told["type"] for told in shop.callbacks(order)] == [f"order.{state}"]


@each_action
def test_a_card_that_works(shop: Shop, action: Action) -> None:
    order = shop.order(action)
    assert isinstance(shop.pay(order, save=True), Done)
    ended_well(shop, order, action)
    assert shop.attempts(order) == ["done"]


@each_action
def test_a_declined_card_then_one_that_works(shop: Shop, action: Action) -> None:
    order = shop.order(action)
    assert isinstance(shop.pay(order, DECLINED, save=True), Declined)
    assert (shop.state(order), shop.charges(), shop.callbacks(order)) == ("open", [], [])
    shop.pay(order, WORKS, save=True)
    ended_well(shop, order, action)
    assert shop.attempts(order) == ["declined", "done"]


@each_action
def test_a_bank_that_asks_and_is_answered(shop: Shop, action: Action) -> None:
    order = shop.order(action)
    assert isinstance(shop.pay(order, ASKS, save=True), ActionNeeded)
    assert (shop.state(order), shop.attempts(order)) == ("processing", ["action_needed"])
    shop.answer_bank(order, "passed")
    checkout.resume(shop.context, order)
    ended_well(shop, order, action)


@each_action
@pytest.mark.parametrize("answer", ["failed", "cancelled"])
def test_a_bank_that_asks_and_refuses_opens_the_order_again(shop: Shop, action: Action, answer: str) -> None:
    order = shop.order(action)
    shop.pay(order, ASKS, save=True)
    shop.answer_bank(order, answer)
    checkout.resume(shop.context, order)
    assert (shop.state(order), shop.charges(), shop.all(models.Alias)) == ("open", [], [])
    shop.pay(order, WORKS, save=True)
    ended_well(shop, order, action)


@each_action
def test_a_bank_that_asks_is_left_for_another_card(shop: Shop, action: Action) -> None:
    order = shop.order(action)
    shop.pay(order, ASKS, save=True)
    checkout.another_card(shop.context, order)
    assert (shop.state(order), shop.attempts(order)) == ("open", ["abandoned"])
    shop.pay(order, WORKS, save=True)
    ended_well(shop, order, action)


def test_another_card_is_no_way_round_a_bank_that_has_just_said_yes(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    checkout.another_card(shop.context, order)
    assert shop.state(order) == "paid"


def test_coming_back_from_the_bank_proves_nothing(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    checkout.resume(shop.context, order)
    assert shop.state(order) == "processing"


def test_the_reconciler_finds_what_the_bank_decided_when_the_buyer_never_comes_back(shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY)
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    shop.later(seconds=31)
    ended_well(shop, order, Action.REGISTER_PAY)


def test_a_paid_order_takes_no_second_payment(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    with pytest.raises(Conflict, match="wrong_state"):
        shop.pay(order)
    assert shop.charges() == [1000]


def test_the_last_allowed_try_closes_the_order(shop: Shop) -> None:
    order = shop.order()
    for _ in range(3):
        shop.pay(order, DECLINED)
    assert shop.state(order) == "refused"
    assert [told["type"] for told in shop.callbacks(order)] == ["order.refused"]
    with pytest.raises(Conflict):
        shop.pay(order)


def test_a_link_takes_no_payment_from_the_second_it_expires(shop: Shop) -> None:
    order = shop.order(days=1)
    shop.clock.forward(days=1, seconds=-1)
    assert isinstance(shop.pay(order, DECLINED), Declined)
    shop.clock.forward(seconds=1)
    with pytest.raises(Conflict, match="wrong_state"):
        shop.pay(order)


def test_a_gateway_that_cannot_be_reached_leaves_the_order_open(shop: Shop) -> None:
    order = shop.order()
    with pytest.raises(NotSent):
        checkout.start(shop.unreachable(), order, checkout.Submission("ctoken_1", False, CONSENT, ""))
    assert (shop.state(order), shop.attempts(order)) == ("open", ["abandoned"])
    shop.pay(order)
    assert shop.charges() == [1000]
