"""Rows that are work: each in one worker's hands at a time."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from tests.db.leasing import LEASE, finish, take
from tests.kit import Shop, fill
from webapp.db import models, work
from webapp.domain.actions import Action
from webapp.mail.smtp import Mailer
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    pass


def test_claimers_in_parallel_never_get_the_same_row(shop: Shop) -> None:
    fill(shop, 100)
    with ThreadPoolExecutor(8) as threads:
        taken = [row.id for _lease, rows in threads.map(lambda _: take(shop, 10), range(20)) for row in rows]
    taken += [row.id for row in take(shop, 100)[1]]  # what a skipped lock left behind
    assert sorted(taken) == sorted(event.id for event in shop.all(models.InboxEvent))


def test_a_claimed_row_is_nobody_else_s_until_its_lease_ends(shop: Shop) -> None:
    fill(shop, 1)
    take(shop, 1)
    shop.clock.forward(seconds=60)
    assert take(shop, 1)[1] == []
    shop.clock.forward(seconds=1)
    assert len(take(shop, 1)[1]) == 1


def test_a_worker_that_was_paused_past_its_lease_changes_nothing(shop: Shop) -> None:
    fill(shop, 1)
    late, (row,) = take(shop, 1)
    shop.clock.forward(seconds=61)
    current, _ = take(shop, 1)
    assert not finish(shop, row, late)
    assert shop.one(models.InboxEvent).error is None
    assert finish(shop, row, current)
    assert shop.one(models.InboxEvent).error == "noted"


def test_a_finished_row_is_not_work_any_more(shop: Shop) -> None:
    fill(shop, 1)
    lease, (row,) = take(shop, 1)
    finish(shop, row, lease)
    shop.clock.forward(days=1)
    with shop.context.database.read() as session:
        assert not work.is_due(session, models.InboxEvent, shop.clock())


def test_a_row_given_back_is_taken_at_once_and_the_try_does_not_count(shop: Shop) -> None:
    fill(shop, 1)
    lease, (row,) = take(shop, 1)
    with shop.context.database.write() as session:
        work.release(session, models.InboxEvent, [row.id], lease)
    assert [again.tries for again in take(shop, 1)[1]] == [1]


def test_the_oldest_work_comes_first(shop: Shop) -> None:
    fill(shop, 3)
    with shop.context.database.write() as session:
        session.get_one(models.InboxEvent, 3).due_at = shop.clock() - LEASE
    assert [row.id for row in take(shop, 1)[1]] == [3]


@pytest.mark.parametrize("model", work.EVERY)
def test_each_kind_of_work_can_be_looked_for_and_claimed(shop: Shop, model: Any) -> None:
    now = shop.clock()
    with shop.context.database.write() as session:
        assert not work.is_due(session, model, now, ["busy"])
        assert work.claim(session, model, now=now, lease=LEASE, limit=2, busy=["busy"])[1] == []


def test_what_is_due_next_is_known_of_each_kind_and_nothing_that_is_held_or_waits(shop: Shop) -> None:
    sweeps = min(job.due_at for job in shop.all(models.ScheduledTask))
    assert work.next_due(shop.context.database, shop.clock()) == dict.fromkeys(work.EVERY) | {
        models.ScheduledTask: sweeps
    }
    fill(shop, 2)
    order = shop.order()
    due = work.next_due(shop.context.database, shop.clock())
    assert (due[models.InboxEvent], due[models.Order]) == (shop.clock(), shop.get(order).expires_at)
    take(shop, 2)
    assert work.next_due(shop.context.database, shop.clock())[models.InboxEvent] is None
    shop.clock.forward(seconds=61)
    assert work.next_due(shop.context.database, shop.clock())[models.InboxEvent] is not None
    shop.pay(order)
    with shop.context.database.write() as session:
        merchant = session.get_one(models.Merchant, shop.id)
        outbox.queue(session, shop.context, merchant, session.get_one(models.Order, order))
        session.get_one(models.Callback, shop.all(models.Callback)[0].id).due_at = None
    assert work.next_due(shop.context.database, shop.clock())[models.Callback] is None  # the second waits for the first


@pytest.mark.parametrize("analysed", [1, 2, 100])
def test_no_more_is_taken_than_asked_for_whatever_the_database_believes_of_the_table(shop: Shop, analysed: int) -> None:
    fill(shop, analysed)
    with shop.context.database.write() as session:
        session.execute(text("ANALYZE inbox_events"))
    with shop.context.database.write() as session:
        session.execute(text("DELETE FROM inbox_events"))
    fill(shop, 60)
    assert len(take(shop, 4)[1]) == 4


def test_what_may_not_be_claimed_is_not_due(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    first = shop.one(models.Callback)
    with shop.context.database.write() as session:
        merchant = session.get_one(models.Merchant, shop.id)
        outbox.queue(session, shop.context, merchant, session.get_one(models.Order, order))
        assert work.is_due(session, models.Callback, shop.clock())
        session.get_one(models.Callback, first.id).due_at = None
        assert not work.is_due(session, models.Callback, shop.clock())  # the second waits for the first


@pytest.mark.parametrize("model", work.EVERY)
def test_only_what_somebody_must_look_at_is_troubled(shop: Shop, model: Any) -> None:
    shop.hear("HELP")  # an event, and two messages of which one was received
    shop.order(send=True)
    shop.work(models.Message)  # a reminder
    shop.context = dataclasses.replace(shop.context, mailer=Mailer("smtp+plain://127.0.0.1:1", "receipts@ordo.example"))
    shop.pay(shop.order(Action.REGISTER))  # an order, an attempt, a callback, an alias, a letter
    with shop.context.database.write() as session:
        assert work.troubled(session, model, 5) == []
        for row in session.query(model).all():
            row.error, row.due_at = "KeyError: 'x'", shop.clock() if model in work.MONEY else None
        session.flush()
        found = {type(row) for row in work.troubled(session, model, 5)}
    assert found == ({model} if model not in {models.Refund, models.Erasure, models.Import} else set())
