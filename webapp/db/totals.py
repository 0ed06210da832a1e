"""Statements on the totals by day, and on the changes that are not added up yet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import models, order_search

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from webapp.db.session import Session
    from webapp.domain.totals import Measure


@dataclass(frozen=True)
class Total:
    """What a measure of a part of it came to on a day: how many, and how much in minor units."""

    day: date
    measure: Measure
    part: str
    count: int
    amount: int


def between(session: Session, merchant: str, first: date, last: date) -> Sequence[Total]:
    """The merchant's totals of those days, both included, with what is not added up yet."""
    kept, new = models.DailyTotal, models.TotalChange
    both = union_all(
        *(
            select(row.day, row.measure, row.part, row.count.label("count_"), row.amount).where(
                row.merchant_id == merchant, row.day >= first, row.day <= last
            )
            for row in (kept, new)
        )
    ).subquery()
    parts = (both.c.day, both.c.measure, both.c.part)
    rows = session.execute(select(*parts, func.sum(both.c.count_), func.sum(both.c.amount)).group_by(*parts))
    return [Total(day, measure, part, int(count), int(amount)) for day, measure, part, count, amount in rows]


def add_up(session: Session, merchant: str, *, limit: int) -> int:
    """Add the merchant's oldest changes to the totals, so many at most; how many there were."""
    new, kept = models.TotalChange, models.DailyTotal
    some = select(new.id).where(new.merchant_id == merchant).order_by(new.id).limit(limit)
    rows = session.execute(
        delete(new).where(new.id.in_(some)).returning(new.day, new.measure, new.part, new.count, new.amount)
    ).all()
    sums: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for day, measure, part, count, amount in rows:
        sums[day, measure, part][0] += count
        sums[day, measure, part][1] += amount
    if sums:
        insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
        values = [
            {"merchant_id": merchant, "day": day, "measure": measure, "part": part, "count": count, "amount": amount}
            for (day, measure, part), (count, amount) in sorted(sums.items())
        ]
        wanted = insert(kept).values(values)
        session.execute(
            wanted.on_conflict_do_update(
                index_elements=["merchant_id", "day", "measure", "part"],
                set_={"count": kept.count + wanted.excluded.count, "amount": kept.amount + wanted.excluded.amount},
            )
        )
    return len(rows)


def uncounted(session: Session, merchant: str, *, limit: int) -> Sequence[models.Order]:
    """Orders of the merchant from before totals were kept, locked; those that somebody else has locked come later."""
    row = models.Order
    return session.scalars(
        select(row)
        .where(row.merchant_id == merchant, row.reached.is_(None))
        .order_by(row.id)
        .limit(limit)
        .with_for_update()
    ).all()


def has_uncounted(session: Session, merchant: str) -> bool:
    """Whether there are such orders still."""
    row = models.Order
    found = select(row.id).where(row.merchant_id == merchant, row.reached.is_(None)).limit(1)
    return session.scalars(found).first() is not None


def make_findable(session: Session, orders: Collection[str]) -> None:
    """Write the texts by which these orders are found, where they have none: a release that knew none may have made them beside this one."""
    order_search.fill(session.connection(), models.Order.id.in_(orders))


def lines(session: Session, orders: Collection[str]) -> dict[str, list[models.OrderEvent]]:
    """The timelines of these orders, each oldest first."""
    found: dict[str, list[models.OrderEvent]] = defaultdict(list)
    row = models.OrderEvent
    for line in session.scalars(select(row).where(row.order_id.in_(orders)).order_by(row.at, row.id)):
        found[line.order_id].append(line)
    return found
