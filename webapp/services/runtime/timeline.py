"""Lines of an order's timeline: what happened, when, and who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import orders
from webapp.domain.timeline import EventKind
from webapp.services.runtime import totals

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


def note(session: Session, context: ServiceContext, order: models.Order, kind: EventKind, **data: object) -> None:
    """Add a line by the context's actor, in the caller's transaction on a locked order."""
    orders.note(session, order, kind, context.actor, context.now(), **data)
    totals.count(session, context, order, kind, data)


def alarm(
    session: Session, context: ServiceContext, order: models.Order, *, again: bool = False, **data: object
) -> bool:
    """Add a line that somebody has to look at, once for each reason (`why`) unless it is to be told `again`. Whether it is new."""
    if again:
        note(session, context, order, EventKind.ALARM, **data)
        return True
    return orders.alarm(session, order, context.actor, context.now(), **data)
