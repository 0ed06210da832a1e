"""Stored events: work for the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import messages

if TYPE_CHECKING:
    from tests.kit.shops import Shop


def fill(shop: Shop, count: int) -> None:
    """That many stored events, all due."""
    now = shop.clock()
    events: list[dict[str, object]] = [
        {
            "merchant_id": shop.id,
            "source": "x",
            "external_id": str(n),
            "payload": {},
            "received_at": now,
            "due_at": now,
            "tries": 0,
        }
        for n in range(count)
    ]
    with shop.context.database.write() as session:
        assert messages.store(session, events) == count
