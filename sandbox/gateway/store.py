"""All state in one SQLite file: Stripe's objects as JSON documents, and the tables of the machinery around them.

A request is one transaction and transactions follow one another, so that fifty confirms at once are fifty confirms
in a row.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]
"""A Stripe object as JSON. Keys that begin with `_` are ours and never leave the server."""


def public(doc: Doc) -> Doc:
    """The object as the outside may see it."""
    return {name: _outside(value) for name, value in doc.items() if not name.startswith("_")}


def _outside(value: object) -> object:
    if isinstance(value, dict):
        return public(value)
    return [_outside(item) for item in value] if isinstance(value, list) else value


_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL,
    customer TEXT, body TEXT NOT NULL, UNIQUE (scope, id));
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (scope, kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (scope, kind, customer, seq);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    scope TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, fingerprint TEXT NOT NULL, request_id TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (scope, key));
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, endpoint_scope TEXT NOT NULL, endpoint TEXT NOT NULL,
    event TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, answer TEXT);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, match TEXT NOT NULL, kind TEXT NOT NULL, seconds REAL NOT NULL, left INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, request_id TEXT NOT NULL, scope TEXT, method TEXT NOT NULL,
    path TEXT NOT NULL, idempotency_key TEXT, status INTEGER NOT NULL, replayed INTEGER NOT NULL, fault TEXT);
CREATE TABLE IF NOT EXISTS laters (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, at INTEGER NOT NULL, deed TEXT NOT NULL, subject TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


class Transaction:
    """What one request may do with the state. Made by `Store.transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.sql = connection

    def insert(self, scope: str, doc: Doc, *, kind: str = "") -> Doc:
        """Keep a new object; its kind is its `object` if none is given."""
        self.sql.execute(
            "INSERT INTO objects (scope, kind, id, created, customer, body) VALUES (?, ?, ?, ?, ?, ?)",
            (scope, kind or doc["object"], doc["id"], doc.get("created", 0), doc.get("customer"), json.dumps(doc)),
        )
        return doc

    def save(self, scope: str, doc: Doc) -> Doc:
        """Write a changed object back."""
        self.sql.execute(
            "UPDATE objects SET customer = ?, body = ? WHERE scope = ? AND id = ?",
            (doc.get("customer"), json.dumps(doc), scope, doc["id"]),
        )
        return doc

    def delete(self, scope: str, identity: str) -> None:
        self.sql.execute("DELETE FROM objects WHERE scope = ? AND id = ?", (scope, identity))

    def find(self, scope: str, kind: str, identity: str) -> Doc | None:
        row = self.sql.execute(
            "SELECT body FROM objects WHERE scope = ? AND kind = ? AND id = ?", (scope, kind, identity)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def place(self, scope: str, kind: str, identity: str) -> int | None:
        """Where an object stands in the order of creation; what cursors are made of."""
        row = self.sql.execute(
            "SELECT seq FROM objects WHERE scope = ? AND kind = ? AND id = ?", (scope, kind, identity)
        ).fetchone()
        return None if row is None else int(row[0])

    def select(
        self, scope: str, kind: str, where: str = "1", values: tuple[object, ...] = (), limit: int = -1
    ) -> list[Doc]:
        """Objects of a kind, newest first. `where` is SQL of ours (never a caller's text), `values` its values."""
        rows = self.sql.execute(
            f"SELECT body FROM objects WHERE scope = ? AND kind = ? AND ({where}) ORDER BY seq DESC LIMIT ?",  # noqa: S608  # nosec B608 - `where` is made of constants of this package
            (scope, kind, *values, limit),
        )
        return [json.loads(row[0]) for row in rows]


class Store:
    """The file. One connection, one transaction at a time."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing; waits for the transaction before it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
