"""Engines and transactions, on both kinds of database."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from tests.kit import BUYER, Shop
from webapp.db import attempts, models, orders
from webapp.db.session import Database
from webapp.domain import ids
from webapp.domain.actors import CLOCK
from webapp.domain.errors import Conflict, OrdoError, Unavailable
from webapp.domain.timeline import EventKind


def try_(shop: Shop, order: str, number: int) -> models.Attempt:
    now = shop.clock()
    return models.Attempt(
        id=ids.new("att"), order_id=order, number=number, saves=False, state="started", created_at=now
    )


def test_a_failed_transaction_leaves_nothing(shop: Shop) -> None:
    before = shop.dump()
    with pytest.raises(RuntimeError), shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).name = "half done"
        session.flush()
        raise RuntimeError
    assert shop.dump() == before


def test_the_database_itself_admits_one_try_in_flight(shop: Shop) -> None:
    order = shop.order()
    with shop.context.database.write() as session:
        session.add(try_(shop, order, 1))
    with pytest.raises(Conflict) as caught, shop.context.database.write() as session:
        session.add(try_(shop, order, 2))
    assert "attempts" in caught.value.code


def test_both_databases_give_a_violated_constraint_the_same_name(shop: Shop) -> None:
    shop.order()
    with pytest.raises(Conflict) as caught, shop.context.database.write() as session:
        session.add(models.Buyer(id="b2", merchant_id=shop.id, phone=BUYER, created_at=shop.clock()))
    assert caught.value.code == "uq_buyers_merchant_id_phone"


def test_no_update_is_lost_between_threads(shop: Shop) -> None:
    order = shop.order()
    before = shop.get(order).revision

    def raise_revision(_number: int) -> None:
        with shop.context.database.write() as session:
            orders.note(session, orders.lock(session, order), EventKind.RESENT, CLOCK, shop.clock())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(raise_revision, range(40)))
    assert shop.get(order).revision == before + 40


def test_a_reader_sees_what_was_committed_and_nothing_else(shop: Shop) -> None:
    order = shop.order()
    with shop.context.database.write() as session:
        orders.lock(session, order).description = "not yet"
        session.flush()
        assert shop.get(order).description is None
    assert shop.get(order).description == "not yet"


def test_a_reading_session_never_writes(shop: Shop) -> None:
    before = shop.dump()
    with shop.context.database.read() as session:
        session.get_one(models.Merchant, shop.id).name = "changed"
    assert shop.dump() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's share the writer's connections
def test_sqlite_refuses_a_write_in_a_reading_session(shop: Shop) -> None:
    with pytest.raises((DBAPIError, OrdoError)), shop.context.database.read() as session:
        session.execute(text("DELETE FROM heartbeats"))


def test_a_time_without_a_zone_is_refused(shop: Shop) -> None:
    with pytest.raises(StatementError), shop.context.database.write() as session:
        session.add(models.Heartbeat(worker="w", queue="q", seen_at=datetime(2026, 11, 24)))  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://nobody@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_reached_is_unavailable(url: str) -> None:
    database = Database(url)
    with pytest.raises(Unavailable), database.read() as session:
        session.execute(text("SELECT 1"))
    database.close()


def test_a_process_that_has_no_connection_free_is_told_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(database_url, connections=1)
    pool: Any = database._writer.pool
    monkeypatch.setattr(pool, "_timeout", 0.01)
    with contextlib.ExitStack() as held:
        for _ in range(1 + pool._max_overflow):
            held.enter_context(database._writer.connect())
        with pytest.raises(Unavailable), database.write() as session:
            session.execute(text("SELECT 1"))
    database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_primary_that_became_a_standby_is_left_and_the_next_connection_is_a_new_one(shop: Shop) -> None:
    with pytest.raises(Unavailable), shop.context.database.write() as session:
        before = session.scalar(text("SELECT pg_backend_pid()"))
        session.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; COMMIT; BEGIN"))
        session.merge(models.Heartbeat(worker="w", queue="q", seen_at=shop.clock()))
    with shop.context.database.write() as session:
        session.merge(models.Heartbeat(worker="w", queue="q", seen_at=shop.clock()))
        assert session.scalar(text("SELECT pg_backend_pid()")) != before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_is_shut_down_in_the_middle_is_unavailable_and_found_again(shop: Shop, database_url: str) -> None:
    other = Database(database_url)
    with pytest.raises(Unavailable), shop.context.database.write() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with other.write() as elsewhere:
            elsewhere.execute(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})
        session.merge(models.Heartbeat(worker="w", queue="q", seen_at=shop.clock()))
    assert shop.all(models.Heartbeat) == []
    other.close()


def test_what_a_statement_was_given_is_in_no_error(shop: Shop) -> None:
    with pytest.raises((DBAPIError, Unavailable)) as caught, shop.context.database.write() as session:
        session.execute(text("INSERT INTO no_table VALUES (:secret)"), {"secret": "tok_canary"})
    assert "tok_canary" not in str(caught.value) + str(caught.value.__cause__)


def test_tries_are_numbered_from_one(shop: Shop) -> None:
    order = shop.order()
    with shop.context.database.read() as session:
        assert attempts.next_number(session, order) == 1
    shop.pay(order, "visa_chargeDeclined")
    with shop.context.database.read() as session:
        assert attempts.next_number(session, order) == 2
