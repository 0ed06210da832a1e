"""Looking at refunds: what order backends are shown of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import refunds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db import models
    from webapp.services.runtime.context import ServiceContext


@dataclass(frozen=True)
class RefundView:
    """A refund, and the currency of its order."""

    refund: models.Refund
    currency: str


def one(context: ServiceContext, merchant_id: str, refund_id: str) -> RefundView:
    """The merchant's refund. Raises `NotFound`, also for another merchant's."""
    with context.database.read() as session:
        return RefundView(*refunds.of_merchant(session, merchant_id, refund_id))


def listed(
    context: ServiceContext, merchant_id: str, order_id: str | None, after: tuple[datetime, str] | None, limit: int
) -> Sequence[RefundView]:
    """The merchant's refunds, newest first; `order_id`: of that order alone. `after` is the last of the page before."""
    with context.database.read() as session:
        found = refunds.page(session, merchant_id, order_id, after, limit=limit)
        return [RefundView(*each) for each in found]
