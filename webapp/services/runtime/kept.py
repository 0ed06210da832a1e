"""From when on what is about people is kept: as the merchant says, else as this installation does (`domain.retention`)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import merchants
from webapp.domain import retention

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.domain.retention import Kept
    from webapp.services.runtime.context import ServiceContext


def since(context: ServiceContext, merchant_id: str, what: Kept) -> datetime:
    """What is older was kept for long enough. Raises `NotFound`."""
    with context.database.read() as session:
        own = merchants.get(session, merchant_id).retention
    return context.now() - timedelta(days=retention.days(what, own, context.kept))
