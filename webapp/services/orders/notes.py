"""Notes that the people of a shop write on an order, for each other: on its timeline, seen by nobody else, erased with the buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import models, orders
from webapp.domain import characters
from webapp.domain.errors import Invalid
from webapp.domain.timeline import EventKind
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext

LONGEST = 500


def add(
    context: ServiceContext, merchant_id: str, order_id: str, text: str, *, idempotency_key: str | None = None
) -> models.Order:
    """Write a note on the merchant's order. Raises `NotFound`, `Invalid` (empty_note, long_note)."""
    text = " ".join(characters.visible(text).split())
    if not text:
        raise Invalid("empty_note")
    if len(text) > LONGEST:
        raise Invalid("long_note")
    with context.database.write() as session:
        orders.of_merchant(session, merchant_id, order_id)
        order = orders.lock(session, order_id)
        if idempotency_key is None or not orders.has_note(session, order_id, idempotency_key):
            timeline.note(session, context, order, EventKind.NOTED, detail=text, once=idempotency_key)
        return order
