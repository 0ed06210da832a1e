"""How many callbacks go out in a second: the product's workers beside a loop that does the least that a worker can (bench/bare_loop), in turns.

Ten merchants with an endpoint each, which answers after 5 ms, 30 % of the time that it failed; two callbacks of each order, in sequence. The
waits between tries are left out, so that each row is done when all have arrived. Then three endpoints hang, and in the end a worker is killed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text

from bench import bare_loop, databases, filler
from bench.receivers import Receivers
from sandbox.gateway.app import Account
from tests.kit import BUYER, ENCRYPTION_KEY, PUBLIC_URL, SECRET_KEYS, declaration
from webapp import app as wiring
from webapp.callbacks import sender, standard
from webapp.config import Settings
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.actors import CLOCK, CONSOLE
from webapp.domain.callback_types import CallbackType
from webapp.domain.money import Money
from webapp.domain.statuses import CallbackState
from webapp.jobs.queues import QUEUES
from webapp.jobs.worker import Worker
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webapp.services.runtime.context import ServiceContext

TITLE = "callbacks: answers a second (30 % of them a failure), and what arrived"
MERCHANTS, ORDERS, TURNS = 10, 100, 3  # orders of a merchant, two callbacks each
HANGING = 3
LEASE = timedelta(seconds=5)  # of the worker that is killed
CALLBACKS = next(queue for queue in QUEUES if queue.model is models.Callback)
_SPAWN = multiprocessing.get_context("spawn")


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each way."""
    yield "", "answers/s", "of the plain loop", "ms of CPU each", "lost", "twice", "out of sequence"
    with databases.each() as found:
        for name, url in found:
            yield from _lines(name, url)


def _lines(name: str, url: str) -> Iterator[Sequence[str]]:
    ways: dict[str, tuple[Callable[..., None], int]] = {
        "plain loop": (bare_loop.plain, 1),
        "batched loop": (bare_loop.batched, 1),
        "1 worker": (work, 1),
        "2 workers": (work, 2),
        "4 workers": (work, 4),
    }
    results: dict[str, list[_Result]] = {way: [] for way in ways}
    for _ in range(TURNS):
        for way, (target, count) in ways.items():
            results[way].append(_measured(url, target, count))
    plain = max(each.rate for each in results["plain loop"])
    for way, turns in results.items():
        best = max(turns, key=lambda each: each.rate)
        yield f"{name}, {way}", f"{best.rate:.0f}", f"{best.rate / plain:.2f}", *best.arrived()
    turns = [_measured(url, work, 1, hanging=HANGING) for _ in range(TURNS)]
    hanging = max(turns, key=lambda each: each.rate)
    alone = max(each.rate for each in results["1 worker"]) * (MERCHANTS - HANGING) / MERCHANTS
    yield (
        f"{name}, {HANGING} of {MERCHANTS} hang",
        f"{hanging.rate:.0f}",
        f"{hanging.rate / alone:.2f} of theirs",
        *hanging.arrived(),
    )
    killed = _measured(url, work, 2, kills=True)
    yield f"{name}, one of 2 killed", "", "", *killed.arrived()


@dataclasses.dataclass(frozen=True)
class _Result:
    rate: float
    cpu: float  # milliseconds of the workers' processes for each answer
    lost: int
    twice: int
    out_of_sequence: int

    def arrived(self) -> tuple[str, str, str, str]:
        return f"{self.cpu:.2f}", str(self.lost), str(self.twice), str(self.out_of_sequence)


@dataclasses.dataclass
class _Clock:
    """What the workers' processes have used of the processor by when, in seconds."""

    workers: Sequence[Any]
    read: list[tuple[float, float]] = dataclasses.field(default_factory=list)

    def look(self) -> None:
        ticks = 0
        for worker in self.workers:
            with contextlib.suppress(OSError):  # it was killed
                fields = Path(f"/proc/{worker.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])  # proc(5): utime, stime
        self.read.append((time.monotonic(), ticks / os.sysconf("SC_CLK_TCK")))

    def each(self, times: Sequence[float]) -> float:
        """Milliseconds for each of what was done at these times, as far as it was looked at between."""
        within = [read for read in self.read if times[0] <= read[0] <= times[-1]]
        if len(within) < 2:
            return float("nan")
        (begun, before), (ended, after) = within[0], within[-1]
        return (after - before) * 1000 / max(sum(begun <= at <= ended for at in times), 1)


def _measured(url: str, target: Callable[..., None], count: int, *, hanging: int = 0, kills: bool = False) -> _Result:
    """Fill the database, have so many workers empty it, and ask the receivers."""
    quiet = frozenset(str(number) for number in range(hanging))
    receivers = Receivers(quiet)
    context = _context(url).acting_as(CONSOLE)
    _fill(context, url, receivers.url)
    workers = [
        _SPAWN.Process(target=target, args=(url, ENCRYPTION_KEY, LEASE if kills else CALLBACKS.lease), daemon=True)
        for _ in range(count)
    ]
    for worker in workers:
        worker.start()
    clock = _Clock(workers)
    if kills:
        _until(lambda: _left(context, quiet) < ORDERS * MERCHANTS)
        os.kill(workers[0].pid or 0, signal.SIGKILL)
    _until(lambda: not _left(context, quiet), clock.look)
    heard = receivers.heard()
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(30)
        worker.kill()
    receivers.stop()
    context.database.close()
    times = sorted(at for path, posts in heard.posts.items() if path not in quiet for at in posts)
    # Without the beginning, when processes start, and the end, when few are left.
    times = times[len(times) // 10 : -len(times) // 5]
    wanted = (MERCHANTS - hanging) * ORDERS * 2
    twice = sum(heard.taken.values()) - len(heard.taken)
    rate = len(times) / (times[-1] - times[0])
    return _Result(rate, clock.each(times), wanted - len(heard.taken), twice, heard.out_of_sequence)


def work(url: str, key: str, lease: timedelta) -> None:
    """A process of its own: the product's worker of callbacks, which waits for nothing between tries."""
    sender.WAITS = (timedelta(0),) * 100
    context = _context(url, key).acting_as(CLOCK)
    worker = Worker(context, (dataclasses.replace(CALLBACKS, lease=lease),))
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


def _context(url: str, key: str = ENCRYPTION_KEY) -> ServiceContext:
    return wiring.make_context(
        Settings(
            public_url=PUBLIC_URL,
            database_url=url,
            secret_keys=SECRET_KEYS,
            encryption_keys=(key,),
            allow_sandbox_hosts=True,
        ),
        connections=2,
    )


def _fill(context: ServiceContext, url: str, receivers: str) -> None:
    """New merchants, an order of each and its copies, and their callbacks."""
    with context.database.write() as session:
        for table in reversed(models.Base.metadata.sorted_tables):
            session.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608  # our own words
    wanted = lifecycle.Request(Action.PAYMENT, Money(1000, "EUR"), BUYER)
    for number in range(MERCHANTS):
        account = Account(f"sk_test_{number}", f"pk_test_{number}", f"Shop {number}")
        document = declaration(account, f"{receivers}/{number}", id=f"shop{number}", name=f"Shop {number}")
        document["operators"], document["users"] = [], []
        merchant, _ = declarations.apply(context, declarations.declared(document))
        made = lifecycle.create(context, merchant, wanted, send=False)
        orders = filler.copy_order(url, made.id, ORDERS, prefix=f"ord_{number}_")
        _write(context, merchant, orders)


def _write(context: ServiceContext, merchant: str, orders: Sequence[str]) -> None:
    now = datetime.now(UTC)
    with context.database.write() as session:
        endpoint = session.scalars(select(models.Endpoint.id).where(models.Endpoint.merchant_id == merchant)).one()
        rows: list[dict[str, Any]] = [
            {
                "id": f"{order}.{place}",
                "merchant_id": merchant,
                "endpoint_id": endpoint,
                "order_id": order,
                "sequence": place,
                "type": CallbackType.ORDER_PAID,
                "body": standard.body(CallbackType.ORDER_PAID, now, {"order": order, "description": "x" * 800}),
                "state": CallbackState.PENDING,
                "created_at": now,
                "due_at": now,
            }
            for order in orders
            for place in (1, 2)
        ]
        session.execute(insert(models.Callback), rows)


def _left(context: ServiceContext, quiet: frozenset[str]) -> int:
    """How many have still to arrive where somebody answers."""
    hanging = [f"shop{number}" for number in quiet]
    row = models.Callback
    query = select(func.count()).where(row.state == CallbackState.PENDING, row.merchant_id.not_in(hanging))
    with context.database.read() as session:
        return session.scalar(query) or 0


def _until(over: Callable[[], bool], look: Callable[[], None] = lambda: None, patience: float = 120.0) -> None:
    latest = time.monotonic() + patience
    while not over():
        look()
        if time.monotonic() > latest:
            raise AssertionError("it does not end")
        time.sleep(0.1)
