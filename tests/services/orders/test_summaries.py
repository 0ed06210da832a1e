"""What the last days of a shop came to, beside those before."""

from __future__ import annotations

from datetime import timedelta

from tests.kit import DECLINED, Shop
from tests.kit.orders import paid
from webapp.domain.money import Money
from webapp.services.orders import summaries
from webapp.services.payments import refunds


def test_a_period_is_told_beside_as_many_days_before_it(shop: Shop) -> None:
    earlier = paid(shop, amount=500, reference="EARLIER")
    shop.drain()
    shop.clock.forward(days=7)
    late = paid(shop, amount=1000, reference="LATE")
    shop.pay(shop.order(reference="NO"), DECLINED)
    shop.drain()
    refunds.request(shop.context, shop.id, earlier, Money(200, "EUR"))
    refunds.request(shop.context, shop.id, late, Money(300, "EUR"))
    shop.drain()
    found = summaries.of_last(shop.context, shop.id, 7)
    assert (found.last - found.first).days == 6
    steps = {step.name: (step.count, step.before) for step in found.funnel}
    assert (steps["created"], steps["tried"], steps["paid"]) == ((2, 1), (2, 1), (1, 1))
    (euros,) = found.money
    assert (euros.taken, euros.refunded, euros.net, euros.before, euros.payments) == (
        Money(1000, "EUR"),
        Money(500, "EUR"),
        Money(500, "EUR"),
        Money(500, "EUR"),
        1,
    )
    assert [(day.taken, day.refunded) for day in euros.days] == [(0, 0)] * 6 + [(1000, 500)]
    assert [(each.name, each.count, each.before) for each in found.declines] == [("generic", 1, 0)]
    assert found.whole
    year = summaries.of_last(shop.context, shop.id, 90).money[0]
    assert (year.taken, year.payments, len(year.days)) == (Money(1500, "EUR"), 2, 90)
    assert year.days[-1].day - year.days[0].day == timedelta(days=89)
