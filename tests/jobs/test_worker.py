"""The worker with real threads: what is due is done once, one row's failure stops no other, and it ends when told."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.actors import until
from tests.jobs.working import at_work, done, events, left
from tests.kit import fill
from webapp.db import models, work
from webapp.domain.errors import Unavailable
from webapp.jobs import consumer, scheduler
from webapp.jobs.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit import Shop
    from webapp.services.runtime.context import ServiceContext


class Flaky:
    """A database at which every access of one thread's meets this first."""

    def __init__(self, database: Any, happens: Callable[[], None]) -> None:
        self._database, self._happens = database, happens

    @contextlib.contextmanager
    def read(self) -> Iterator[Any]:
        self._happens()
        with self._database.read() as session:
            yield session

    def read_raw(self, *given: Any, **named: Any) -> Any:
        self._happens()
        return self._database.read_raw(*given, **named)

    def hints(self, *given: Any) -> Any:
        return self._database.hints(*given)

    @contextlib.contextmanager
    def write(self) -> Iterator[Any]:
        self._happens()
        with self._database.write() as session:
            yield session


def flaky(shop: Shop, happens: Callable[[], None]) -> ServiceContext:
    database: Any = Flaky(shop.context.database, happens)
    return dataclasses.replace(shop.context, database=database)


def test_every_due_row_is_handed_over_once_and_a_failing_one_stops_no_other(shop: Shop) -> None:
    fill(shop, 12)
    seen: list[int] = []

    def carry_out(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
        seen.append(event.id)
        if len(seen) == 1:
            raise RuntimeError("this one breaks")
        done(context, event, lease)

    with at_work(Worker(shop.context, events(carry_out))):
        until(lambda: left(shop) == 1, "all but the broken one are done")
    assert len(seen) == len(set(seen)) == 12
    (broken,) = shop.all(models.InboxEvent, models.InboxEvent.due_at.is_not(None))
    assert (broken.error, broken.lease) == ("RuntimeError: this one breaks", None)


def test_two_workers_never_carry_out_one_row_twice(shop: Shop) -> None:
    fill(shop, 80)
    seen: list[int] = []

    def carry_out(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
        seen.append(event.id)
        done(context, event, lease)

    with at_work(*(Worker(shop.context, events(carry_out, threads=4)) for _ in range(2))):
        until(lambda: left(shop) == 0, "all is done")
    assert max(Counter(seen).values()) == 1


def test_a_worker_that_is_stopped_finishes_what_is_in_hand_and_gives_the_rest_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop, 1)
    started, may_end, real = threading.Event(), threading.Event(), work.claim

    def carry_out(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
        started.set()
        assert may_end.wait(20)
        done(context, event, lease)

    worker = Worker(shop.context, events(carry_out, threads=4))

    def claim(*args: Any, **named: Any) -> Any:
        claimed = real(*args, **named)
        if started.is_set():  # SIGTERM comes just after a claim
            worker.stop()
            may_end.set()
        return claimed

    monkeypatch.setattr(work, "claim", claim)
    with at_work(worker):
        assert started.wait(20)
        with shop.context.database.write() as session:
            session.add_all(
                models.InboxEvent(
                    merchant_id=shop.id,
                    source="x",
                    external_id=f"later {number}",
                    payload={},
                    received_at=shop.clock(),
                    due_at=shop.clock(),
                )
                for number in range(3)
            )
        assert may_end.wait(20)
    rows = shop.all(models.InboxEvent)
    assert [(row.due_at is None, row.tries, row.lease) for row in rows] == [(True, 1, None)] + [(False, 0, None)] * 3


@pytest.mark.parametrize("error", [Unavailable("the database is away"), RuntimeError("a bug in a query")])
def test_a_line_outlives_whatever_its_looks_meet(shop: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(consumer, "PAUSE", 0.01)
    monkeypatch.setattr(scheduler, "PAUSE", 0.01)
    fill(shop, 5)
    away, met = threading.Event(), Counter[str]()
    away.set()

    def happens() -> None:
        if away.is_set():
            met["it"] += 1
            raise error

    with at_work(Worker(flaky(shop, happens), events(done))):
        until(lambda: met["it"] >= 3, "the line has met it three times")
        assert (left(shop), shop.all(models.Heartbeat)) == (5, [])
        away.clear()
        until(lambda: left(shop) == 0, "all is done")
        until(lambda: shop.all(models.Heartbeat), "the queue has a heartbeat")


def test_a_database_lost_in_mid_work_costs_a_row_its_lease_and_no_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "PAUSE", 0.01)
    monkeypatch.setattr(scheduler, "PAUSE", 0.01)
    fill(shop, 1)
    away, tried = threading.Event(), threading.Event()

    def happens() -> None:
        if away.is_set():
            raise Unavailable("the database is away")

    def carry_out(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
        if not tried.is_set():
            away.set()
            tried.set()
        done(context, event, lease)

    with at_work(Worker(flaky(shop, happens), events(carry_out))):
        assert tried.wait(20)
        shop.clock.forward(seconds=61)
        away.clear()
        until(lambda: left(shop) == 0, "it is done after all")
    assert [(row.tries, row.error) for row in shop.all(models.InboxEvent)] == [(2, None)]


def test_a_line_whose_threads_all_hang_does_not_say_that_all_is_well(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, may_end, full, beat = (
        threading.Semaphore(0),
        threading.Event(),
        threading.Event(),
        consumer.QueueConsumer._beat,
    )

    def beats(looks: consumer.QueueConsumer) -> None:
        beat(looks)
        if looks._hand.total() == 2:  # from here on it waits for a thread
            full.set()

    monkeypatch.setattr(consumer.QueueConsumer, "_beat", beats)

    def carry_out(context: ServiceContext, event: models.InboxEvent, lease: work.Lease) -> None:
        hanging.release()
        assert may_end.wait(20)
        done(context, event, lease)

    with at_work(Worker(shop.context, events(carry_out))):
        until(lambda: shop.all(models.Heartbeat), "the queue has a heartbeat")
        fill(shop, 2)
        assert hanging.acquire(timeout=20)
        assert hanging.acquire(timeout=20)
        assert full.wait(20)
        before = shop.clock()
        shop.clock.forward(minutes=5)
        assert [each.seen_at for each in shop.all(models.Heartbeat)] == [before]
        may_end.set()
        until(lambda: shop.one(models.Heartbeat).seen_at == shop.clock(), "the queue has a heartbeat again")
