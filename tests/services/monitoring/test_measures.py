"""What the metrics say of the rows: each of what must never be is found, and is 0 while all is well."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from webapp.db import heartbeats, measures, models, work
from webapp.db.session import Database
from webapp.domain.statuses import AttemptState
from webapp.domain.tasks import TaskType
from webapp.services.monitoring import work_check
from webapp.services.monitoring.measures import INVARIANTS, Measures
from webapp.services.payments import reconciliation

if TYPE_CHECKING:
    from tests.kit import Shop


def read(shop: Shop) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in Measures(shop.context).collect()
    }


def broken(shop: Shop) -> set[str]:
    return {name for (name,), value in read(shop)["ordo_invariant_violations"].items() if value}


def beat(shop: Shop, worker: str = "a worker", **ahead: float) -> None:
    with shop.context.database.write() as session:
        for model in work.EVERY:
            heartbeats.beat(session, worker, model.__tablename__, shop.clock() + timedelta(**ahead))


def change(shop: Shop, model: Any, **values: Any) -> None:
    with shop.context.database.write() as session:
        session.execute(update(model).values(**values).execution_options(synchronize_session=False))


@pytest.fixture
def well(shop: Shop) -> Shop:
    """A shop that was paid, whose worker is at work."""
    shop.pay(shop.order())
    shop.drain()
    beat(shop)
    assert broken(shop) == set()
    return shop


def test_what_waits_is_counted_by_kind_with_the_age_of_the_oldest(well: Shop) -> None:
    well.order(send=True)
    well.order(send=True)
    well.clock.forward(seconds=90)
    found = read(well)
    assert found["ordo_queue_due"]["messages",] == 2
    assert found["ordo_queue_oldest_seconds"]["messages",] == 90
    assert found["ordo_queue_due"].keys() == {(model.__tablename__,) for model in work.EVERY}
    assert found["ordo_database_up"] == {(): 1}
    assert ("ordo_database_lock_waiters" in found) != well.context.database.is_sqlite
    assert {name for (name,) in found["ordo_invariant_violations"]} == set(INVARIANTS)


def test_more_is_not_counted_than_is_told(well: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    measures._due.cache_clear()
    monkeypatch.setattr(measures, "MOST", 2)
    for _ in range(3):
        well.order(send=True)
    assert read(well)["ordo_queue_due"]["messages",] == 2
    measures._due.cache_clear()


def test_without_a_database_the_rest_is_told_all_the_same(shop: Shop) -> None:
    away = dataclasses.replace(shop.context, database=Database("sqlite:////nowhere/ordo.db"))
    found = {family.name: family.samples for family in Measures(away).collect()}
    assert found.keys() == {"ordo_info", "ordo_database_up"}
    assert [sample.value for sample in found["ordo_database_up"]] == [0]


def test_who_asks_often_reads_what_was_found(shop: Shop) -> None:
    asked = Measures(shop.context)
    first = next(iter(asked.collect()))
    assert next(iter(asked.collect())) is first


def test_work_that_nobody_takes_is_overdue(well: Shop) -> None:
    well.pay(well.order())
    well.clock.forward(seconds=work_check.WAITED.total_seconds() + 1)
    beat(well)
    assert broken(well) == {"work_overdue", "callbacks_overdue"}


def test_queues_that_nobody_looks_for_and_clocks_that_are_ahead(well: Shop) -> None:
    well.clock.forward(seconds=work_check.STALE.total_seconds() + 1)
    assert broken(well) == {"queues_unattended"}
    beat(well, seconds=0)
    beat(well, "another", seconds=61)
    assert broken(well) == {"workers_ahead"}


def test_a_try_that_is_older_than_its_patience(well: Shop) -> None:
    for state, patience in (
        (AttemptState.STARTED, measures.UNANSWERED),
        (AttemptState.UNKNOWN, measures.UNANSWERED),
        (AttemptState.PENDING, measures.UNDECIDED),
    ):
        for beyond in (-1, 1):
            began = well.clock() - patience - timedelta(seconds=beyond)
            change(well, models.Attempt, state=state, due_at=well.clock() + timedelta(days=9), created_at=began)
            assert ("tries_overdue" in broken(well)) == (beyond > 0)


def test_money_without_a_callback_is_found_where_somebody_was_to_be_told(well: Shop) -> None:
    with well.context.database.write() as session:
        for callback in well.all(models.Callback):
            for delivery in well.all(models.Delivery):
                session.delete(session.get_one(models.Delivery, delivery.id))
            session.delete(session.get_one(models.Callback, callback.id))
    assert broken(well) == {"paid_untold"}
    change(well, models.Endpoint, types=["order.refused"])
    assert broken(well) == set()
    change(well, models.Endpoint, types=["order.paid"])
    assert broken(well) == {"paid_untold"}
    change(well, models.Endpoint, created_at=well.clock() + timedelta(seconds=1))
    assert broken(well) == set()


def test_more_refunded_than_paid_an_order_paid_twice_a_page_that_differs(well: Shop) -> None:
    change(well, models.Order, refunded=1000)
    assert broken(well) == set()
    change(well, models.Order, refunded=1001)
    assert broken(well) == {"refunded_beyond_paid"}
    change(well, models.Order, refunded=1000, captured=900)
    assert broken(well) == {"refunded_beyond_paid"}
    (first,) = well.all(models.Attempt)
    now = well.clock()
    with well.context.database.write() as session:
        row = {column.name: getattr(first, column.key) for column in models.Attempt.__table__.columns}
        session.add(models.Attempt(**row | {"id": "att_second", "number": 2}))
        session.add(models.PageCheck(merchant_id=well.id, at=now, differences=["x"], since=now, told=True))
    assert broken(well) == {"refunded_beyond_paid", "paid_twice", "page_differs"}


def test_books_that_differ_are_told_until_they_agree(well: Shop) -> None:
    task = well.one(models.ScheduledTask, models.ScheduledTask.type == TaskType.RECONCILIATION)

    def compare() -> None:
        with well.context.database.write() as session:
            session.execute(
                update(models.ScheduledTask).where(models.ScheduledTask.id == task.id).values(due_at=well.clock())
            )
        with well.context.database.write() as session:
            lease, rows = work.claim(session, models.ScheduledTask, now=well.clock(), lease=timedelta(hours=1), limit=9)
            back = [row.id for row in rows if row.id != task.id]
            work.release(session, models.ScheduledTask, back, lease)
        (mine,) = (row for row in rows if row.id == task.id)
        reconciliation.carry_out(well.context, mine, lease)

    compare()
    assert broken(well) == set()
    order = well.all(models.Order)[0]
    change(well, models.Order, captured=999)
    compare()
    assert broken(well) == {"books_differ"}
    (found,) = (each for each in work_check.troubled(well.context) if not each.ok)
    assert f"flask reconcile {well.id}" in found.text
    change(well, models.Order, captured=order.captured)
    compare()
    assert broken(well) == set()
