"""Money that is held first: taken or let go by the merchant, or let go in time by the clock; and orders opened again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.kit import DECLINED, Shop, types
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, Invalid
from webapp.services.orders import lifecycle


def held(shop: Shop, action: Action = Action.PAYMENT) -> str:
    order = shop.order(action, manual_capture=True)
    shop.pay(order, save=True)
    shop.drain()
    assert (shop.state(order), shop.attempts(order)) == ("authorised", ["done"])
    return order


def taken(shop: Shop) -> int:
    return sum(charge["amount"] for charge in shop.ledger()["charges"] if charge["captured"])


def test_money_is_held_and_then_taken(shop: Shop) -> None:
    order = held(shop)
    assert taken(shop) == 0
    assert shop.callbacks(order)[0]["data"]["capture_before"]
    lifecycle.capture(shop.context, shop.id, order)
    shop.drain()
    assert (shop.state(order), taken(shop), types(shop, order)) == ("paid", 1000, ["order.authorised", "order.paid"])


def test_a_card_saved_with_money_that_is_held_is_one_alias_after_all_is_done(shop: Shop) -> None:
    order = held(shop, Action.REGISTER_PAY)
    lifecycle.capture(shop.context, shop.id, order)
    shop.drain()
    assert (len(shop.all(models.Alias)), len(shop.all(models.Consent))) == (1, 1)


def test_money_is_held_and_then_let_go(shop: Shop) -> None:
    order = held(shop)
    lifecycle.void(shop.context, shop.id, order)
    shop.drain()
    assert (shop.state(order), taken(shop), types(shop, order)) == ("voided", 0, ["order.authorised", "order.voided"])
    with pytest.raises(Conflict):
        lifecycle.capture(shop.context, shop.id, order)


def test_what_nobody_takes_is_let_go_before_the_hold_lapses(shop: Shop) -> None:
    order = held(shop)
    until = shop.get(order).capture_before
    assert until
    shop.clock.at = until - timedelta(hours=12, seconds=1)
    shop.drain()
    assert shop.state(order) == "authorised"
    shop.later(seconds=2)
    assert shop.state(order) == "voided"


def test_a_hold_outlives_the_link(shop: Shop) -> None:
    order = held(shop)
    shop.clock.at = shop.get(order).expires_at - timedelta(days=1)
    shop.drain()
    assert shop.state(order) == "authorised"


@pytest.mark.parametrize("fault", ["drop_after", "500_after", "drop_before", "500"])
def test_an_answer_that_got_lost_takes_the_money_once(shop: Shop, fault: str) -> None:
    order = held(shop)
    shop.fault(fault, "POST /v1/payment_intents/*/capture")
    lifecycle.capture(shop.context, shop.id, order)
    shop.drain()
    for _ in range(3):
        shop.later(seconds=31)
    assert (shop.state(order), taken(shop)) == ("paid", 1000)
    assert types(shop, order) == ["order.authorised", "order.paid"]


def test_money_that_was_taken_or_let_go_at_the_gateway_is_followed(shop: Shop) -> None:
    one, two = held(shop), held(shop)
    shop._stripe("POST", f"/v1/payment_intents/{shop.get(one).intent}/capture")
    shop._stripe("POST", f"/v1/payment_intents/{shop.get(two).intent}/cancel")
    shop.hint(one, "payment_intent.succeeded")
    shop.hint(two, "payment_intent.canceled")
    assert (shop.state(one), shop.state(two)) == ("paid", "voided")


def test_money_that_is_held_can_be_taken_or_let_go_and_not_both(shop: Shop) -> None:
    order = held(shop)
    lifecycle.capture(shop.context, shop.id, order)
    with pytest.raises(Conflict):
        lifecycle.void(shop.context, shop.id, order)
    with pytest.raises(Conflict):
        lifecycle.cancel(shop.context, shop.id, order)


def test_there_is_nothing_to_hold_when_nothing_is_taken(shop: Shop) -> None:
    with pytest.raises(Invalid):
        shop.order(Action.REGISTER, manual_capture=True)


@pytest.mark.parametrize("tried", [False, True])
def test_an_order_that_was_cancelled_is_opened_again_and_paid_under_the_same_link(
    shop: Shop, tried: bool
) -> None:  # a parameter of the table
    order = shop.order()
    if tried:
        shop.pay(order, DECLINED)
    lifecycle.cancel(shop.context, shop.id, order)
    shop.drain()
    link = shop.get(order).link_version
    lifecycle.reactivate(shop.context, shop.id, order, send=True)
    shop.pay(order)
    shop.drain()
    assert (shop.state(order), shop.get(order).link_version, shop.charges()) == ("paid", link, [1000])
    assert types(shop, order) == ["order.cancelled", "order.open", "order.paid"]


def test_an_order_that_was_refused_gets_all_its_tries_again(shop: Shop) -> None:
    order = shop.order()
    for _ in range(3):
        shop.pay(order, DECLINED)
    assert shop.state(order) == "refused"
    lifecycle.reactivate(shop.context, shop.id, order, send=False)
    for _ in range(2):
        shop.pay(order, DECLINED)
    shop.pay(order)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


def test_an_expired_order_is_opened_again_for_the_usual_time(shop: Shop) -> None:
    order = shop.order(days=1)
    shop.later(days=2)
    assert shop.state(order) == "expired"
    lifecycle.reactivate(shop.context, shop.id, order, send=False)
    shop.later(days=6)
    assert shop.state(order) == "open"
    shop.later(days=2)
    assert shop.state(order) == "expired"


def test_an_order_that_brought_money_is_not_opened_again(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    with pytest.raises(Conflict):
        lifecycle.reactivate(shop.context, shop.id, order, send=False)
