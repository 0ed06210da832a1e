"""The ground that all tests stand on."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import text

from webapp.db import migrate
from webapp.db.session import Database


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_migrated_database_of_its_own(database_url: str, turn: int) -> None:
    assert migrate.is_current(database_url)
    database = Database(database_url)
    with database.write() as session:
        assert session.scalar(text("SELECT count(*) FROM beats")) == 0
        session.execute(text("INSERT INTO beats (worker, line, seen_at) VALUES ('w', 'l', '2026-11-24 10:00:00')"))
    database.close()


def test_nothing_outside_this_machine_can_be_reached() -> None:
    with pytest.raises(RuntimeError, match="allowed"), pytest.warns(UserWarning, match="allowed"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
