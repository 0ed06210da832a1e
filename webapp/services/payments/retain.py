"""What is about people is kept no longer than needed (`domain.retention`): once a day, for each merchant, in small steps.

Nothing is noted of how far it is: what was kept for long enough and is still there is what is left to do. So a step that dies is done again,
and a worker does some steps, lets other work of its queue go first, and goes on.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import limits, models, retention, work
from webapp.domain.actors import CLOCK
from webapp.domain.retention import Kept
from webapp.services.payments import erasure
from webapp.services.runtime import kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
STEPS = 40  # full ones, that a worker does before it lets other work go first
MANY, FEW = 500, 50  # rows of a step, and of one that costs more for each
QUOTAS = timedelta(days=2)  # Meta counts by the day
PREVIEWS = timedelta(0)  # each says itself how long it is kept
PURGED = "retention/purge"
PURGE_EVERY = timedelta(hours=20)
TABLES: dict[str, tuple[Callable[[Session, str, datetime, datetime, int], int], Kept | timedelta, int]] = {
    "webhooks": (retention.webhooks, Kept.WEBHOOKS, MANY),
    "messages": (retention.messages, Kept.MESSAGES, MANY),
    "letters": (retention.letters, Kept.LETTERS, MANY),
    "orders": (retention.orders, Kept.ORDERS, FEW),
    "files": (retention.names_of_files, Kept.IMPORTS, MANY),
    "previews": (retention.previews, PREVIEWS, FEW),
    "quotas": (retention.quotas, QUOTAS, MANY),
}


def carry_out(context: ServiceContext, task: models.ScheduledTask, lease: work.Lease) -> None:
    """Do some steps of a claimed task; the rest is due at once, behind what was due before."""
    done, left = Counter[str](), STEPS
    for what, (step, rule, most) in TABLES.items():
        before = kept.since(context, task.merchant_id, rule) if isinstance(rule, Kept) else context.now() - rule
        count = most
        while count == most and left:
            began = time.monotonic()
            with context.database.write() as session:
                count = step(session, task.merchant_id, before, context.now(), most)
            _let_others_write(began)
            done[what] += count
            left -= count == most
    left = _buyers(context.acting_as(CLOCK), task.merchant_id, done, left)
    told = ", ".join(f"{count} {what}" for what, count in done.items() if count)
    if told:
        log.info("of %s, kept for long enough: %s%s", task.merchant_id, told, "" if left else "; more are left")
    if left and told:
        _purge(context)
    with context.database.write() as session:
        again = EVERY if left else timedelta(0)
        work.finish(session, models.ScheduledTask, task.id, lease, due_at=context.now() + again, tries=0)


def _buyers(context: ServiceContext, merchant_id: str, done: Counter[str], left: int) -> int:
    """Erase buyers with whom there was nothing to do for long enough. How many steps are left."""
    before = kept.since(context, merchant_id, Kept.BUYERS)
    while left:
        with context.database.read() as session:
            some = retention.maybe_idle(session, merchant_id, before, FEW)
        for buyer_id in some:
            began = time.monotonic()
            done["buyers"] += erasure.erase_idle(context, buyer_id, before)
            _let_others_write(began)
        if len(some) < FEW:
            break
        left -= 1
    return left


def _let_others_write(began: float) -> None:
    """SQLite has one lock for writing, and who waits for it looks only now and then: it is free for as long as a step has held it."""
    time.sleep(min(time.monotonic() - began, 0.1))


def _purge(context: ServiceContext) -> None:
    """Once a day nothing of former rows is left in a SQLite database's files, of whatever merchants they were."""
    if not context.database.is_sqlite:
        return
    with context.database.write() as session:
        first = limits.count(session, PURGED, context.now(), PURGE_EVERY).count == 1
    if first and not context.database.purge():
        with context.database.write() as session:
            limits.forget(session, PURGED)  # somebody was reading: the next merchant's turn tries again
