"""What the order's page in the back office asks every 2 s: whether anything that it shows has changed, in one statement, by the driver itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select

from webapp.db import models
from webapp.domain.errors import NotFound
from webapp.domain.states import FINAL
from webapp.domain.statuses import CallbackState, RefundState

if TYPE_CHECKING:
    from webapp.db.session import Database


@dataclass(frozen=True)
class Revision:
    """`text` is another one whenever the page shows something else. `moves` says that it can still change by itself: the order is not final,
    or a refund or a callback is on its way."""

    text: str
    moves: bool


_order, _buyer, _alias, _reminder, _callback, _refund = (
    model.__table__
    for model in (models.Order, models.Buyer, models.Alias, models.Reminder, models.Callback, models.Refund)
)
_later = _order.alias()
_callbacks, _refunds = _callback.c.order_id == _order.c.id, _refund.c.order_id == _order.c.id
# Whatever is noted on the order's timeline raises its revision. The rest is what the page shows of other rows, which change without a line
# there: tries of callbacks, the next reminder (none once the buyer has stopped messages), the card, and later charges of it.
_REVISION = (
    select(
        _order.c.state,
        select(func.count()).where(_callbacks, _callback.c.state == CallbackState.PENDING).scalar_subquery(),
        select(func.count())
        .where(_refunds, or_(_refund.c.state == RefundState.REQUESTED, _refund.c.state == RefundState.PENDING))
        .scalar_subquery(),
        _order.c.revision,
        select(func.sum(_callback.c.tries)).where(_callbacks).scalar_subquery(),
        _buyer.c.stopped_at,
        _reminder.c.due_at,
        *(_alias.c.status, _alias.c.exp_month, _alias.c.exp_year),
        select(func.max(_later.c.state_at)).where(_later.c.charges_alias_id == _order.c.alias_id).scalar_subquery(),
    )
    .join_from(_order, _buyer, _buyer.c.id == _order.c.buyer_id)
    .outerjoin(_reminder, _reminder.c.id == _order.c.id)
    .outerjoin(_alias, _alias.c.id == func.coalesce(_order.c.alias_id, _order.c.charges_alias_id))
    .where(_order.c.merchant_id == bindparam("merchant"), _order.c.id == bindparam("order"))
)


def of_order(database: Database, merchant: str, order: str) -> Revision:
    """How the merchant's order stands. Raises `NotFound`, also for another merchant's."""
    row = database.read_raw(_REVISION, merchant=merchant, order=order)
    if row is None:
        raise NotFound("no such order")
    state, callbacks, refunds, *_ = row
    text = hashlib.sha256(repr(list(row)).encode()).hexdigest()[:16]
    return Revision(text, state not in FINAL or callbacks > 0 or refunds > 0)
