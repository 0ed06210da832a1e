"""The receipt of a payment, sent to the buyer once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models, orders
from webapp.domain.errors import Conflict
from webapp.domain.states import MONEY
from webapp.domain.timeline import EventKind
from webapp.services.notifications import channels, compose
from webapp.services.notifications.notify import reachable
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from webapp.services.notifications.notices import Notice
    from webapp.services.runtime.context import ServiceContext


def resend(context: ServiceContext, merchant_id: str, order_id: str) -> models.Order:
    """Send the buyer the receipt again, and that of the consent where a card was saved. Raises `NotFound`, `Conflict`: wrong_state where
    nothing was paid; not_sent where the buyer cannot be written to."""
    with context.database.write() as session:
        orders.of_merchant(session, merchant_id, order_id)
        order = orders.lock(session, order_id)
        if order.state not in MONEY:
            raise Conflict("wrong_state", state=order.state)
        merchant, buyer = merchants.get(session, merchant_id), buyers.get(session, order.buyer_id)
        t, consent = compose.texts(session, merchant, order), buyers.consent(session, order.id)
        told: list[Notice] = [compose.receipt(context, merchant, order, t)]
        if consent is not None:
            told.append(compose.consent(context, merchant, order, consent, t))
        if not channels.queue(session, context, merchant, reachable(buyer, order), told, order=order):
            raise Conflict("not_sent")
        timeline.note(session, context, order, EventKind.RECEIPT_RESENT)
        return order
