"""Stored events, claimed and finished as the worker does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import models, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.kit import Shop

LEASE = timedelta(seconds=60)


def take(shop: Shop, limit: int) -> tuple[work.Lease, Sequence[models.InboxEvent]]:
    with shop.context.database.write() as session:
        return work.claim(session, models.InboxEvent, now=shop.clock(), lease=LEASE, limit=limit)


def finish(shop: Shop, row: models.InboxEvent, lease: work.Lease) -> bool:
    with shop.context.database.write() as session:
        return work.finish(session, models.InboxEvent, row.id, lease, error="noted")
