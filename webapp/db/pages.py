"""What the buyer's page reads each time that somebody opens it: in one statement, by the driver itself, and no more than the page needs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from webapp.db import models
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.session import Database
    from webapp.domain.statuses import AttemptState


@dataclass(frozen=True, slots=True)
class PageOrder:
    """What the page shows of an order; each field is the column of its name (`models.Order`)."""

    id: str
    merchant_id: str
    buyer_id: str
    action: str
    amount: int | None
    currency: str
    reference: str
    description: str | None
    tax: int | None
    manual_capture: bool
    collects_details: bool
    details: dict[str, Any] | None
    language: str | None
    return_url: str | None
    state: str
    link_version: int
    declines: int
    captured: int | None
    refunded: int
    alias_id: str | None
    card: dict[str, Any] | None
    expires_at: datetime
    pending_transition: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PageMerchant:
    """What the page shows of a merchant, and what its gateway is connected with; each field is the column of its name."""

    id: str
    name: str
    mode: str
    country: str
    language: str
    time_zone: str
    contact: str
    max_tries: int
    number: str | None
    colour: str | None
    logo_digest: str | None
    return_urls: list[str] | None
    legal_identity: str | None
    terms_url: str | None
    gateway: str
    publishable_key: str
    gateway_account: str | None
    gateway_secrets: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PageAttempt:
    """How the last try stands; each field is the column of its name."""

    state: AttemptState
    reason: str | None
    payment_method_id: str | None
    customer_initiated: bool


@dataclass(frozen=True, slots=True)
class PayPageRow:
    """An order with its merchant, its last try, its buyer's phone (E.164), and the language that the buyer chose last."""

    order: PageOrder
    merchant: PageMerchant
    last: PageAttempt | None
    phone: str | None
    language: str | None


_ORDER, _MERCHANT, _LAST = (
    tuple(each.name for each in fields(kind)) for kind in (PageOrder, PageMerchant, PageAttempt)
)
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
        _buyer.c.language,
    )
    .join_from(_order, _merchant, _merchant.c.id == _order.c.merchant_id)
    .join(_buyer, _buyer.c.id == _order.c.buyer_id)
    .outerjoin(_last, (_last.c.order_id == _order.c.id) & (_last.c.number == _newest))
    .where(_order.c.id == bindparam("order"))
)


def opened(database: Database, order: str) -> PayPageRow:
    """What there is to be shown of an order, whoever's it is: for a caller that holds the order's own link. Raises `NotFound`."""
    row = database.read_raw(_OPENED, order=order)
    if row is None:
        raise NotFound("no such order")
    values = iter(row)
    found, merchant = PageOrder(*islice(values, len(_ORDER))), PageMerchant(*islice(values, len(_MERCHANT)))
    state, *rest = islice(values, len(_LAST))
    return PayPageRow(found, merchant, PageAttempt(state, *rest) if state else None, *values)
