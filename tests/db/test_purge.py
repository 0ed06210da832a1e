"""What a SQLite database's files hold of rows that were erased: nothing."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event, text

from webapp.db import session
from webapp.db.session import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MARK = b"MARK-"


@pytest.fixture
def careless() -> Iterator[None]:
    """SQLite as most distributions build it; Debian's overwrites without being told."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA secure_delete=OFF")

    event.listen(Engine, "connect", connected)
    yield
    event.remove(Engine, "connect", connected)


def left(database_url: str) -> dict[str, int]:
    """How often the mark stands in each file of the database."""
    path = Path(database_url.removeprefix("sqlite:///"))
    files = [path, Path(f"{path}-wal")]
    return {file.name: file.read_bytes().count(MARK) for file in files if file.exists()}


def churned(database: Database) -> None:
    """Rows that were made, moved and made longer and shorter for a while, and are erased now."""
    dice = random.Random(1)

    def said() -> str:
        return "MARK-" * dice.randrange(1, 1500 if dice.random() < 0.1 else 60)

    with database.write() as session:
        session.execute(text("CREATE TABLE said (id TEXT PRIMARY KEY, body TEXT, again TEXT)"))
        ids = [f"{dice.getrandbits(64):016x}" for _ in range(1500)]
        for name in ids:
            session.execute(text("INSERT INTO said VALUES (:id, :body, '')"), {"id": name, "body": said()})
            changed = {"id": dice.choice(ids), "body": said()}
            session.execute(text("UPDATE said SET body = :body, again = :id WHERE id = :id"), changed)
    with database.write() as session:
        session.execute(text("UPDATE said SET body = NULL"))


def test_nothing_of_what_was_written_over_is_left(
    database_url: str, careless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url)
    churned(database)
    assert left(database_url)["ordo.db-wal"]
    monkeypatch.setattr(session, "SMALL", 0)
    assert database.purge()
    emptied = left(database_url)
    assert emptied["ordo.db-wal"] == 0
    assert (
        0 < emptied["ordo.db"] < 1000
    )  # where SQLite moved rows from page to page: hundreds of thousands without secure_delete
    monkeypatch.undo()
    assert database.purge()
    assert left(database_url) == {"ordo.db": 0, "ordo.db-wal": 0}
    database.close()


def test_who_writes_overwrites_whatever_sqlite_was_built_with(database_url: str, careless: None) -> None:
    database = Database(database_url)
    with database.write() as writing:
        assert writing.scalar(text("PRAGMA secure_delete")) == 1
    database.close()


def test_a_reader_that_is_not_done_yet_keeps_the_log(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = tuple("busy_timeout=20" if each.startswith("busy") else each for each in session.WRITING)
    monkeypatch.setattr(session, "WRITING", quick)
    database = Database(database_url)
    churned(database)
    reader = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM said").fetchone()
    assert not database.purge()
    reader.close()
    assert database.purge()
    database.close()
