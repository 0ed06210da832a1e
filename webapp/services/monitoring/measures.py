"""What the metrics say of the database's rows: work that waits, and what must never be (docs/operator/alerts.md)."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from webapp import metrics
from webapp.db import heartbeats, measures, merchants, work
from webapp.db.clock import SKEW
from webapp.domain.callback_types import CallbackType
from webapp.domain.errors import Unavailable
from webapp.services.monitoring import work_check
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

AT_MOST_EVERY = 5.0  # seconds; who asks more often reads what was found
INVARIANTS = (
    "books_differ",
    "callbacks_overdue",
    "paid_twice",
    "paid_untold",
    "page_differs",
    "queues_unattended",
    "refunded_beyond_paid",
    "tries_overdue",
    "work_overdue",
    "workers_ahead",
)
"""Each a count that must be 0."""


class Measures:
    """Asked by the metrics' registry whenever they are read."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._turn = threading.Lock()
        self._found: list[metrics.Gauge] = []
        self._until = 0.0

    def collect(self) -> Iterable[metrics.Gauge]:
        """prometheus-client's own hook."""
        with self._turn:
            if time.monotonic() >= self._until:
                self._found = self._look()
                self._until = time.monotonic() + AT_MOST_EVERY
            return list(self._found)

    def _look(self) -> list[metrics.Gauge]:
        found = [metrics.gauge("ordo_info", "The release that answers.", {(version("ordo"),): 1}, ("version",))]
        try:
            found += _gauges(self._context)
            up = 1
        except Unavailable:
            up = 0
        return [*found, metrics.gauge("ordo_database_up", "Whether the database answers: 1, or 0.", {(): up})]


def _gauges(context: ServiceContext) -> list[metrics.Gauge]:
    database, now = context.database, context.now()
    oldest = {
        model.__tablename__: max(0.0, (now - at).total_seconds()) if at is not None else 0.0
        for model, at in work.next_due(database, now).items()
    }
    with database.read() as session:
        found = {
            "books_differ": measures.books_differ(session),
            "paid_twice": measures.paid_twice(session, now),
            "paid_untold": _untold(session, now),
            "page_differs": measures.pages_differ(session),
            "refunded_beyond_paid": measures.refunded_beyond(session, now),
            "tries_overdue": measures.late_tries(session, now),
            "workers_ahead": len(heartbeats.ahead(session, now + SKEW)),
            "queues_unattended": _unattended(heartbeats.last_heartbeats(session), now),
        }
        waiters = measures.lock_waiters(session)
    overdue = {kind for kind, age in oldest.items() if timedelta(seconds=age) > work_check.WAITED}
    found |= {"work_overdue": len(overdue), "callbacks_overdue": int("callbacks" in overdue)}
    gauges = [
        metrics.gauge(
            "ordo_queue_due",
            "Rows of each kind of work that are due, at most 10,000 of them.",
            {(kind,): count for kind, count in measures.due(database, now).items()},
            ("kind",),
        ),
        metrics.gauge(
            "ordo_queue_oldest_seconds",
            "For how long the oldest row that nobody has in hand is due.",
            {(kind,): age for kind, age in oldest.items()},
            ("kind",),
        ),
        metrics.gauge(
            "ordo_invariant_violations",
            "What must never be, counted: 0, or somebody has to look.",
            {(name,): found[name] for name in INVARIANTS},
            ("invariant",),
        ),
    ]
    if waiters is not None:
        told = "Transactions that wait for a lock of PostgreSQL just now."
        gauges.append(metrics.gauge("ordo_database_lock_waiters", told, {(): waiters}))
    return gauges


def _unattended(seen: Mapping[str, datetime], now: datetime) -> int:
    """Kinds of work that no worker looks for."""
    kinds = [model.__tablename__ for model in work.EVERY]
    return sum(kind not in seen or now - seen[kind] > work_check.STALE for kind in kinds)


def _untold(session: Session, now: datetime) -> int:
    """Orders of whose money no endpoint is told that wants to be."""
    found = measures.untold(session, now)
    shops = {shop: merchants.endpoints(session, shop) for shop in {shop for shop, _, _ in found}}
    return sum(
        any(outbox.wants(each, CallbackType(f"order.{state}")) for each in shops[shop]) for shop, _, state in found
    )
