"""What a shop's last days came to, beside the days before those: from its totals by day, whatever the number of orders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from webapp.db import merchants, totals
from webapp.domain.money import Money
from webapp.domain.totals import Measure, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webapp.db.totals import Total
    from webapp.services.runtime.context import ServiceContext

PERIODS = (1, 7, 30, 90)
"""In days, today included."""


@dataclass(frozen=True)
class Compared:
    """How many in the period, and in as many days before it. `name` is a step or a reason."""

    name: str
    count: int
    before: int


@dataclass(frozen=True)
class Day:
    """What came in and went back on a day, in minor units."""

    day: date
    taken: int
    refunded: int


@dataclass(frozen=True)
class Takings:
    """The money of one currency. `payments` is how many there were; `before` is the net of as many days before; `days` are all of the
    period, oldest first."""

    taken: Money
    refunded: Money
    net: Money
    before: Money
    payments: int
    days: Sequence[Day]


@dataclass(frozen=True)
class Summary:
    """A period: its first and last day in the shop's zone, how far its orders came (`funnel`, by `domain.totals.Step`), the money by currency,
    that with the most payments first, and why tries were declined, the most frequent first. `whole` is false while orders of before totals
    were kept are still being counted."""

    first: date
    last: date
    funnel: Sequence[Compared]
    money: Sequence[Takings]
    declines: Sequence[Compared]
    whole: bool


def of_last(context: ServiceContext, merchant_id: str, days: int) -> Summary:
    """The last so many days, today included. Raises `NotFound`."""
    with context.database.read() as session:
        zone = ZoneInfo(merchants.get(session, merchant_id).time_zone)
        last = context.now().astimezone(zone).date()
        first = last - timedelta(days=days - 1)
        found = totals.between(session, merchant_id, first - timedelta(days=days), last)
        whole = not totals.has_uncounted(session, merchant_id)
    now = [each for each in found if each.day >= first]
    before = [each for each in found if each.day < first]
    reached, earlier = _counts(now, Measure.REACHED), _counts(before, Measure.REACHED)
    declined, formerly = _counts(now, Measure.DECLINED), _counts(before, Measure.DECLINED)
    return Summary(
        first=first,
        last=last,
        funnel=[Compared(step.name.lower(), reached[step.name.lower()], earlier[step.name.lower()]) for step in Step],
        money=_money(now, before, [first + timedelta(days=number) for number in range(days)]),
        declines=[
            Compared(reason, declined[reason], formerly[reason])
            for reason in sorted({*declined, *formerly}, key=lambda name: (-declined[name], -formerly[name], name))
        ],
        whole=whole,
    )


def _counts(found: Iterable[Total], measure: Measure) -> defaultdict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for each in found:
        if each.measure is measure:
            counts[each.part] += each.count
    return counts


def _money(now: Sequence[Total], before: Sequence[Total], days: Sequence[date]) -> list[Takings]:
    taken, refunded = _amounts(now, Measure.TAKEN), _amounts(now, Measure.REFUNDED)
    formerly_taken, formerly_refunded = _amounts(before, Measure.TAKEN), _amounts(before, Measure.REFUNDED)
    payments = _counts(now, Measure.TAKEN)
    currencies = {*taken, *refunded, *formerly_taken, *formerly_refunded}
    return [
        Takings(
            taken=Money(sum(taken[currency].values()), currency),
            refunded=Money(sum(refunded[currency].values()), currency),
            net=Money(sum(taken[currency].values()) - sum(refunded[currency].values()), currency),
            before=Money(sum(formerly_taken[currency].values()) - sum(formerly_refunded[currency].values()), currency),
            payments=payments[currency],
            days=[Day(day, taken[currency][day], refunded[currency][day]) for day in days],
        )
        for currency in sorted(currencies, key=lambda code: (-payments[code], code))
    ]


def _amounts(found: Iterable[Total], measure: Measure) -> defaultdict[str, defaultdict[date, int]]:
    amounts: defaultdict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for each in found:
        if each.measure is measure:
            amounts[each.part][each.day] += each.amount
    return amounts
