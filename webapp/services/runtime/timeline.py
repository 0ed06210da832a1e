"""Lines of an order's timeline: what happened, when, and who did it."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from webapp import metrics
from webapp.db import orders
from webapp.db.session import after_commit
from webapp.domain.timeline import EventKind
from webapp.services.runtime import totals

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext


log = logging.getLogger(__name__)


def note(session: Session, context: ServiceContext, order: models.Order, kind: EventKind, **data: object) -> None:
    """Add a line by the context's actor, in the caller's transaction on a locked order."""
    orders.note(session, order, kind, context.actor, context.now(), **data)
    totals.count(session, context, order, kind, data)
    after_commit(
        session, functools.partial(log.info, "order %s: %s by %s", order.id, kind.value, context.actor.kind.value)
    )


def alarm(
    session: Session, context: ServiceContext, order: models.Order, *, again: bool = False, **data: object
) -> bool:
    """Add a line that somebody has to look at, once for each reason (`why`) unless it is to be told `again`. Whether it is new."""
    why = str(data.get("why"))
    if again:
        note(session, context, order, EventKind.ALARM, **data)
    elif not orders.alarm(session, order, context.actor, context.now(), **data):
        return False
    after_commit(session, functools.partial(metrics.alarm, why))
    after_commit(session, functools.partial(log.error, "order %s needs somebody: %s", order.id, why))
    return True
