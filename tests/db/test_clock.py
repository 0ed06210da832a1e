"""The database's time, whatever the machine's clock says."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.jobs.working import at_work, done, events
from webapp.db import models
from webapp.db.clock import DatabaseClock
from webapp.db.session import Database
from webapp.domain.errors import Unavailable
from webapp.jobs import worker as workers
from webapp.jobs.worker import Worker
from webapp.services.monitoring import work_check

if TYPE_CHECKING:
    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Machine:
    """Its clock, and the time that really passes."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead, self.passed = ahead, 0.0

    def local(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def steady(self) -> float:
        return self.passed


def clock_on(machine: Machine, database: Database) -> DatabaseClock:
    return DatabaseClock(database, machine.local, machine.steady)


@pytest.mark.parametrize("days", [8, -8])
def test_the_time_is_the_database_s_and_a_clock_that_is_set_meanwhile_changes_nothing(shop: Shop, days: int) -> None:
    machine = Machine(timedelta(days=days))
    clock = clock_on(machine, shop.context.database)
    clock.look()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=20)
    assert clock.differs
    assert f"{abs(days) * 86400} s {'ahead of' if days > 0 else 'behind'}" in clock.in_words()
    before = clock.now()
    machine.ahead, machine.passed = timedelta(days=99), 0.5
    assert clock.now() - before == timedelta(seconds=0.5)


@pytest.mark.parametrize(("seconds", "differs"), [(0, False), (50, False), (-50, False), (70, True), (-70, True)])
def test_a_minute_is_let_pass(shop: Shop, seconds: int, differs: bool) -> None:
    clock = clock_on(Machine(timedelta(seconds=seconds)), shop.context.database)
    clock.look()
    assert clock.differs is differs


def test_one_late_answer_is_no_wrong_clock(shop: Shop) -> None:
    machine = Machine(timedelta())
    clock = clock_on(machine, shop.context.database)
    told = []
    for ahead, passed in ((0, 0), (600, 2), (0, 4), (600, 6), (600, 8), (600, 12)):
        machine.ahead, machine.passed = timedelta(seconds=ahead), passed
        clock.look()
        told.append(clock.keeps_differing)
    assert told == [False] * 5 + [True]


def event(shop: Shop) -> None:
    with shop.context.database.write() as session:
        common = {"merchant_id": shop.id, "source": "gateway", "payload": {}, "received_at": shop.clock()}
        due = datetime.now(UTC) + timedelta(minutes=30)
        session.add(models.InboxEvent(external_id="in half an hour", due_at=due, **common))


def test_a_worker_that_is_days_ahead_takes_nothing_that_is_not_due_and_ends(shop: Shop) -> None:
    event(shop)
    clock = clock_on(Machine(timedelta(days=8)), shop.context.database)
    running = Worker(replace(shop.context, now=clock.now), events(done), clock=clock)
    thread = threading.Thread(target=running.run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert shop.one(models.InboxEvent).due_at is not None


def test_a_worker_whose_clock_is_set_wrong_while_it_works_ends(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    event(shop)
    clock = DatabaseClock(shop.context.database, lambda: datetime.now(UTC) + ahead)
    monkeypatch.setattr("webapp.db.clock.SURE", 0.5)
    ahead = timedelta()
    running = Worker(replace(shop.context, now=clock.now), events(done), clock=clock)
    with at_work(running):
        ahead = timedelta(days=8)
        running._stop.wait(20)
        assert running._stop.is_set()
    assert clock.differs
    assert shop.one(models.InboxEvent).due_at is not None


def test_nothing_is_taken_before_the_database_has_told_the_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAUSE", 0.05)
    clock = clock_on(Machine(timedelta(days=8)), shop.context.database)
    asked = []

    def look() -> None:
        asked.append(1)
        if len(asked) < 3:
            raise Unavailable("starting up")
        DatabaseClock.look(clock)

    monkeypatch.setattr(clock, "look", look)
    event(shop)
    Worker(replace(shop.context, now=clock.now), events(done), clock=clock).run()
    assert len(asked) == 3
    assert shop.one(models.InboxEvent).due_at is not None


def test_doctor_compares_this_machine_with_the_database(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = work_check.clock(shop.context)
    assert finding.ok
    machine = Machine(timedelta(seconds=600))
    monkeypatch.setattr(work_check, "DatabaseClock", lambda database: clock_on(machine, database))
    (finding,) = work_check.clock(shop.context)
    assert (finding.ok, finding.subject) == (False, "Clock")
    assert "600 s ahead of the database's: let NTP" in finding.text
