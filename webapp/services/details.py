"""The name and address that a buyer gives before paying, where the order asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import orders as rows
from webapp.domain.errors import Conflict
from webapp.domain.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.db import models
    from webapp.services.kit import Kit


def lacking(order: models.Order) -> bool:
    """Whether the buyer has still to give them."""
    return order.asks and order.details is None


def give(kit: Kit, order_id: str, details: Mapping[str, str]) -> None:
    """Keep them with the order, in the place of those given before; the timeline says that they were given, not what they are.
    Raises `Conflict` (wrong_state) when the order takes no payment now, or never asked."""
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        if not order.asks or order.state != State.OPEN or order.closing or order.expires_at <= kit.now():
            raise Conflict("wrong_state", state=order.state)
        order.details = dict(details)
        order.opened_at = order.opened_at or kit.now()
        rows.note(session, order, "details_given", kit.now())
