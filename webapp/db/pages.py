"""What the buyer's page reads each time that somebody opens it, in one statement and without a session: a fifth of the cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import configure_mappers

from webapp.db import models
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

configure_mappers()  # by itself SQLAlchemy does so when a session first asks for a model, and here none may have done so yet
Model = TypeVar("Model", bound=models.Base)


@dataclass(frozen=True)
class Opened:
    """An order with its merchant, its buyer's phone, and of its last try `state`, `reason`, `means` and `tapped`. Objects for reading:
    they belong to no session, cannot be changed, and have nothing that is not in the statement."""

    order: models.Order
    merchant: models.Merchant
    last: models.Attempt | None
    phone: str | None


_order, _merchant, _last, _buyer = (
    model.__table__ for model in (models.Order, models.Merchant, models.Attempt, models.Buyer)
)
_ORDER = tuple(_order.c)
_MERCHANT = tuple(column for column in _merchant.c if column is not _merchant.c.logo)
_LAST = (_last.c.state, _last.c.reason, _last.c.means, _last.c.tapped)
_each = _last.alias()
_newest = select(func.max(_each.c.number)).where(_each.c.order_id == _order.c.id).correlate(_order).scalar_subquery()
_OPENED = (
    select(*_ORDER, *_MERCHANT, *_LAST, _buyer.c.phone)
    .join_from(_order, _merchant, _merchant.c.id == _order.c.merchant_id)
    .join(_buyer, _buyer.c.id == _order.c.buyer_id)
    .outerjoin(_last, (_last.c.order_id == _order.c.id) & (_last.c.number == _newest))
    .where(_order.c.id == bindparam("order"))
)


def opened(connection: Connection, order: str) -> Opened:
    """What there is to be shown of an order, whoever's it is: for a caller that holds the order's own link. Raises `NotFound`."""
    row = connection.execute(_OPENED, {"order": order}).first()
    if row is None:
        raise NotFound("no such order")
    *values, phone = row
    of_order, of_merchant = len(_ORDER), len(_ORDER) + len(_MERCHANT)
    last = _loose(models.Attempt, _LAST, values[of_merchant:])
    return Opened(
        _loose(models.Order, _ORDER, values[:of_order]),
        _loose(models.Merchant, _MERCHANT, values[of_order:of_merchant]),
        last if last.state else None,
        phone,
    )


def _loose(model: type[Model], columns: Sequence[Any], values: Sequence[Any]) -> Model:
    """An object of the model that SQLAlchemy does not look after."""
    made = model.__new__(model)
    made.__dict__.update(zip((column.key for column in columns), values, strict=True))
    return made
