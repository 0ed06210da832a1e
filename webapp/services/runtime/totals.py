"""Totals by day, kept in the transaction of what they count: a row for each change, which a task adds up each hour.

No row is changed by two transactions at once, so nobody who pays waits for another. An order from before totals were kept (`reached` is
null), and one that a release of before made beside this one, is counted whole, from its timeline, when the task comes to it, and found from then
on; until then nothing that happens to it is counted.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from webapp.db import merchants, models, totals, work
from webapp.domain import totals as rules
from webapp.domain.statuses import RefundState
from webapp.domain.timeline import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.domain.totals import Change
    from webapp.services.runtime.context import ServiceContext

EVERY = timedelta(hours=1)
STEP = 2_000  # changes that are added up, and orders of before that are counted, in one transaction: 200 of those
ORDERS = 200


def count(
    session: Session, context: ServiceContext, order: models.Order, kind: EventKind, data: dict[str, object]
) -> None:
    """Count what a line of the order's timeline says, in the transaction that adds it, on a locked order."""
    if order.reached is None:
        return
    changes = rules.other(kind, data, order.currency)
    if order.charges_alias_id is None:
        order.reached, steps = rules.reached(order.reached, kind)
        changes += steps
    _add(session, order, context.now(), changes)


def taken(session: Session, context: ServiceContext, order: models.Order) -> None:
    """Count what was paid for the order, once: on the step into a state of money that was taken."""
    if order.reached is not None:
        _add(session, order, context.now(), [rules.taken(order.paid, order.currency)])


def carry_out(context: ServiceContext, task: models.ScheduledTask, lease: work.Lease) -> None:
    """Count the merchant's orders from before totals were kept, then add up the changes. In small steps: who writes meanwhile waits for one
    of them."""
    while _count_former(context, task.merchant_id):
        pass
    while True:
        with context.database.write() as session:
            if totals.add_up(session, task.merchant_id, limit=STEP) < STEP:
                break
    with context.database.write() as session:
        work.finish(session, models.ScheduledTask, task.id, lease, due_at=context.now() + EVERY)


def _count_former(context: ServiceContext, merchant_id: str) -> bool:
    with context.database.write() as session:
        found = totals.uncounted(session, merchant_id, limit=ORDERS)
        totals.make_findable(session, [order.id for order in found])
        lines = totals.lines(session, [order.id for order in found])
        for order in found:
            _count_whole(session, order, lines.get(order.id, []))
    return len(found) == ORDERS


def _count_whole(session: Session, order: models.Order, lines: Iterable[models.OrderEvent]) -> None:
    reached, paid, given_back = rules.NOWHERE, False, set[object]()
    for line in lines:
        kind, data = line.kind, dict(line.data)
        if kind is EventKind.REFUND_SUCCEEDED:
            given_back.add(data.get("refund"))
        if kind is EventKind.REFUND_FAILED and data.get("refund") in given_back:
            data["was"] = RefundState.SUCCEEDED
        changes = rules.other(kind, data, order.currency)
        if order.charges_alias_id is None:
            reached, steps = rules.reached(reached, kind)
            changes += steps
        if kind is EventKind.PAID and not paid:
            paid = True
            changes.append(rules.taken(order.paid, order.currency))
        _add(session, order, line.at, changes)
    order.reached = reached


def _add(session: Session, order: models.Order, at: datetime, changes: Iterable[Change]) -> None:
    changes = list(changes)
    if not changes:
        return
    zone = ZoneInfo(merchants.get(session, order.merchant_id).time_zone)
    for each in changes:
        day: date = (order.created_at if each.of_creation else at).astimezone(zone).date()
        session.add(
            models.TotalChange(
                merchant_id=order.merchant_id,
                day=day,
                measure=each.measure,
                part=each.part,
                count=each.count,
                amount=each.amount,
            )
        )
