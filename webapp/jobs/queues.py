"""The tables whose rows are work, how each is carried out, and what becomes of a row whose work fails unexpectedly."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp import logs, metrics
from webapp.db import models, work
from webapp.domain.errors import OrdoError, Unavailable
from webapp.domain.tasks import TaskType
from webapp.services import inbox
from webapp.services.monitoring import page_monitor
from webapp.services.notifications import email_delivery, notify, reminders, whatsapp_delivery
from webapp.services.orders import imports
from webapp.services.payments import aliases, card_comparison, erasure, reconciliation, recovery, refunds, retain
from webapp.services.runtime import idempotency, totals
from webapp.services.webhooks import deliveries
from webapp.services.webhooks import log as callback_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

# Seconds after the first failure, the second, …; the last wait again and again, until PATIENCE tries have taken a day.
BACK_OFF = (1, 2, 5, 15, 60, 300, 1800)
PATIENCE = 54


@dataclass(frozen=True)
class JobQueue:
    """A table whose rows are work. `lease` must be longer than one piece of work can take; `threads` work at once, and no
    more than `share` of them on one source of events (`shared`), nor `merchant_share` on all of one merchant's."""

    model: Any
    carry_out: Callable[[ServiceContext, Any, work.Lease], None]
    threads: int
    lease: timedelta
    share: int | None = None
    merchant_share: int | None = None
    shared: Callable[[Any], str] = lambda _row: ""

    @property
    def name(self) -> str:
        """The table's name, which the queue's threads, heartbeats and log lines bear."""
        return str(self.model.__tablename__)


def _attempt(context: ServiceContext, attempt: models.Attempt, lease: work.Lease) -> None:
    again = recovery.attempt(context, attempt)
    with context.database.write() as session:
        work.finish(session, models.Attempt, attempt.id, lease, due_at=again)


def _order(context: ServiceContext, order: models.Order, lease: work.Lease) -> None:
    again = recovery.order(context, order.id)
    with context.database.write() as session:
        work.finish(session, models.Order, order.id, lease, due_at=again)


def _callback(context: ServiceContext, callback: models.Callback, lease: work.Lease) -> None:
    deliveries.deliver(context, callback, lease, notify.endpoint_disabled)


def _scheduled_task(context: ServiceContext, task: models.ScheduledTask, lease: work.Lease) -> None:
    match TaskType(task.type):
        case TaskType.RECONCILIATION:
            idempotency.sweep(context)  # of shops that are quiet; else it is done along with requests
            reconciliation.carry_out(context, task, lease)
        case TaskType.CARD_COMPARISON:
            card_comparison.carry_out(context, task, lease)
        case TaskType.PAGE_CHECK:
            page_monitor.carry_out(context, task, lease)
        case TaskType.CALLBACK_SWEEP:
            callback_log.sweep(context, task, lease)
        case TaskType.RETENTION:
            retain.carry_out(context, task, lease)
        case TaskType.TOTALS:
            totals.carry_out(context, task, lease)


QUEUES = (
    # A gateway that hangs leaves a thread to what people write; so does a shop whose messages hang, to other shops.
    JobQueue(
        models.InboxEvent,
        inbox.work_on,
        threads=4,
        lease=timedelta(seconds=60),
        share=3,
        merchant_share=3,
        shared=lambda row: f"{work.SOURCE}{row.source}",
    ),
    JobQueue(models.Message, whatsapp_delivery.send, threads=4, lease=timedelta(seconds=60), merchant_share=3),
    JobQueue(models.Attempt, _attempt, threads=4, lease=timedelta(seconds=120)),
    JobQueue(models.Callback, _callback, threads=64, lease=timedelta(seconds=60)),
    JobQueue(models.Order, _order, threads=2, lease=timedelta(seconds=60)),
    JobQueue(models.Refund, refunds.carry_out, threads=2, lease=timedelta(seconds=60)),
    JobQueue(models.ScheduledTask, _scheduled_task, threads=1, lease=timedelta(hours=1)),
    JobQueue(models.Reminder, reminders.carry_out, threads=1, lease=timedelta(seconds=60)),
    JobQueue(models.Mail, email_delivery.carry_out, threads=2, lease=timedelta(seconds=180)),
    JobQueue(models.Alias, aliases.carry_out, threads=2, lease=timedelta(seconds=60)),
    JobQueue(models.Import, imports.carry_out, threads=1, lease=timedelta(seconds=60)),
    JobQueue(models.Erasure, erasure.carry_out, threads=1, lease=timedelta(seconds=120)),
)


def carry_out(context: ServiceContext, queue: JobQueue, row: Any, lease: work.Lease) -> None:
    """Do a claimed row's work; what goes wrong is written to the row (`failed`).

    When the database cannot be reached nothing can be written, and the row is not to blame: it comes again as its lease ends.
    """
    began, result = time.perf_counter(), "done"
    with logs.belonging_to(**_belongs(queue, row)):
        try:
            queue.carry_out(context, row, lease)
        except Unavailable as error:
            result = "unavailable"
            log.warning("%s %s waits for the database: %s", queue.name, row.id, error)
        except Exception as error:  # noqa: BLE001  # whatever it is, it must neither be lost nor be tried without end
            result = "failed"
            result = failed(context, queue, row, lease, error)
        finally:
            metrics.job(queue.name, result, time.perf_counter() - began)


@contextlib.contextmanager
def watched(queue: JobQueue, row: Any) -> Iterator[None]:
    """Around work on a row that is carried out elsewhere: its log lines bear the row's name, and it is counted."""
    began, result = time.perf_counter(), "failed"
    with logs.belonging_to(**_belongs(queue, row)):
        try:
            yield
            result = "done"
        finally:
            metrics.job(queue.name, result, time.perf_counter() - began)


def _belongs(queue: JobQueue, row: Any) -> dict[str, str]:
    """What the log lines of a piece of work bear: the row's name, and the order and the merchant that it is of."""
    order = row.id if queue.model is models.Order else getattr(row, "order_id", None)
    of = {"job": f"{queue.name}:{row.id}", "order": order, "merchant": getattr(row, "merchant_id", None)}
    return {name: value for name, value in of.items() if value}


def failed(context: ServiceContext, queue: JobQueue, row: Any, lease: work.Lease, error: Exception) -> str:
    """Keep why the work failed and try again, more and more slowly; after about a day park the row until somebody looks. What became of it.

    Rows of money are never parked: they are tried every half hour, and each failure is an error in the log.
    """
    money = queue.model in work.MONEY
    parked = row.tries >= PATIENCE and not money
    wait = timedelta(seconds=BACK_OFF[min(row.tries, len(BACK_OFF)) - 1])
    due = None if parked else context.now() + wait
    with context.database.write() as session:
        if not work.finish(session, queue.model, row.id, lease, due_at=due, error=_reason(error)):
            return "failed"  # the lease was lost: somebody else works on it now
    loud = money or parked or not isinstance(error, OrdoError)
    what = "is parked" if parked else f"is tried again in {wait}"
    log.log(
        logging.ERROR if loud else logging.WARNING,
        "%s %s failed %s times and %s: %s",
        queue.name,
        row.id,
        row.tries,
        what,
        error,
        exc_info=error if loud else None,
    )
    return "parked" if parked else "failed"


def _reason(error: Exception) -> str:
    """The error in one line that every database keeps: the lines after the first may tell a row's values."""
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    return line.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:300]
