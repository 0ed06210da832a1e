"""Callbacks of one order, as many as a test wants."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import models
from webapp.domain.statuses import CallbackState
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from tests.kit import Shop


def many(shop: Shop, count: int, **more: Any) -> list[str]:
    """So many callbacks of one order, two of each instant, oldest first."""
    order, (endpoint,) = shop.order(), endpoints.listed(shop.context, shop.id)
    rows = []
    for number in range(count):
        at = shop.clock() + timedelta(minutes=number // 2)
        values = {
            "id": f"msg_{number:06}",
            "merchant_id": shop.id,
            "endpoint_id": endpoint.id,
            "order_id": order,
            "sequence": number + 1,
            "type": "order.paid",
            "body": "{}",
            "state": CallbackState.DELIVERED,
            "created_at": at,
        }
        rows.append(models.Callback(**(values | more)))
    with shop.context.database.write() as session:
        session.add_all(rows)
    return [row.id for row in rows]
