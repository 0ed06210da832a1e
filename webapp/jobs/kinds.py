"""The kinds of row that are work, how each is carried out, and what becomes of a row whose work fails unexpectedly."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.db import models, work
from webapp.domain.errors import OrdoError, Unavailable
from webapp.services import aliases, inbox, ledger, letters, outbox, page_looks, reconcile, refunds, reminders, sending

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.kit import Kit

log = logging.getLogger(__name__)

# Seconds after the first failure, the second, …; the last wait again and again, until PATIENCE tries have taken a day.
BACK_OFF = (1, 2, 5, 15, 60, 300, 1800)
PATIENCE = 54


@dataclass(frozen=True)
class Kind:
    """A kind of row that is work. `lease` must be longer than one piece of work can take; `threads` work at once, and no
    more than `share` of them on one endpoint."""

    model: Any
    carry_out: Callable[[Kit, Any, work.Lease], None]
    threads: int
    lease: timedelta
    share: int | None = None

    @property
    def name(self) -> str:
        """The table's name, which the kind's threads, beats and log lines bear."""
        return str(self.model.__tablename__)


def _attempt(kit: Kit, attempt: models.Attempt, lease: work.Lease) -> None:
    again = reconcile.attempt(kit, attempt)
    with kit.database.write() as session:
        work.finish(session, models.Attempt, attempt.id, lease, due_at=again)


def _order(kit: Kit, order: models.Order, lease: work.Lease) -> None:
    again = reconcile.order(kit, order.id)
    with kit.database.write() as session:
        work.finish(session, models.Order, order.id, lease, due_at=again)


def _job(kit: Kit, job: models.Job, lease: work.Lease) -> None:
    what = page_looks if job.id.startswith("page:") else ledger
    what.carry_out(kit, job, lease)


KINDS = (
    Kind(models.InboxEvent, inbox.work_on, threads=4, lease=timedelta(seconds=60)),
    Kind(models.Message, sending.send, threads=4, lease=timedelta(seconds=60)),
    Kind(models.Attempt, _attempt, threads=4, lease=timedelta(seconds=120)),
    Kind(models.Callback, outbox.deliver, threads=8, lease=timedelta(seconds=60), share=3),
    Kind(models.Order, _order, threads=2, lease=timedelta(seconds=60)),
    Kind(models.Refund, refunds.carry_out, threads=2, lease=timedelta(seconds=60)),
    Kind(models.Job, _job, threads=1, lease=timedelta(hours=1)),
    Kind(models.Reminder, reminders.carry_out, threads=1, lease=timedelta(seconds=60)),
    Kind(models.Mail, letters.carry_out, threads=2, lease=timedelta(seconds=180)),
    Kind(models.Alias, aliases.carry_out, threads=2, lease=timedelta(seconds=60)),
)
CONNECTIONS = sum(kind.threads + 1 for kind in KINDS)
"""How many connections to the database a worker uses at most: no thread, and no line, holds two at once. The scheduler has its own."""


def carry_out(kit: Kit, kind: Kind, row: Any, lease: work.Lease) -> None:
    """Do a claimed row's work; what goes wrong is written to the row (`failed`).

    When the database cannot be reached nothing can be written, and the row is not to blame: it comes again as its lease ends.
    """
    try:
        kind.carry_out(kit, row, lease)
    except Unavailable as error:
        log.warning("%s %s waits for the database: %s", kind.name, row.id, error)
    except Exception as error:  # noqa: BLE001  # whatever it is, it must neither be lost nor be tried without end
        failed(kit, kind, row, lease, error)


def failed(kit: Kit, kind: Kind, row: Any, lease: work.Lease, error: Exception) -> None:
    """Keep why the work failed and try again, more and more slowly; after about a day park the row until somebody looks.

    Rows of money are never parked: they are tried every half hour, and each failure is an error in the log.
    """
    money = kind.model in work.MONEY
    parked = row.tries >= PATIENCE and not money
    wait = timedelta(seconds=BACK_OFF[min(row.tries, len(BACK_OFF)) - 1])
    due = None if parked else kit.now() + wait
    with kit.database.write() as session:
        if not work.finish(session, kind.model, row.id, lease, due_at=due, error=_reason(error)):
            return  # the lease was lost: somebody else works on it now
    loud = money or parked or not isinstance(error, OrdoError)
    what = "is parked" if parked else f"is tried again in {wait}"
    log.log(
        logging.ERROR if loud else logging.WARNING,
        "%s %s failed %s times and %s: %s",
        kind.name,
        row.id,
        row.tries,
        what,
        error,
        exc_info=error if loud else None,
    )


def _reason(error: Exception) -> str:
    """The error in one line that every database keeps: the lines after the first may tell a row's values."""
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    return line.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:300]
