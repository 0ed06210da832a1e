"""The name and address that a buyer gives before paying, where the order asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import orders
from webapp.domain.errors import Conflict
from webapp.domain.states import State
from webapp.domain.timeline import EventKind
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.db import models
    from webapp.db.pages import PageOrder
    from webapp.services.runtime.context import ServiceContext


def lacking(order: models.Order | PageOrder) -> bool:
    """Whether the buyer has still to give them."""
    return order.collects_details and order.details is None


def give(context: ServiceContext, order_id: str, details: Mapping[str, str], link_version: int | None = None) -> None:
    """Keep them with the order, in the place of those given before; the timeline says that they were given, not what they are.
    Raises `Conflict` (wrong_state) when the order takes no payment now, or never asked, or its link is not of that version any more."""
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        if (
            not order.collects_details
            or order.state != State.OPEN
            or order.pending_transition
            or order.expires_at <= context.now()
            or link_version not in {None, order.link_version}
        ):
            raise Conflict("wrong_state", state=order.state)
        order.details = dict(details)
        order.opened_at = order.opened_at or context.now()
        timeline.note(session, context, order, EventKind.DETAILS_GIVEN)
