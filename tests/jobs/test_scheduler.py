"""A worker that has nothing to do sleeps, and is awake when there is something: by a hint, by the clock, or by the look that needs neither.

Each test takes the other ways of waking away (`QUIET` seconds are longer than any test), so that what it names is what finds the row.
"""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from tests.actors import until
from tests.db.connections import POSTGRESQL, cut
from tests.db.leasing import take
from tests.jobs.backends import Backends, told_by
from tests.jobs.working import LEASE, at_work, done, events, left
from tests.kit import fill
from webapp.db import models, wakeups
from webapp.db.session import Database
from webapp.jobs import consumer, scheduler
from webapp.jobs.queues import QUEUES, JobQueue
from webapp.jobs.worker import Worker
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit import Shop

QUIET = 1000.0


class Mute:
    """Nothing is ever heard, and the clock is looked at often."""

    interval = 0.02

    def changed(self) -> bool:
        return False


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the scheduler nor a queue looks without a reason."""
    monkeypatch.setattr(consumer, "ALONE", QUIET)
    monkeypatch.setattr(scheduler, "ROUND", QUIET)
    monkeypatch.setattr(scheduler, "EVERY", QUIET)
    monkeypatch.setattr(wakeups, "LISTENING", QUIET)


@pytest.fixture
def mute(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hint arrives."""

    @contextlib.contextmanager
    def hints(_database: Database, _direct_url: str | None, _heard: Callable[[], None]) -> Iterator[Mute]:
        yield Mute()

    monkeypatch.setattr(Database, "hints", hints)


@contextlib.contextmanager
def sleeping(shop: Shop, worker: Worker) -> Iterator[None]:
    """It has looked, found nothing, and waits."""
    with at_work(worker):
        until(lambda: all(each._beaten for each in worker._consumers.values()), "the queues have looked")
        yield
        until(lambda: left(shop) == 0, "all is done", patience=30)


def written_elsewhere(database_url: str, shop: Shop) -> None:
    """By another process, as far as the worker can tell."""
    other = Database(database_url)
    with other.write() as session:
        now, words = shop.clock(), {"merchant_id": shop.id, "source": "x", "payload": {}}
        session.add(models.InboxEvent(external_id="elsewhere", received_at=now, due_at=now, **words))
    other.close()


@pytest.mark.usefixtures("asleep")
def test_a_row_that_another_process_writes_wakes_the_worker(shop: Shop, database_url: str) -> None:
    own = None if shop.context.database.is_sqlite else database_url
    with sleeping(shop, Worker(shop.context, events(done), direct_url=own)):
        written_elsewhere(database_url, shop)


@POSTGRESQL
@pytest.mark.usefixtures("asleep")
def test_behind_a_pooler_the_tables_are_looked_at_in_short_turns(shop: Shop, database_url: str) -> None:
    with sleeping(shop, Worker(shop.context, events(done))):
        written_elsewhere(database_url, shop)


@POSTGRESQL
def test_while_the_connection_that_listens_is_away_the_tables_are_looked_at(
    shop: Shop, database_url: str, asleep: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "PAUSE", QUIET)
    with sleeping(shop, Worker(shop.context, events(done), direct_url="postgresql+psycopg://nobody@127.0.0.1:1/none")):
        written_elsewhere(database_url, shop)


@POSTGRESQL
def test_once_it_was_cut_the_worker_listens_again(
    shop: Shop, database_url: str, asleep: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "PAUSE", 0.05)
    monkeypatch.setattr(wakeups, "POLLED", QUIET)
    monkeypatch.setattr(consumer, "PAUSE", 0.05)
    monkeypatch.setattr(scheduler, "PAUSE", 0.05)
    listening = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )

    def listens() -> bool:
        with shop.context.database.read() as session:
            return bool(session.scalar(listening))

    with sleeping(shop, Worker(shop.context, events(done), direct_url=database_url)):
        until(listens, "it listens")
        cut(database_url)
        until(listens, "it listens again")
        written_elsewhere(database_url, shop)


@pytest.mark.usefixtures("mute")
def test_a_hint_that_is_lost_is_made_up_for(shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "ALONE", QUIET)
    monkeypatch.setattr(scheduler, "ROUND", QUIET)
    with sleeping(shop, Worker(shop.context, events(done))):
        written_elsewhere(database_url, shop)


@pytest.mark.usefixtures("mute")
def test_a_lease_that_has_run_out_is_noticed_without_a_hint(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "ALONE", QUIET)
    monkeypatch.setattr(scheduler, "ROUND", QUIET)
    fill(shop, 1)
    take(shop, 1)  # by a worker that is no more
    with sleeping(shop, Worker(shop.context, events(done))):
        shop.clock.forward(seconds=59)
        assert left(shop) == 1
        shop.clock.forward(seconds=2)
    assert shop.one(models.InboxEvent).tries == 2


@pytest.mark.usefixtures("asleep", "mute")
def test_what_is_due_later_is_taken_when_the_clock_says_so(shop: Shop) -> None:
    fill(shop, 2)
    with shop.context.database.write() as session:
        for hours, row in enumerate(session.query(models.InboxEvent).all(), start=1):
            row.due_at = shop.clock() + timedelta(hours=hours)
    with sleeping(shop, Worker(shop.context, events(done))):
        shop.clock.forward(hours=1)
        until(lambda: left(shop) == 1, "the first is done", patience=30)
        shop.clock.forward(hours=1)


@pytest.mark.usefixtures("asleep", "mute")
def test_what_waited_for_a_row_in_hand_is_taken_as_that_is_finished(shop: Shop) -> None:
    """The second callback of an order is not due before the first has arrived, which no hint says."""
    order = shop.order()
    shop.pay(order)
    with shop.context.database.write() as session:
        merchant, row = session.get_one(models.Merchant, shop.id), session.get_one(models.Order, order)
        outbox.queue(session, shop.context, merchant, row)
    backends = Backends()
    backends.hanging.add(shop.one(models.Endpoint).url)
    kind = next(kind for kind in QUEUES if kind.model is models.Callback)
    worker = Worker(told_by(shop, backends), (kind,))
    with at_work(worker):
        assert backends.begun.acquire(timeout=20)
        until(lambda: worker._consumers[models.Callback]._beaten, "it has looked for more and found nothing")
        backends.over.set()
        until(lambda: len(backends.told) == 2, "the second one", patience=30)


def test_a_queue_that_nobody_wakes_looks_for_itself_and_does_not_say_that_all_is_well(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(consumer, "ALONE", 0.05)
    monkeypatch.setattr(scheduler.Scheduler, "run", lambda hangs: hangs._stop.wait())
    with sleeping(shop, Worker(shop.context, events(done))):
        before = shop.clock()
        shop.clock.forward(minutes=5)
        fill(shop, 1)
        until(lambda: left(shop) == 0, "it is done")
    assert [each.seen_at for each in shop.all(models.Heartbeat)] == [before]
    assert "nobody has said" in caplog.text


@pytest.mark.usefixtures("mute")
def test_every_queue_is_woken_in_turns_so_that_it_beats(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "ROUND", 0.05)
    monkeypatch.setattr(scheduler, "EVERY", 0.05)
    kinds = (*events(done), JobQueue(models.Mail, done, threads=1, lease=LEASE))
    with sleeping(shop, Worker(shop.context, kinds)):
        shop.clock.forward(seconds=16)
        until(lambda: {each.seen_at for each in shop.all(models.Heartbeat)} == {shop.clock()}, "both beat again")


def test_a_worker_that_sleeps_asks_the_tables_for_nothing(
    shop: Shop, database_url: str, asleep: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a session nor a look, while nobody writes and nothing is due."""
    own = None if shop.context.database.is_sqlite else database_url
    asked = threading.Semaphore(0)
    with sleeping(shop, Worker(shop.context, events(done), direct_url=own)):
        for name in ("read_raw", "read", "write"):
            real = getattr(Database, name)

            def counted(database: Any, *given: Any, _real: Any = real, **named: Any) -> Any:
                if threading.current_thread() is not threading.main_thread():
                    asked.release()
                return _real(database, *given, **named)

            monkeypatch.setattr(Database, name, counted)
        while asked.acquire(timeout=0.5):  # what it still had to see of its own beat
            pass
        assert not asked.acquire(timeout=0.5)
        written_elsewhere(database_url, shop)
        assert asked.acquire(timeout=20)
