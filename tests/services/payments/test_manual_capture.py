"""Money that is held first: taken or let go by the merchant, or let go in time by the clock; and orders opened again."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER, DECLINED, OPERATOR, Meanwhile, Shop, types
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, GatewayRefused, Invalid
from webapp.domain.money import Money
from webapp.domain.outcome import Done, Outcome
from webapp.services.orders import lifecycle
from webapp.services.payments import reconciliation, refunds

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.runtime.context import ServiceContext


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


def part_captured(shop: Shop, order: str, amount: int) -> None:
    """Somebody takes a part of the hold in the gateway's own back office."""
    shop._stripe("POST", f"/v1/payment_intents/{shop.get(order).intent}/capture", {"amount_to_capture": amount})


def by_webhook(shop: Shop, order: str) -> None:
    shop.hint(order, "payment_intent.succeeded")


def by_the_sweep(shop: Shop, _order: str) -> None:
    shop.later(days=4)  # more than the sweep's list of what was begun goes back


def by_the_clock(shop: Shop, order: str) -> None:
    """Neither webhook nor sweep: the end of the hold."""
    until = shop.get(order).capture_before
    assert until
    shop.clock.at = until - timedelta(hours=11)
    assert shop.work(models.Order) == 1
    shop.drain()


def by_somebody_who_takes_it(shop: Shop, order: str) -> None:
    lifecycle.capture(shop.context, shop.id, order)
    shop.drain()


@pytest.mark.parametrize("learns", [by_webhook, by_the_sweep, by_the_clock, by_somebody_who_takes_it])
def test_a_part_that_was_taken_of_a_hold_at_the_gateway_is_what_is_paid(
    shop: Shop, learns: Callable[[Shop, str], None]
) -> None:
    order = held(shop)
    part_captured(shop, order, 500)
    before = len(shop.place.sent)
    learns(shop, order)
    now = shop.get(order)
    assert (now.state, now.amount, now.captured, now.paid, now.due_at) == ("paid", 1000, 500, 500, None)
    told = shop.callbacks(order)[-1]
    assert (told["type"], told["data"]["amount"], told["data"]["captured"]) == ("order.paid", 1000, 500)
    said = {message["to"]: json.dumps(message, ensure_ascii=False) for message in shop.place.sent[before:]}
    assert ("5,00" in said[BUYER], "10,00" in said[BUYER]) == (True, False)
    assert "5,00\u00a0€ was taken of the 10,00\u00a0€ that was held." in said[OPERATOR]
    assert "alarm" not in shop.kinds(order)


@pytest.mark.parametrize("back", [500, 200])
def test_what_was_taken_of_a_hold_can_go_back_and_no_more(shop: Shop, back: int) -> None:
    order = held(shop)
    part_captured(shop, order, 500)
    by_webhook(shop, order)
    shop.hint(order, "charge.refunded")  # the rest, which Stripe lets go, is no refund
    assert (shop.state(order), shop.get(order).refunded) == ("paid", 0)
    with pytest.raises(Conflict) as caught:
        refunds.request(shop.context, shop.id, order, Money(501, "EUR"))
    assert caught.value.details["rest"] == Money(500, "EUR")
    refunds.request(shop.context, shop.id, order, Money(back, "EUR"))
    shop.drain()
    assert shop.get(order).refunded == back
    assert shop.state(order) == ("refunded" if back == 500 else "partially_refunded")


def test_a_refund_made_at_the_gateway_of_a_part_that_was_taken_there_is_followed(shop: Shop) -> None:
    order = held(shop)
    part_captured(shop, order, 600)
    shop.refund_at_gateway(order, 400)
    shop.hint(order, "charge.refunded")
    assert (shop.state(order), shop.get(order).paid, shop.get(order).refunded) == ("partially_refunded", 600, 400)


def test_more_than_was_held_or_another_currency_is_an_alarm_and_not_looked_at_all_day(shop: Shop) -> None:
    order = held(shop)
    for outcome in (Done("pi_1", 1001, "EUR", None), Done("pi_1", 500, "USD", None), Done("pi_1", 0, "EUR", None)):
        gateway = meanwhile_says(shop, outcome)
        lifecycle.capture(shop.context, shop.id, order)
        dataclasses.replace(shop, context=gateway).work(models.Order)
        row = shop.get(order)
        assert (row.state, row.captured, row.due_at) == ("authorised", None, shop.clock() + timedelta(days=1))
        with shop.context.database.write() as session:
            session.get_one(models.Order, order).pending_transition = None
    assert shop.kinds(order).count("alarm") == 1


def meanwhile_says(shop: Shop, outcome: Outcome | Exception) -> ServiceContext:
    """A gateway that answers just that when it is to take money or to let it go."""

    class Says(Meanwhile):
        def capture(self, *_: object, **__: object) -> Outcome:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        cancel = capture

    return dataclasses.replace(shop.context, gateway=lambda m: Says(shop.context.gateway(m), ""))


@pytest.mark.parametrize(("verb", "why"), [(lifecycle.capture, "capture_refused"), (lifecycle.void, "void_refused")])
def test_a_hold_that_the_gateway_does_not_end_stands_and_the_shop_is_told_each_time(
    shop: Shop, verb: Callable[..., object], why: str
) -> None:
    order = held(shop)
    refuses = dataclasses.replace(shop, context=meanwhile_says(shop, GatewayRefused("No.")))
    for times in (1, 2):
        verb(shop.context, shop.id, order)
        before = len(shop.place.sent)
        refuses.drain()
        row = shop.get(order)
        assert (row.state, row.pending_transition) == ("authorised", None)
        assert row.due_at == (row.capture_before or shop.clock()) - timedelta(hours=12)
        alarms = shop.all(models.OrderEvent, models.OrderEvent.order_id == order, models.OrderEvent.kind == "alarm")
        assert [each.data["why"] for each in alarms] == [why] * times
        assert len(shop.place.sent) == before + 1
    verb(shop.context, shop.id, order)
    shop.drain()
    assert shop.state(order) == ("paid" if verb is lifecycle.capture else "voided")


def test_a_hold_that_was_let_go_at_the_gateway_is_found_by_the_sweep_and_told(shop: Shop) -> None:
    order = held(shop)
    shop._stripe("POST", f"/v1/payment_intents/{shop.get(order).intent}/cancel")
    shop.later(days=4)
    assert (shop.state(order), types(shop, order)) == ("voided", ["order.authorised", "order.voided"])
    event = shop.one(models.OrderEvent, models.OrderEvent.order_id == order, models.OrderEvent.kind == "voided")
    assert (event.data["why"], event.actor_kind) == ("at_gateway", "gateway")


def test_a_hold_that_is_older_than_the_sweep_s_list_is_looked_up_by_itself(shop: Shop) -> None:
    order = held(shop)
    part_captured(shop, order, 500)
    (found,) = reconciliation.compare(shop.context, shop.id, datetime(2090, 1, 1, tzinfo=UTC))
    assert (found.order, found.here, found.there, found.mended) == (order, "authorised", "done 5.00 EUR", True)
    assert (shop.state(order), shop.get(order).paid) == ("paid", 500)


def test_an_intent_that_was_cancelled_at_the_gateway_leaves_the_order_payable(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, DECLINED)
    shop._stripe("POST", f"/v1/payment_intents/{shop.get(order).intent}/cancel")
    shop.hint(order, "payment_intent.canceled")
    assert shop.state(order) == "open"
    shop.pay(order)
    assert (shop.state(order), shop.charges()) == ("paid", [1000])


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
def test_an_order_that_was_cancelled_is_opened_again_and_paid_under_a_new_link(
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
    assert (shop.state(order), shop.get(order).link_version, shop.charges()) == ("paid", link + 1, [1000])
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
