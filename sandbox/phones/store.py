"""One SQLite file, so that a restart keeps the chats."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (
    phone TEXT PRIMARY KEY,             -- +E.164
    wa_id TEXT NOT NULL UNIQUE,         -- WhatsApp's own digits, which differ from the phone's in some countries
    user_id TEXT NOT NULL UNIQUE,       -- business-scoped, there even when the number is hidden
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    on_whatsapp INTEGER NOT NULL DEFAULT 1,
    switched_on INTEGER NOT NULL DEFAULT 1,
    reads INTEGER NOT NULL DEFAULT 1,
    hides_number INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS messages (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    wamid TEXT NOT NULL UNIQUE,
    phone TEXT NOT NULL,                -- the person's side of the chat
    from_business INTEGER NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,              -- JSON: what a phone shows
    reply_to TEXT,
    status TEXT NOT NULL,
    error TEXT,
    opaque TEXT,
    category TEXT,
    preview TEXT,                       -- JSON: title, description of the first link
    opened INTEGER NOT NULL DEFAULT 0,  -- one of its links was tapped
    at REAL NOT NULL                    -- Unix seconds
);
CREATE INDEX IF NOT EXISTS messages_of_a_phone ON messages (phone, n);
CREATE TABLE IF NOT EXISTS templates (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    category TEXT NOT NULL,
    parameter_format TEXT NOT NULL,
    components TEXT NOT NULL,           -- JSON, as it was submitted
    UNIQUE (name, language)
);
CREATE TABLE IF NOT EXISTS template_states ( -- what Meta has said of one since it was approved
    id TEXT PRIMARY KEY REFERENCES templates (id) ON DELETE CASCADE,
    status TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    label TEXT NOT NULL,
    wamid TEXT NOT NULL,
    value TEXT NOT NULL,                -- JSON: one change's value
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    copies INTEGER NOT NULL DEFAULT 1,
    batch INTEGER NOT NULL DEFAULT 0,
    answer TEXT,
    at REAL NOT NULL,
    due REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE TABLE IF NOT EXISTS media (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS faults (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    code INTEGER NOT NULL,
    seconds REAL NOT NULL,
    times_left INTEGER NOT NULL
);
"""


class Store:
    """Opens the file for one piece of work at a time, from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(_SCHEMA)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        db.row_factory = sqlite3.Row
        try:
            db.execute("PRAGMA synchronous=NORMAL")
            yield db
        finally:
            db.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A snapshot to read from."""
        with self._connection() as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed when the block ends, undone when it raises."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
