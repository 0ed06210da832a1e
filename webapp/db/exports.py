"""What is read of a merchant's orders to write them into a file: columns alone, some hundreds at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from webapp.db.session import Session


@dataclass(frozen=True)
class Selection:
    """Which orders: in one of these states, in any if none is named; made from `since` on and before `until`."""

    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


_order, _buyer = models.Order, models.Buyer
_READ = (
    _order.id,
    _order.reference,
    _order.state,
    _order.action,
    _order.amount,
    _order.currency,
    _order.captured,
    _order.refunded,
    _order.tax,
    _order.description,
    func.coalesce(_buyer.phone, _buyer.former_phone).label("phone"),
    _order.email,
    _order.details,
    _order.language,
    _order.channel,
    _order.return_url,
    _order.source,
    _order.card,
    _order.alias_id,
    _order.charges_alias_id,
    _order.metadata_,
    _order.created_at,
    _order.expires_at,
    _order.closed_at,
)


def page(
    session: Session, merchant: str, selection: Selection, after: tuple[datetime, str] | None, *, limit: int
) -> Sequence[Row[Any]]:
    """The newest of them, behind the last one of the page before (when it was made, and its id)."""
    query = select(*_READ).join(_buyer, _buyer.id == _order.buyer_id).where(_order.merchant_id == merchant)
    if selection.states:
        query = query.where(_order.state.in_(selection.states))
    if selection.since is not None:
        query = query.where(_order.created_at >= selection.since)
    if selection.until is not None:
        query = query.where(_order.created_at < selection.until)
    if after is not None:
        at, last = after
        query = query.where(_order.created_at <= at, or_(_order.created_at < at, _order.id > last))
    return session.execute(query.order_by(_order.created_at.desc(), _order.id).limit(limit)).all()


def of_ids(session: Session, merchant: str, order_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The same of these orders of the merchant's, as they are given."""
    query = select(*_READ).join(_buyer, _buyer.id == _order.buyer_id)
    rows = session.execute(query.where(_order.merchant_id == merchant, _order.id.in_(order_ids)))
    found = {row.id: row for row in rows}
    return [found[order] for order in order_ids if order in found]
