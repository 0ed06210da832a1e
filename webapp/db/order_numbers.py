"""What the numbers of the texts by which orders are found say of when the orders were made, so that the newest that have a text are found without
sorting all that have it.

A number is given as an order is made. Of two orders the one with the greater number was made later, or `APART` before the other at most: machines'
clocks differ a little, and transactions overlap. An order that is made when a newer one by more is there already (a clock was set back) is `late`,
and is looked for by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from webapp.db import models

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

APART = timedelta(minutes=10)
HIGHEST = 2**62
_order, _row = models.Order, models.OrderSearch


def is_late(merchant: str, made: datetime) -> ColumnElement[bool]:
    """Whether an order that is written now, made then, is late."""
    return exists().where(_order.merchant_id == merchant, _order.created_at > made + APART)


def between(
    number: ColumnElement[int], merchant: str, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    """Which numbers those have that were made in this time, and some before and after it; those that are late left out."""
    numbers = (
        select(_row.number).join(_order, _order.id == _row.order_id).where(_order.merchant_id == merchant).limit(1)
    )
    found: list[ColumnElement[bool]] = []
    if since is not None:
        before = numbers.where(_order.created_at < since - APART, ~_row.late).order_by(_order.created_at.desc())
        found.append(number > func.coalesce(before.scalar_subquery(), 0))
    if until is not None:
        after = numbers.where(_order.created_at > until + APART).order_by(_order.created_at)
        found.append(number < func.coalesce(after.scalar_subquery(), HIGHEST))
    return found
