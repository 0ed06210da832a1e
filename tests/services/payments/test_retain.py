"""What is about people is kept for as long as it is declared to be, and no longer."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from tests.kit import Killed, Post, Shop, killed, paid, saved
from tests.services.payments import erased, retained
from tests.services.payments.ledger import books, knows
from webapp.db import models, orders, personal, retention, work
from webapp.domain.actors import CLOCK
from webapp.domain.retention import RULES, Kept
from webapp.domain.timeline import EventKind
from webapp.services.merchants import declarations
from webapp.services.payments import aliases, refunds, retain
from webapp.services.runtime import kept


def revoke_all(shop: Shop) -> None:
    for alias in shop.all(models.Alias):
        aliases.revoke(shop.as_operator(), shop.id, alias.id)
    shop.drain()


@pytest.mark.both_databases
def test_of_a_life_at_the_shop_nothing_is_left_but_the_books(shop: Shop, post: Post) -> None:
    buyer = erased.lives(shop)
    revoke_all(shop)
    shop.later(days=8)  # the links end
    customer, before = shop.one(models.Buyer, models.Buyer.id == buyer).customer, books(shop)
    shop.later(days=1094)
    assert {"phone", erased.EMAIL, erased.USER_ID} <= erased.traces(shop).keys()
    shop.later(days=10)
    assert erased.traces(shop) == {}
    assert books(shop) == before
    assert not knows(shop, customer)
    done = shop.one(models.Erasure, models.Erasure.id == buyer)
    assert (done.stage, done.actor_kind, done.sought) == ("done", "clock", None)


@pytest.mark.both_databases
def test_whatever_is_declared_personal_of_buyers_is_there_until_its_time_and_then_gone(shop: Shop, post: Post) -> None:
    erased.lives(shop)
    refunds.request(shop.as_operator(), shop.id, shop.one(models.Order, models.Order.reference == "A2").id, None)
    revoke_all(shop)
    shop.later(days=8)
    marks, began = retained.fill(shop), shop.clock()
    declared = {f"{table}.{column}" for table, columns in personal.OF_BUYERS.items() for column in columns}
    of_times = {"buyers.stopped_at", "idempotent_requests.status", "erasures.sought", "erasures.error"}
    assert set(marks.values()) == declared - of_times
    assert retained.left(shop, marks) == set(marks.values())
    for days in sorted({rule.days for rule in RULES.values()}):
        shop.later(days=days - 9 - (shop.clock() - began).days)  # rows are up to eight days old
        still = {kept for kept, rule in RULES.items() if rule.days >= days}
        assert {where for where in marks.values() if rule_of(where) in still} <= retained.left(shop, marks)
        shop.later(days=10)
        over = {kept for kept, rule in RULES.items() if rule.days <= days}
        assert not {where for where in retained.left(shop, marks) if rule_of(where) in over}
    assert retained.left(shop, marks) == set()


def rule_of(where: str) -> Kept | str:
    return personal.KEPT_FOR[where.partition(".")[0]]


def messages(shop: Shop) -> int:
    return len(shop.all(models.Message, models.Message.emptied_at.is_(None)))


def test_a_merchant_s_file_has_its_data_kept_for_longer_or_shorter(shop: Shop) -> None:
    shop.order(send=True)
    shop.later(days=8)  # it expires
    shop.later(days=31)
    assert messages(shop) > 0
    document = shop.declaration()
    document["merchant"]["retention"] = {"message_days": 30}
    declarations.apply(shop.context, declarations.declared(document))
    shop.later(days=2)
    assert messages(shop) == 0
    longer = dataclasses.replace(shop.context, kept=dict.fromkeys(Kept, 3650))
    assert kept.since(longer, shop.id, Kept.MESSAGES) == shop.clock() - timedelta(days=30)
    assert kept.since(longer, shop.id, Kept.ORDERS) == shop.clock() - timedelta(days=3650)


@pytest.mark.both_databases
def test_it_is_done_in_steps_lets_others_go_first_and_goes_on_after_a_death(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(7):
        shop.hear(f"hello {number}", sender="+33612345678")
    shop.clock.forward(days=200)
    monkeypatch.setattr(retain, "STEPS", 3)
    monkeypatch.setitem(retain.TABLES, "messages", (retention.messages, Kept.MESSAGES, 2))
    whole, task = messages(shop), models.ScheduledTask.type == "retention"
    everything: dict[str, Any] = {"now": shop.clock(), "lease": timedelta(hours=1), "limit": 1}
    with shop.context.database.write() as session:
        session.execute(update(models.ScheduledTask).where(~task).values(due_at=shop.clock() - timedelta(days=1)))

    def run() -> None:
        with shop.context.database.write() as session:
            session.execute(update(models.ScheduledTask).where(task).values(due_at=shop.clock() - timedelta(days=2)))
            lease, (row,) = work.claim(session, models.ScheduledTask, **everything)
        assert row.type == "retention"
        retain.carry_out(shop.context, row, lease)

    with caplog.at_level(logging.INFO):
        run()
    assert f"of {shop.id}, kept for long enough: 7 webhooks, 6 messages; more are left" in caplog.messages
    assert messages(shop) == whole - 6
    assert shop.one(models.ScheduledTask, task).due_at == shop.clock()
    with shop.context.database.write() as session:
        lease, (next_,) = work.claim(session, models.ScheduledTask, **everything)
        assert next_.type != "retention"
        work.release(session, models.ScheduledTask, [next_.id], lease)
    with pytest.MonkeyPatch.context() as dying, pytest.raises(Killed):
        dying.setattr(retention, "_emptied", lambda *_: killed())
        dying.setitem(retain.TABLES, "messages", (retention.messages, Kept.MESSAGES, 2))
        run()
    assert messages(shop) == whole - 6
    shop.later(hours=2)
    assert messages(shop) == 0
    due_at = shop.one(models.ScheduledTask, task).due_at
    assert due_at == shop.clock() + retain.EVERY


@pytest.mark.both_databases
def test_a_buyer_stays_known_while_anything_lasts(shop: Shop) -> None:
    ids = {}
    ids["card"] = shop.get(saved(shop)).buyer_id
    disputed = paid(shop, card="createDispute", phone="+33611110002", reference="D")
    shop.hint(disputed, "charge.dispute.created")
    ids["dispute"] = shop.get(disputed).buyer_id
    ids["writes"] = shop.get(shop.order(phone="+33611110003", reference="W")).buyer_id
    ids["over"] = shop.get(shop.order(phone="+33611110004", reference="O")).buyer_id
    shop.drain()
    shop.later(days=8)
    shop.later(days=992)
    shop.hear("hello again", sender="+33611110003")
    shop.later(days=120)

    def known() -> set[str]:
        found = {row.id for row in shop.all(models.Buyer, models.Buyer.erased_at.is_(None))}
        return {what for what, identity in ids.items() if identity in found}

    assert known() == {"card", "dispute", "writes"}
    assert shop.get(disputed).email is not None  # money may still go back
    aliases.revoke(shop.as_operator(), shop.id, shop.one(models.Alias).id)
    shop.decide_dispute(disputed, won=True)
    shop.hint(disputed, "charge.dispute.closed")
    for _ in range(2):
        shop.later(days=31)
    assert known() == {"dispute", "writes"}  # the dispute was over just now
    shop.later(days=1100)
    assert known() == set()


def test_what_is_said_of_an_order_later_is_emptied_too(shop: Shop) -> None:
    order = paid(shop)
    shop.drain()
    shop.later(days=800)
    assert (shop.get(order).email, shop.get(order).emptied_at is not None) == (None, True)
    with shop.context.database.write() as session:
        row = orders.lock(session, order)
        orders.note(session, row, EventKind.ALARM, CLOCK, shop.clock(), detail="Zoe called")
    assert shop.get(order).emptied_at is None
    shop.later(days=2)
    assert "Zoe called" not in repr(shop.dump())
    assert shop.get(order).emptied_at is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_still_to_be_told_or_understood_is_not_lost(shop: Shop) -> None:
    shop.order(send=True)
    with shop.context.database.write() as session:
        session.execute(update(models.Message).values(due_at=shop.clock() + timedelta(days=5000)))
        event = {"merchant_id": shop.id, "source": "whatsapp", "external_id": "x", "payload": {}, "tries": 0}
        waits = {"due_at": shop.clock() + timedelta(days=5000), "received_at": shop.clock()}
        session.add(models.InboxEvent(**event, **waits))
    waiting = {row.id for row in shop.all(models.Message)}
    shop.later(days=8)
    shop.later(days=900)
    left = {row.id: row.notice for row in shop.all(models.Message, models.Message.emptied_at.is_(None))}
    assert left.keys() == waiting
    assert all(left.values())
    assert len(shop.all(models.InboxEvent)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_left_to_do_is_found_by_an_index(shop: Shop) -> None:
    """Each step reads what it takes away, whatever else is there."""
    with shop.context.database.write() as session:
        connection, seen = session.connection(), []

        def noted(_c: Any, _cursor: Any, statement: str, given: Any, _x: Any, _many: Any) -> None:
            if statement.startswith("SELECT"):
                seen.append((statement, given))

        event.listen(connection, "before_cursor_execute", noted)
        before = shop.clock()
        for step, *_ in retain.TABLES.values():
            step(session, shop.id, before, before, 10)
        retention.maybe_idle(session, shop.id, before, 10)
        event.remove(connection, "before_cursor_execute", noted)
        plans = [
            " ".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given))
            for statement, given in seen
        ]
    assert len(plans) == 11
    for plan in plans:
        assert "SCAN" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan
