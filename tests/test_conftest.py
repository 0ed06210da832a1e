"""The ground that all tests stand on."""

from __future__ import annotations

import contextlib
import socket

import psycopg
import pytest
from sqlalchemy import func, select, text

from tests.postgres import Cluster, Reused
from webapp.db import migrate, models
from webapp.db.session import Database

A_ROW = "INSERT INTO heartbeats (worker, queue, seen_at) VALUES ('w', 'l', '2026-11-24 10:00:00')"
CUT = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_migrated_database_of_its_own(database_url: str, turn: int) -> None:
    assert migrate.is_current(database_url)
    database = Database(database_url)
    with database.write() as session:
        for table in models.Base.metadata.sorted_tables:
            assert session.scalar(select(func.count()).select_from(table)) == 0
        session.execute(text(A_ROW))
    database.close()


def test_a_database_that_serves_another_test_is_as_its_migrations_left_it(postgres: tuple[Cluster, str]) -> None:
    cluster, _ = postgres
    with contextlib.closing(Reused(*postgres)) as reused:
        name = reused.url.rpartition("/")[2]
        with cluster.connect(name) as left, cluster.connect("postgres") as elsewhere:
            left.execute(A_ROW)
            left.execute("SELECT nextval(pg_get_serial_sequence('order_events', 'id'))")
            left.execute("BEGIN")
            left.execute("LOCK TABLE orders")
            for _ in range(2):
                reused.empty()
                with pytest.raises(psycopg.OperationalError):
                    left.execute("SELECT 1")
                with cluster.connect(name) as fresh:
                    assert fresh.execute("SELECT count(*) FROM heartbeats").fetchone() == (0,)
                    assert fresh.execute("SELECT nextval(pg_get_serial_sequence('order_events', 'id'))").fetchone() == (
                        1,
                    )
                elsewhere.execute(CUT, [name])  # its own connection too
        assert migrate.is_current(reused.url)


def test_rows_of_another_test_leave_no_places_for_new_ones(postgres: tuple[Cluster, str]) -> None:
    """What is due at the same moment is then claimed in the order in which it was written, as in a new database."""
    cluster, _ = postgres
    row = "INSERT INTO scheduled_tasks (id, type, merchant_id, tries) VALUES (%s, 'x', 'm', 0)"
    with contextlib.closing(Reused(*postgres)) as reused:
        for _ in range(2):
            reused.empty()
            with cluster.connect(reused.url.rpartition("/")[2]) as test:
                test.execute("SET session_replication_role = replica")  # no merchant is needed
                for number in range(3):
                    test.execute(row, [str(number)])
                assert test.execute("SELECT ctid::text FROM scheduled_tasks").fetchone() == ("(0,1)",)


def test_nothing_outside_this_machine_can_be_reached() -> None:
    with pytest.raises(RuntimeError, match="allowed"), pytest.warns(UserWarning, match="allowed"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def slow(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("slow") is not None


@pytest.mark.wording
def test_wording_on_postgresql_is_not_for_every_change(database_url: str, request: pytest.FixtureRequest) -> None:
    assert slow(request) is database_url.startswith("postgresql")


@pytest.mark.wording
@pytest.mark.both_databases
def test_wording_that_hangs_on_the_database_is(database_url: str, request: pytest.FixtureRequest) -> None:
    assert database_url
    assert not slow(request)


@pytest.mark.parametrize("case", range(4))
def test_cases_take_turns_on_the_databases(database_url: str, case: int, request: pytest.FixtureRequest) -> None:
    name = request.function.__name__
    functions = [item for item in request.session.items if isinstance(item, pytest.Function)]
    cases = [item for item in functions if item.originalname == name]
    if {item.callspec.params["case"] for item in cases} != {0, 1, 2, 3}:
        pytest.skip(f"case {case} on {database_url} was asked for alone")
    quick = [str(item.callspec.params["database_url"]) for item in cases if item.get_closest_marker("slow") is None]
    assert sorted(quick) == ["postgresql", "postgresql", "sqlite", "sqlite"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_asks_for_one_database_runs_on_it(database_url: str, request: pytest.FixtureRequest) -> None:
    assert database_url.startswith("postgresql")
    assert not slow(request)
