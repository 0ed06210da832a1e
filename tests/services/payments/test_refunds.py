"""Money going back: never more than was paid, once, and always what the gateway's books say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.kit import WORKS, Killed, Shop, killed, meanwhile, paid, types
from webapp.db import models, work
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.domain.money import Money
from webapp.services.payments import refunds


def paid_and_told(shop: Shop, card: str = WORKS) -> str:
    """An order that is paid, and everybody has been told."""
    order = paid(shop, card=card)
    shop.drain()
    return order


def ask(shop: Shop, order: str, amount: int | None = None) -> None:
    refunds.request(shop.context, shop.id, order, None if amount is None else Money(amount, "EUR"))


def returned(shop: Shop) -> int:
    return sum(charge["amount_refunded"] for charge in shop.ledger()["charges"])


def test_a_part_goes_back_and_then_the_rest(shop: Shop) -> None:
    order = paid_and_told(shop)
    ask(shop, order, 300)
    shop.drain()
    assert (shop.state(order), shop.get(order).refunded, returned(shop)) == ("partially_refunded", 300, 300)
    ask(shop, order)
    shop.drain()
    assert (shop.state(order), shop.get(order).refunded, returned(shop)) == ("refunded", 1000, 1000)
    assert types(shop, order) == ["order.paid", "order.partially_refunded", "order.refunded"]
    assert [told["data"]["refunded"] for told in shop.callbacks(order)] == [0, 300, 1000]


def test_a_second_part_is_told_though_the_state_stays(shop: Shop) -> None:
    order = paid_and_told(shop)
    for _ in range(2):
        ask(shop, order, 300)
        shop.drain()
    assert types(shop, order)[1:] == ["order.partially_refunded"] * 2
    assert shop.callbacks(order)[-1]["data"]["refunded"] == 600


def test_more_than_the_rest_is_refused_and_the_rest_is_named(shop: Shop) -> None:
    order = paid_and_told(shop)
    ask(shop, order, 700)
    with pytest.raises(Conflict) as caught:
        ask(shop, order, 301)
    assert (caught.value.code, caught.value.status, caught.value.details["rest"]) == (
        "more_than_rest",
        409,
        Money(300, "EUR"),
    )
    shop.drain()
    assert returned(shop) == 700


@pytest.mark.both_databases
def test_two_that_are_asked_at_once_never_send_back_more_than_was_paid(shop: Shop) -> None:
    order = paid_and_told(shop)

    def one(_number: int) -> bool:
        try:
            ask(shop, order, 600)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1
    shop.drain()
    assert (returned(shop), shop.state(order)) == (600, "partially_refunded")


@pytest.mark.parametrize(("amount", "code"), [(Money(5, "USD"), "other_currency"), (Money(0, "EUR"), "zero_amount")])
def test_a_wrong_amount_is_refused(shop: Shop, amount: Money, code: str) -> None:
    order = paid_and_told(shop)
    with pytest.raises(Invalid) as caught:
        refunds.request(shop.context, shop.id, order, amount)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("paid", "back", "goes"),
    [
        (Money(5000, "KWD"), 1005, False),
        (Money(5000, "KWD"), 1010, True),
        (Money(5000, "JOD"), 9, False),
        (Money(500, "MGA"), 150, False),
        (Money(500, "MGA"), 200, True),
        (Money(500, "ISK"), 1, True),
        (Money(500, "JPY"), 1, True),
        (Money(2000, "HUF"), 1045, True),
        (Money(1000, "EUR"), 1, True),
    ],
    ids=str,
)
def test_an_amount_that_the_gateway_cannot_give_back_is_refused_at_once(
    shop: Shop, paid: Money, back: int, goes: bool
) -> None:
    order = shop.order()
    with shop.context.database.write() as session:
        row = session.get_one(models.Order, order)
        row.state, row.amount, row.currency = "paid", paid.amount, paid.currency
    if goes:
        refunds.request(shop.context, shop.id, order, Money(back, paid.currency))
        return
    with pytest.raises(Invalid) as caught:
        refunds.request(shop.context, shop.id, order, Money(back, paid.currency))
    assert (caught.value.code, shop.all(models.Refund)) == ("amount_not_refundable", [])


def test_an_order_that_is_not_paid_and_another_merchant_s_cannot_be_refunded(shop: Shop) -> None:
    with pytest.raises(Conflict):
        ask(shop, shop.order())
    with pytest.raises(NotFound):
        refunds.request(shop.context, "another", paid_and_told(shop), None)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "500_after", "timeout_after"])
def test_an_answer_that_got_lost_sends_the_money_back_once(shop: Shop, fault: str) -> None:
    order = paid_and_told(shop)
    shop.fault(fault, "POST /v1/refunds")
    ask(shop, order, 400)
    shop.drain()
    for _ in range(4):
        shop.later(seconds=40)
    assert (shop.state(order), shop.get(order).refunded, returned(shop)) == ("partially_refunded", 400, 400)
    assert shop.one(models.Refund).state == "succeeded"
    assert types(shop, order) == ["order.paid", "order.partially_refunded"]


def test_killed_after_the_gateway_s_answer_it_is_found_and_not_repeated(shop: Shop) -> None:
    order = paid_and_told(shop)
    ask(shop, order, 400)
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, models.Refund, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    with pytest.raises(Killed):
        refunds.carry_out(meanwhile(shop, "refund", after=killed), row, lease)
    assert returned(shop) == 400
    shop.later(seconds=61)
    assert (shop.state(order), returned(shop)) == ("partially_refunded", 400)


def test_what_the_gateway_refuses_is_failed_and_told(shop: Shop) -> None:
    order = paid_and_told(shop, "createDispute")
    ask(shop, order)
    shop.drain()
    refund = shop.one(models.Refund)
    assert (refund.state, bool(refund.detail), refund.due_at) == ("failed", True, None)
    assert "refund_failed" in shop.kinds(order)
    assert any("did not go through" in str(message) for message in shop.place.sent)
    assert shop.get(order).refunded == 0


def test_a_refund_made_at_the_gateway_is_followed_whatever_news_comes_first(shop: Shop) -> None:
    order = shop.order()
    shop.fault("500_after", "POST /v1/payment_intents/*/confirm")
    shop.pay(order)
    shop.refund_at_gateway(order, 1000)
    shop.hint(order, "charge.refunded")
    shop.hint(order, "payment_intent.succeeded")
    shop.hint(order, "charge.refunded")
    assert (shop.state(order), types(shop, order)) == ("refunded", ["order.paid", "order.refunded"])
    assert [(row.actor_kind, row.state) for row in shop.all(models.Refund)] == [("gateway", "succeeded")]


@pytest.mark.parametrize(("won", "state"), [(True, "paid"), (False, "disputed")])
def test_a_dispute_is_shown_told_and_followed_to_its_end(
    shop: Shop, won: bool, state: str
) -> None:  # a parameter of the table
    order = paid_and_told(shop, "createDispute")
    shop.hint(order, "charge.dispute.created")
    assert (shop.state(order), types(shop, order)) == ("disputed", ["order.paid", "order.disputed"])
    assert shop.callbacks(order)[-1]["data"]["dispute"]["state"] == "open"
    shop.decide_dispute(order, won=won)
    shop.hint(order, "charge.dispute.closed")
    assert shop.state(order) == state
    assert f"dispute_{'won' if won else 'lost'}" in shop.kinds(order)
    receipts = [
        message for message in shop.place.sent if message.get("template", {}).get("name", "").endswith("receipt")
    ]
    assert len(receipts) <= 1
