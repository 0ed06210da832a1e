"""Queries on webhooks that were refused: one row of each merchant and sender, since one that was right came last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.db import merchants, models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session


def count(session: Session, merchant: str, source: str, times: int, now: datetime) -> None:
    """Count so many more. After a webhook that was right the count begins anew."""
    merchants.lock(session, merchant)
    row = session.get(models.WebhookRefusal, (merchant, source))
    if row is None:
        session.add(models.WebhookRefusal(merchant_id=merchant, source=source, count=times, first_at=now, last_at=now))
        return
    if _right_since(session, row):
        row.count, row.first_at = 0, now
    row.count, row.last_at = row.count + times, now


def standing(session: Session, merchant: str, since: datetime) -> Sequence[models.WebhookRefusal]:
    """The merchant's senders who were refused since then, and of whom nothing that was right came afterwards."""
    rows = session.scalars(
        select(models.WebhookRefusal)
        .where(models.WebhookRefusal.merchant_id == merchant, models.WebhookRefusal.last_at > since)
        .order_by(models.WebhookRefusal.source)
    ).all()
    return [row for row in rows if not _right_since(session, row)]


def _right_since(session: Session, row: models.WebhookRefusal) -> bool:
    last = session.scalar(
        select(func.max(models.InboxEvent.received_at)).where(
            models.InboxEvent.merchant_id == row.merchant_id, models.InboxEvent.source == row.source
        )
    )
    return last is not None and last > row.last_at
