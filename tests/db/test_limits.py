"""Counts that all processes share."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from webapp.db import limits, models
from webapp.db.session import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW, WINDOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC), timedelta(minutes=10)


@pytest.fixture
def databases(database_url: str) -> Iterator[tuple[Database, Database]]:
    """The same database, as two processes have it open."""
    with contextlib.closing(Database(database_url)) as one, contextlib.closing(Database(database_url)) as other:
        yield one, other


def count(database: Database, key: str = "a", now: datetime = NOW) -> tuple[int, datetime]:
    with database.write() as session:
        found = limits.count(session, key, now, WINDOW)
    return found.count, found.until


def rows(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(models.Limit)) or 0


def test_a_window_begins_with_the_first_and_ends_by_itself(databases: tuple[Database, Database]) -> None:
    one, other = databases
    later, over = NOW + timedelta(minutes=9), NOW + WINDOW
    assert [count(one), count(other, now=later), count(one, "b")] == [
        (1, NOW + WINDOW),
        (2, NOW + WINDOW),
        (1, NOW + WINDOW),
    ]
    assert count(other, now=over) == (1, over + WINDOW)


def test_what_is_over_does_not_stand(databases: tuple[Database, Database]) -> None:
    count(databases[0])
    for seconds, keys in ((599, {"a"}), (600, set())):
        with databases[1].read() as session:
            assert set(limits.standing(session, ["a", "b"], NOW + timedelta(seconds=seconds))) == keys


def test_many_at_once_in_two_processes_each_get_a_count_of_their_own(databases: tuple[Database, Database]) -> None:
    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda n: count(databases[n % 2])[0], range(40)))
    assert sorted(counts) == list(range(1, 41))


def test_windows_that_are_over_are_swept(databases: tuple[Database, Database]) -> None:
    for number in range(20):
        count(databases[0], str(number))
    count(databases[0], "new", NOW + WINDOW)
    assert rows(databases[0]) == 1


def test_two_that_sweep_each_other_s_windows_do_not_wait_for_each_other(databases: tuple[Database, Database]) -> None:
    keys = [str(number) for number in range(60)]
    for number in range(5):
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda key: count(databases[int(key) % 2], key, NOW + number * WINDOW), keys))  # noqa: B023
    assert rows(databases[0]) == 60


def test_a_prefix_is_taken_as_it_is_spelled(databases: tuple[Database, Database]) -> None:
    count(databases[0], "card:a-b:1")
    count(databases[0], "card:a-b:1")
    with databases[1].read() as session:
        found = [limits.any_above(session, prefix, 2, NOW) for prefix in ("card:a-b:", "card:a_b:", "card:%", "card:b")]
        assert found == [True, False, False, False]
        assert not limits.any_above(session, "card:a-b:", 3, NOW)
        assert not limits.any_above(session, "card:a-b:", 2, NOW + WINDOW)
