"""What a page that everybody opens asks of the database: the same answer as by a session, and a connection that was cut is not noticed."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, func, inspect, literal_column, select, text

from tests.actors import until
from tests.db.connections import cut
from webapp.db import models, pages, raw_reader
from webapp.db.session import Database
from webapp.domain.actions import Action
from webapp.domain.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Shop

_table: Any = models.Order.__table__
WHOLE = select(_table).where(_table.c.id == bindparam("order"))
ELSEWHERE = """
import ctypes, sys
from sqlalchemy import literal_column, select
from webapp.db.session import Database

system, database, seen = ctypes.CDLL(None), Database(sys.argv[1]), []

@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def look(_):
    seen.append(database.read_raw(select(literal_column("1").label("one"))))

for _ in range(20):
    thread = ctypes.c_ulong()
    assert system.pthread_create(ctypes.byref(thread), None, look, None) == 0
    system.pthread_join(thread, None)
assert seen == [[1]] * 20
"""


@pytest.mark.parametrize("action", [Action.PAYMENT, Action.REGISTER])
def test_an_answer_is_read_as_a_session_reads_it(shop: Shop, action: Action) -> None:
    order = shop.order(action, description="2 pizzas", tax=550)
    shop.pay(order)
    row = shop.get(order)
    found = shop.context.database.read_raw(WHOLE, order=order)
    assert found is not None
    assert list(found) == [
        getattr(row, inspect(models.Order).get_property_by_column(column).key) for column in _table.c
    ]
    assert row.expires_at.utcoffset() == timedelta(0)


def test_the_page_has_of_each_row_what_a_session_finds(shop: Shop) -> None:
    order = shop.order()
    assert pages.opened(shop.context.database, order).last is None
    shop.pay(order, "visa_chargeDeclined")
    found = pages.opened(shop.context.database, order)
    rows = ((found.order, models.Order), (found.merchant, models.Merchant), (found.last, models.Attempt))
    for given, model in rows:
        assert given is not None
        row, read = shop.one(model), dataclasses.asdict(given)
        assert read == {name: getattr(row, name) for name in read}
    assert found.phone == shop.one(models.Buyer).phone
    with pytest.raises(NotFound):
        pages.opened(shop.context.database, "ord_nobody")


def test_a_look_sees_what_was_committed_since_the_last_one(shop: Shop) -> None:
    order = shop.order()
    for state in ("paid", "refunded"):
        assert pages.opened(shop.context.database, order).order.state != state
        with shop.context.database.write() as session:
            session.execute(text("UPDATE orders SET state = :state"), {"state": state})
        assert pages.opened(shop.context.database, order).order.state == state


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_since_the_last_look_is_not_noticed(shop: Shop, database_url: str) -> None:
    order = shop.order()
    pages.opened(shop.context.database, order)
    cut(database_url)
    assert pages.opened(shop.context.database, order).order.id == order
    cut(database_url)
    cut(database_url)
    assert pages.opened(shop.context.database, order).order.id == order


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_is_cut_during_the_look_is_unavailable_and_the_next_one_is_new(shop: Shop) -> None:
    fatal: Any = select(literal_column("1").label("one")).where(text("pg_terminate_backend(pg_backend_pid())"))
    with pytest.raises(Unavailable):
        shop.context.database.read_raw(fatal)
    assert pages.opened(shop.context.database, shop.order()).last is None


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://nobody@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_reached_is_unavailable(url: str) -> None:
    database = Database(url)
    with pytest.raises(Unavailable):
        database.read_raw(WHOLE, order="x")
    database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_look_at_sqlite_is_told_to_write_nothing(shop: Shop) -> None:
    only: Any = select(literal_column("query_only").label("only")).select_from(text("pragma_query_only"))
    assert shop.context.database.read_raw(only) == [1]


def test_raw_at_a_sqlite_that_is_locked_give_up_and_the_next_one_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_reader, "PATIENCE", 0.1)
    file, one = tmp_path / "ordo.db", select(func.count().label("one")).select_from(text("sqlite_master"))
    other = sqlite3.connect(file, isolation_level=None)
    for words in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA locking_mode=EXCLUSIVE",
        "BEGIN EXCLUSIVE",
        "CREATE TABLE kept (id)",
    ):
        other.execute(words)
    database = Database(f"sqlite:///{file}")
    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(database.read_raw, one) for _ in range(3)]
    assert [type(each.exception()) for each in waiting] == [Unavailable] * 3
    other.execute("COMMIT")
    other.close()
    assert database.read_raw(one) == [1]
    database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_as_many_connections_are_kept_as_looked_at_once_and_close_with_the_database(
    shop: Shop, database_url: str
) -> None:
    order, met, database = shop.order(), threading.Barrier(3), Database(database_url)
    counted = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%FROM orders%'"
    )

    def connected() -> int:
        with shop.context.database.read() as session:
            return int(session.scalar(counted) or 0)

    def raw_reader() -> None:
        met.wait(20)
        for _ in range(20):
            pages.opened(database, order)

    before = connected()
    with ThreadPoolExecutor(3) as threads:
        for each in [threads.submit(raw_reader) for _ in range(3)]:
            each.result(20)
    assert 1 <= connected() - before <= 3
    database.close()
    until(lambda: connected() == before, "the connections' end")


def test_a_thread_that_python_did_not_start_may_look_and_end(tmp_path: Path) -> None:
    """As a web server's do, which come and go. In a process of its own: it was the whole process that ended."""
    done = subprocess.run([sys.executable, "-c", ELSEWHERE, f"sqlite:///{tmp_path / 'a.db'}"], check=False, timeout=60)
    assert done.returncode == 0
