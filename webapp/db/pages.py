"""What the buyer's page reads each time that somebody opens it: in one statement, by the driver itself, and no more than the page needs."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, func, select

from webapp.db import models
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from webapp.db.session import Database


@dataclass(frozen=True)
class Opened:
    """An order with its merchant, its buyer's phone, and its last try. They are read like rows of `models`, but have only what is named
    here, and nothing comes of changing them."""

    order: models.Order
    merchant: models.Merchant
    last: models.Attempt | None
    phone: str | None


_ORDER = (
    *(
        "id",
        "merchant_id",
        "buyer_id",
        "action",
        "amount",
        "currency",
        "reference",
        "description",
        "tax",
        "collects_details",
        "details",
        "language",
    ),
    *(
        "state",
        "link_version",
        "declines",
        "refunded",
        "alias_id",
        "card",
        "expires_at",
        "pending_transition",
        "closed_at",
    ),
)
_MERCHANT = (
    *(
        "id",
        "name",
        "mode",
        "country",
        "language",
        "time_zone",
        "contact",
        "max_tries",
        "number",
        "colour",
        "logo_digest",
    ),
    *("gateway", "publishable_key", "gateway_account", "gateway_secrets"),
)
_LAST = ("state", "reason", "payment_method_id", "customer_initiated")
_order, _merchant, _last, _buyer = (
    model.__table__ for model in (models.Order, models.Merchant, models.Attempt, models.Buyer)
)
_each = _last.alias()
_newest = select(func.max(_each.c.number)).where(_each.c.order_id == _order.c.id).correlate(_order).scalar_subquery()
_OPENED = (
    select(
        *(_order.c[name] for name in _ORDER),
        *(_merchant.c[name] for name in _MERCHANT),
        *(_last.c[name] for name in _LAST),
        _buyer.c.phone,
    )
    .join_from(_order, _merchant, _merchant.c.id == _order.c.merchant_id)
    .join(_buyer, _buyer.c.id == _order.c.buyer_id)
    .outerjoin(_last, (_last.c.order_id == _order.c.id) & (_last.c.number == _newest))
    .where(_order.c.id == bindparam("order"))
)


def opened(database: Database, order: str) -> Opened:
    """What there is to be shown of an order, whoever's it is: for a caller that holds the order's own link. Raises `NotFound`."""
    row = database.read_raw(_OPENED, order=order)
    if row is None:
        raise NotFound("no such order")
    values = iter(row)
    found, merchant, last = (
        cast("Any", SimpleNamespace(**{name: next(values) for name in names})) for names in (_ORDER, _MERCHANT, _LAST)
    )
    return Opened(found, merchant, last if last.state else None, next(values))
