"""A copy of the database while it is in use."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url


class NoBackup(Exception):
    """There is no copy, and nothing half-written either; the message says why."""


def copy(url: str, path: Path) -> None:
    """Write a SQLite database, as it is at this moment, into a new file that only its owner reads. Raises `NoBackup`.

    VACUUM INTO reads one snapshot, which later writes neither change nor start anew; SQLite's backup interface, and with it the shell's
    `.backup`, begins again with each write of another process (https://www.sqlite.org/backup.html, "File and Database Connection Locks").
    The file has its name once it is whole, and on the disk.
    """
    source = make_url(url)
    if source.get_backend_name() != "sqlite":
        raise NoBackup("this command copies SQLite; for PostgreSQL use pg_dump, which its own manual explains")
    unfinished = path.with_name(f"{path.name}.unfinished")
    if path.exists():
        raise NoBackup(f"{path} exists already: give the backup another name")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise NoBackup(f"{unfinished} exists: another backup is at work, or was cut off; remove it then") from None
    except OSError as error:
        raise NoBackup(f"{unfinished} cannot be written: {error.strerror}") from error
    try:
        _vacuum(Path(str(source.database)).absolute(), unfinished)
        unfinished.rename(path)
    except sqlite3.Error as error:
        raise NoBackup(f"the copy could not be made: {error}") from error
    except OSError as error:
        raise NoBackup(f"{path} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _vacuum(database: Path, target: Path) -> None:
    # `mode=rw` makes no new, empty database of a wrong name. VACUUM INTO takes an empty file for a new one.
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, isolation_level=None)) as source:
        source.execute("PRAGMA busy_timeout=5000")
        source.execute("VACUUM INTO ?", (str(target),))
    with target.open("rb") as written:
        os.fsync(written.fileno())
