"""Totals by day: counted once, in the transaction that changes the order, and alike when an order is counted afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from tests.kit import DECLINED, WORKS, Shop
from tests.kit.orders import paid, saved
from webapp.db import models, totals
from webapp.domain.money import Money
from webapp.domain.statuses import MessageState, RefundState
from webapp.services.payments import aliases, refunds

if TYPE_CHECKING:
    from tests.kit.shops import Shop as AShop

EVER = (date(2000, 1, 1), date(2100, 1, 1))


def told(shop: AShop) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Each day's measures and their parts."""
    with shop.context.database.read() as session:
        found = totals.between(session, shop.id, *EVER)
    return {(str(each.day), each.measure, each.part): (each.count, each.amount) for each in found}


def summed(shop: AShop) -> dict[str, tuple[int, int]]:
    """All days together."""
    sums: dict[str, tuple[int, int]] = {}
    for (_, measure, part), (count, amount) in told(shop).items():
        before = sums.get(f"{measure} {part}", (0, 0))
        sums[f"{measure} {part}"] = (before[0] + count, before[1] + amount)
    return {name: sums[name] for name in sorted(sums) if sums[name] != (0, 0)}


def a_day(shop: AShop) -> None:
    """Orders that came to different ends: declined; paid and given back in part; a card saved, and charged without the buyer."""
    shop.pay(shop.order(), DECLINED)
    order = paid(shop, amount=1000)
    shop.drain()
    refunds.request(shop.context, shop.id, order, Money(300, "EUR"))
    shop.drain()
    origin = saved(shop)
    aliases.charge(shop.context, shop.id, origin, Money(700, "EUR"))
    shop.drain()


A_DAY = {
    "declined generic": (1, 0),
    "reached created": (3, 0),
    "reached delivered": (3, 0),
    "reached opened": (3, 0),
    "reached paid": (2, 0),
    "reached read": (3, 0),
    "reached sent": (3, 0),
    "reached tried": (3, 0),
    "refunded EUR": (1, 300),
    "taken EUR": (2, 1700),
}
"""A try counts as delivered, read and opened: nobody pays what never came."""


def test_what_happens_is_counted_by_day_step_currency_and_reason(shop: Shop) -> None:
    a_day(shop)
    assert summed(shop) == A_DAY


def test_adding_up_loses_nothing_and_counts_nothing_twice(shop: Shop, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("webapp.services.runtime.totals.STEP", 3)
    a_day(shop)
    before = told(shop)
    shop.later(hours=1)
    assert shop.all(models.TotalChange) == []
    assert told(shop) == before
    paid(shop, amount=1000)
    shop.later(hours=1)
    assert summed(shop)["taken EUR"] == (3, 2700)


def test_orders_of_before_are_counted_from_their_timeline_once(shop: Shop, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("webapp.services.runtime.totals.ORDERS", 2)
    a_day(shop)
    before = told(shop)
    with shop.context.database.write() as session:
        session.execute(update(models.Order).values(reached=None))
        session.execute(delete(models.TotalChange))
        session.execute(delete(models.DailyTotal))
        session.execute(delete(models.OrderSearch))  # as of a release that knew none
    refunds.request(shop.context, shop.id, shop.one(models.Order, models.Order.refunded == 300).id, Money(100, "EUR"))
    shop.work(models.Refund)
    assert told(shop) == {}  # which the task counts with all that was before
    shop.later(hours=1)
    after = summed(shop)
    assert after.pop("refunded EUR") == (2, 400)
    assert after == {name: total for name, total in A_DAY.items() if name != "refunded EUR"}
    assert {day for day, *_ in told(shop)} == {day for day, *_ in before}
    assert len(shop.all(models.OrderSearch)) == len(shop.all(models.Order))
    shop.later(hours=1)
    assert summed(shop)["taken EUR"] == (2, 1700)


def test_a_refund_that_comes_back_is_taken_off(shop: Shop) -> None:
    order = paid(shop, amount=1000)
    shop.drain()
    refunds.request(shop.context, shop.id, order, Money(300, "EUR"))
    shop.drain()
    gateway = shop.context.gateway(shop.one(models.Merchant))
    with pytest.MonkeyPatch.context() as patch:
        payment = gateway.retrieve_payment(shop.get(order).intent or "")
        back = replace(payment, refunds=tuple(replace(each, progress=RefundState.FAILED) for each in payment.refunds))
        patch.setattr(type(gateway), "retrieve_payment", lambda *_: back)
        refunds.follow(shop.context, shop.id, order)
    assert shop.state(order) == "paid"
    assert "refunded EUR" not in summed(shop)
    assert summed(shop)["taken EUR"] == (1, 1000)


def test_a_day_is_the_shop_s_and_steps_are_of_the_day_of_creation(shop: Shop) -> None:
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).time_zone = "Pacific/Auckland"
    shop.clock.at = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)  # 00:30 on the second
    order = shop.order(amount=1000)
    shop.clock.forward(days=2)
    shop.pay(order, WORKS)
    days = told(shop)
    assert days["2026-12-02", "reached", "paid"] == (1, 0)
    assert days["2026-12-04", "taken", "EUR"] == (1, 1000)


def test_a_reminder_that_is_read_counts_as_a_request_that_is_read(shop: Shop) -> None:
    shop.order(send=True)
    shop.drain()
    message = shop.one(models.Message, models.Message.purpose == "request")
    shop.status(message.wamid, MessageState.READ)
    shop.drain()
    assert summed(shop) == {f"reached {step}": (1, 0) for step in ("created", "delivered", "read", "sent")}
