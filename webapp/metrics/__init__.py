"""What is counted while the product works (docs/operator/alerts.md says what each is for). Off, and free of cost, until a port is opened
(`served.start`): each process then counts into a folder of the machine, and whichever of them is asked answers for all.

Every label has few values: the address as the code declares it, an outcome, a currency; never a merchant, a buyer, an order or an address
on the network.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Gauge = GaugeMetricFamily
REGISTRY = CollectorRegistry()
FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAITS = (0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10)
WORK = (0.01, 0.05, 0.25, 1, 5, 15, 60, 600)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Each has a label: one without would be made as this module is read, before it is known where the process counts.
REQUESTS = Histogram(
    "ordo_request_seconds",
    "Requests, from their arrival to the head of the answer, by the address as the code declares it.",
    ("route", "method", "status"),
    buckets=FAST,
    registry=REGISTRY,
)
JOBS = Histogram(
    "ordo_job_seconds",
    "Pieces of background work, by what came of them: done, failed (tried again), parked, unavailable (the database).",
    ("kind", "result"),
    buckets=WORK,
    registry=REGISTRY,
)
CALLS = Histogram(
    "ordo_call_seconds",
    "Tries at others, by what came of them: ok, refused, failed (theirs), silent (no answer).",
    ("target", "result"),
    buckets=FAST,
    registry=REGISTRY,
)
MONEY = Counter(
    "ordo_money_minor_units",
    "What orders came to, committed, in the currency's smallest unit.",
    ("transition", "currency"),
    registry=REGISTRY,
)
ORDERS = Counter(
    "ordo_orders", "Orders that came to a state, committed, by what moved them.", ("transition",), registry=REGISTRY
)
ALARMS = Counter(
    "ordo_alarms",
    "Orders that somebody has to look at, by the alarm's word (docs/operator/running.md).",
    ("why",),
    registry=REGISTRY,
)
DATABASE_WAITS = Histogram(
    "ordo_database_wait_seconds",
    "Waits for the database: for a connection of the pool, and on SQLite for the one writer's turn.",
    ("wait",),
    buckets=WAITS,
    registry=REGISTRY,
)
DATABASE_FAILURES = Counter(
    "ordo_database_failures",
    "Times that the database could not be used: no_connection (none was free), unreachable (or locked for too long).",
    ("why",),
    registry=REGISTRY,
)


class _Switch:
    on = False


def switch_on() -> None:
    """Count from now on."""
    _Switch.on = True


def is_on() -> bool:
    """Whether anything is counted."""
    return _Switch.on


def request(route: str | None, method: str, status: str, seconds: float) -> None:
    """A request was answered. `route` is the rule that its address fitted, None for none."""
    if _Switch.on:
        REQUESTS.labels(route or "none", method if method in METHODS else "other", status).observe(seconds)


def job(kind: str, result: str, seconds: float) -> None:
    """A piece of work is over."""
    if _Switch.on:
        JOBS.labels(kind, result).observe(seconds)


def call(target: str, result: str, seconds: float) -> None:
    """Somebody else was asked for something."""
    if _Switch.on:
        CALLS.labels(target, result).observe(seconds)


def by_status(status: int | None) -> str:
    """What came of a call that was answered with this HTTP status, or not at all."""
    if status is None:
        return "silent"
    return "ok" if status < 400 else "failed" if status >= 500 or status == 429 else "refused"


def order(transition: str) -> None:
    """An order was moved."""
    if _Switch.on:
        ORDERS.labels(transition).inc()


def money(transition: str, currency: str, amount: int) -> None:
    """An order came to money, in minor units: paid, authorised, voided, disputed, refunded, refund_returned (a refund that failed later)."""
    if _Switch.on:
        MONEY.labels(transition, currency).inc(amount)


def alarm(why: str) -> None:
    """An order has got an alarm."""
    if _Switch.on:
        ALARMS.labels(why).inc()


def database_failed(why: str) -> None:
    """It could not be used."""
    if _Switch.on:
        DATABASE_FAILURES.labels(why).inc()


def gauge(name: str, told: str, values: Mapping[tuple[str, ...], float], labels: Sequence[str] = ()) -> Gauge:
    """What is found whenever the metrics are read: a value for each set of the labels' values."""
    made = GaugeMetricFamily(name, told, labels=labels)
    for of, value in values.items():
        made.add_metric(of, value)
    return made


@contextlib.contextmanager
def waiting(wait: str) -> Iterator[None]:
    """Around what may have to wait for the database."""
    began = time.perf_counter()
    try:
        yield
    finally:
        if _Switch.on:
            DATABASE_WAITS.labels(wait).observe(time.perf_counter() - began)
