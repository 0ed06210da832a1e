"""What a worker costs while there is nothing to do, and how soon it takes what another process has written: one real worker, on each database,
beside a Python that sleeps and wakes as often as SQLite's worker, in the same seconds.
"""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bench import databases
from sandbox.gateway.app import Account
from sandbox.process import Process
from sandbox.settings import environment
from tests.actors import until
from tests.kit import BUYER, ENCRYPTION_KEY, SECRET_KEYS, declaration
from webapp import app as wiring
from webapp.config import Settings
from webapp.db import models, wakeups
from webapp.domain.actions import Action
from webapp.domain.actors import CONSOLE
from webapp.domain.money import Money
from webapp.gateways.base import Notification
from webapp.services import inbox
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.services.runtime.context import ServiceContext

TITLE = "an idle worker's share of a core (limit: 1 %), and milliseconds from a row's commit in another process to its claim"
SECONDS, ROWS, ORDERS = 20, 60, 50
SLEEPER = f"import time\nwhile True: time.sleep({wakeups.SQLITE_INTERVAL})"
_event: Any = models.InboxEvent.__table__
_TRIES = select(_event.c.tries).where(_event.c.external_id == bindparam("event"))


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each database and way of being told."""
    yield "", "idle", "idle:sleeper", "p50 ms", "p95 ms", "p50:interval"
    with databases.each() as ((_, sqlite), (_, postgresql)):
        yield _line("SQLite", sqlite, None, wakeups.SQLITE_INTERVAL)
        yield _line("PostgreSQL, in turns", postgresql, None, wakeups.POLLED)
        yield _line("PostgreSQL, LISTEN", postgresql, postgresql, wakeups.LISTENING)


def _line(name: str, url: str, direct_url: str | None, interval: float) -> Sequence[str]:
    settings = {
        "PUBLIC_URL": "http://ordo.localhost",
        "DATABASE_URL": url,
        "SECRET_KEYS": SECRET_KEYS[0],
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "ALLOW_SANDBOX_HOSTS": "1",
        **({"DATABASE_DIRECT_URL": direct_url} if direct_url else {}),
    }
    context = wiring.make_context(
        Settings.model_validate({key.lower(): value for key, value in settings.items()})
    ).acting_as(CONSOLE)
    merchant = _shop(context)
    with (
        tempfile.TemporaryDirectory() as folder,
        _running("sleeper", [sys.executable, "-c", SLEEPER], {}, Path(folder)) as sleeper,
        _running("worker", [sys.executable, "-m", "flask", "worker"], settings, Path(folder)) as worker,
    ):
        began = datetime.now(UTC)
        _until_claimed(context, merchant, "the first")
        until(lambda: len(_beats(context, began)) == len(models.Work.__subclasses__()), "the worker is at work")
        time.sleep(2)
        idle, least = _shares(worker, sleeper)
        waits = sorted(_until_claimed(context, merchant, f"{name} {number}") * 1000 for number in range(ROWS))
    context.database.close()
    p50, p95 = statistics.median(waits), waits[int(len(waits) * 0.95)]
    return (
        name,
        f"{idle:.2%}",
        f"{idle / least:.1f}",
        f"{p50:.0f}",
        f"{p95:.0f}",
        f"{p50 / interval / 1000:.2f}",
    )


def _shop(context: ServiceContext) -> str:
    """A shop with some orders, none of which is due."""
    document = declaration(Account("sk_test_1", "pk_test_1", "Café Lumière"), "http://127.0.0.1:9/backend")
    merchant, new = declarations.apply(context, declarations.declared(document))
    wanted = lifecycle.Request(Action.PAYMENT, Money(1000, "EUR"), BUYER)
    for _ in range(ORDERS if new else 0):
        lifecycle.create(context, merchant, wanted, send=False)
    return merchant


@contextlib.contextmanager
def _running(name: str, command: list[str], settings: dict[str, str], folder: Path) -> Iterator[Process]:
    process = Process(name, command, cwd=Path.cwd(), env=environment(settings), log=folder / f"{name}.log")
    process.start()
    try:
        yield process
        if process.ended is not None:
            raise AssertionError(process.last_words())
    finally:
        process.stop()


def _beats(context: ServiceContext, since: datetime) -> list[models.Heartbeat]:
    with context.database.read() as session:
        return session.query(models.Heartbeat).where(models.Heartbeat.seen_at >= since).all()


def _shares(*processes: Process) -> list[float]:
    """Of one core, for a while in which nothing happens."""
    begun, before = time.monotonic(), [_spent(each) for each in processes]
    time.sleep(SECONDS)
    took = time.monotonic() - begun
    return [(_spent(each) - first) / took for each, first in zip(processes, before, strict=True)]


def _spent(process: Process) -> float:
    """Seconds of the processor that the process has had, by Linux's count (man 5 proc)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _until_claimed(context: ServiceContext, merchant: str, event: str) -> float:
    """Write an event that says nothing; the seconds until the worker has claimed it."""
    time.sleep(random.uniform(0.1, 0.4))  # noqa: S311  # at any time of its turn
    inbox.keep_gateway(context, merchant, Notification(event, "nothing", None, None))
    written, ends = time.perf_counter(), time.monotonic() + 60
    while context.database.read_raw(_TRIES, event=event) == [0]:
        if time.monotonic() > ends:
            raise AssertionError("nobody takes the row")
        time.sleep(0.0005)
    return time.perf_counter() - written
