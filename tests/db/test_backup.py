"""`flask backup`: a whole copy, however much is written meanwhile, or no file at all and the reason."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from webapp.db import backup

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = "x" * 2000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database in use, a little large, with rows in its WAL that no checkpoint has moved."""
    path = tmp_path / "50% of #1.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE lines (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO lines (text) VALUES (?)", [(LARGE,)] * 2000)
        connection.commit()
    return path


def database_url(path: Path) -> str:
    return f"sqlite:///{path}"


@contextlib.contextmanager
def somebody_writing(path: Path) -> Iterator[list[int]]:
    """Somebody writes without a pause; the ids that were committed."""
    written, end, begun = [], threading.Event(), threading.Event()

    def write() -> None:
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
            while not end.is_set():
                made = connection.execute("INSERT INTO lines (text) VALUES (?)", (LARGE,))
                connection.commit()
                written.append(int(made.lastrowid or 0))
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    try:
        yield written
    finally:
        end.set()
        writer.join()


def ids(path: Path) -> list[int]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [row[0] for row in connection.execute("SELECT id FROM lines ORDER BY id")]


def test_a_copy_is_whole_and_comes_to_an_end_while_somebody_writes(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with somebody_writing(database) as written:
        before = len(written)
        backup.copy(database_url(database), copy)
        after = len(written)
    found = ids(copy)
    assert found == list(range(1, len(found) + 1))
    assert 2000 + before <= len(found) <= 2000 + after + 1
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.unfinished"))


def test_an_earlier_backup_is_not_written_over(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("yesterday's", encoding="utf-8")
    with pytest.raises(backup.NoBackup, match="exists already"):
        backup.copy(database_url(database), copy)
    assert copy.read_text("utf-8") == "yesterday's"


def test_a_backup_that_another_is_writing_is_left_alone(database: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db.unfinished").touch()
    with pytest.raises(backup.NoBackup, match="another backup is at work"):
        backup.copy(database_url(database), tmp_path / "copy.db")
    assert (tmp_path / "copy.db.unfinished").exists()


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("sqlite:////nowhere/ordo.db", "copy.db", "unable to open"),
        ("sqlite:///{}/missing.db", "copy.db", "unable to open"),
        ("sqlite:///{}/text.db", "copy.db", "not a database"),
        ("postgresql+psycopg://db.example.com/ordo", "copy.db", "pg_dump"),
        ("sqlite:///{}/text.db", "nowhere/copy.db", "cannot be written"),
    ],
)
def test_where_there_is_no_copy_there_is_a_reason_and_no_file(
    tmp_path: Path, source: str, target: str, why: str
) -> None:
    (tmp_path / "text.db").write_text("not a database, and long enough to be read as one" * 20, encoding="utf-8")
    with pytest.raises(backup.NoBackup, match=why):
        backup.copy(source.format(tmp_path), tmp_path / target)
    assert {each.name for each in tmp_path.iterdir()} == {"text.db"}
