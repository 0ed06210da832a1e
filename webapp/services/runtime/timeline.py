"""Lines of an order's timeline: what happened, when, and who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import orders

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.db.session import Session
    from webapp.domain.timeline import EventKind
    from webapp.services.runtime.context import ServiceContext


def note(session: Session, context: ServiceContext, order: models.Order, kind: EventKind, **data: object) -> None:
    """Add a line by the context's actor, in the caller's transaction on a locked order."""
    orders.note(session, order, kind, context.actor, context.now(), **data)


def alarm(session: Session, context: ServiceContext, order: models.Order, **data: object) -> bool:
    """Add a line that somebody has to look at, once for each reason (`why`). Whether it is new."""
    return orders.alarm(session, order, context.actor, context.now(), **data)
