"""In which sequence waiting rows are taken: each lane one after the other in turns, however many wait in one of them.

A lane is what one merchant has of one kind. A row that is written comes one turn after the last that waits in its lane, and not before
the first that waits anywhere: who has nothing waiting is next, and who has a thousand gets one of them for each of the others'. The turn is
given once, as the row is written, so that whoever takes rows reads them off an index. Two that are written at once may get the same turn.

What machines report of themselves (how far a message got) has turns of its own, after all that people wait for.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement

    from webapp.db.session import Session

PEOPLE, MACHINES = 0, 1 << 40
"""Where the turns of each begin."""


def next_events(session: Session, merchant: str, source: str, begin: int, number: int) -> Iterator[Any]:
    """The turns of so many webhooks that are stored now: of a single one for the INSERT itself to ask. `begin` is `PEOPLE` or `MACHINES`."""
    row = models.InboxEvent
    first = _next(row, begin, row.merchant_id == merchant, row.source == source)
    return iter((first,)) if number == 1 else itertools.count(session.scalar(select(first)) or begin)


def next_message(merchant: str) -> Any:
    """The turn of a WhatsApp message that is written now: for the INSERT itself to ask."""
    return _next(models.Message, PEOPLE, models.Message.merchant_id == merchant)


def _next(model: Any, begin: int, *lane: ColumnElement[bool]) -> ColumnElement[int]:
    waits = (model.due_at.is_not(None), model.turn >= begin, model.turn < begin + MACHINES)
    first = select(func.min(model.turn)).where(*waits).scalar_subquery()
    after_last = select(func.max(model.turn) + 1).where(*waits, *lane).scalar_subquery()
    return func.coalesce(after_last, first, begin)
