"""SQLite's writers: threads of a process come in the sequence in which they asked, and another process's lock is waited for."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.actors import until
from webapp.db import limits, writer_queue
from webapp.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextlib.contextmanager
def another_process_writes(database_url: str) -> Iterator[sqlite3.Connection]:
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_threads_write_in_the_sequence_in_which_they_asked(shop: Shop) -> None:
    database, written = shop.context.database, list[int]()

    def write(number: int) -> None:
        with database.write() as session:
            session.execute(text("SELECT 1"))
            written.append(number)

    with ThreadPoolExecutor(30) as threads, database.write():
        for number in range(30):
            threads.submit(write, number)
            until(lambda number=number: len(database._queue._waiting) == number + 1, "it waits")
    assert written == list(range(30))


def test_eight_buyers_and_a_crawler_are_answered_while_another_process_writes_for_longer_than_sqlite_waits(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = shop.context.database
    monkeypatch.setattr("webapp.db.session.WRITING", ("busy_timeout=20",))
    database._writer.dispose()  # the next connections wait so short

    def buys(number: int) -> None:
        with database.write() as session:
            limits.count(session, f"buyer {number}", shop.clock(), timedelta(minutes=1))

    def crawls(_number: int) -> None:
        with database.read() as session:
            session.execute(text("SELECT count(*) FROM limits"))

    with ThreadPoolExecutor(9) as threads, another_process_writes(database_url) as other:
        buying = [threads.submit(buys, number) for number in range(8)]
        for number in range(50):
            threads.submit(crawls, number).result(20)
        assert not any(each.done() for each in buying)
        other.execute("ROLLBACK")
        for each in buying:
            each.result(20)


def test_who_waits_for_long_is_told_and_is_in_nobody_s_way(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    database = shop.context.database
    monkeypatch.setattr(writer_queue, "PATIENCE", 0.05)
    go_on, begun = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write():
            begun.set()
            go_on.wait(20)

    holding = threading.Thread(target=hold)
    holding.start()
    assert begun.wait(20)
    for _ in range(2):
        with pytest.raises(Unavailable, match="too many wait"), database.write():
            pass
    go_on.set()
    holding.join(20)
    with database.write() as session:
        session.execute(text("SELECT 1"))
    assert not database._queue._is_taken
