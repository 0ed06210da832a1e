"""Connections to PostgreSQL: what each is told as it is opened, and how many the server has left.

A pooler in transaction mode (PgBouncer) gives each transaction another of the server's connections: what is set for a session, and a
statement that was prepared in one, is then not there, or is somebody else's. PostgreSQL tells a client its process as it connects; who is
answered by another process speaks to a pooler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from webapp.db.session import Database

LIMITS = {"lock_timeout": 5000, "idle_in_transaction_session_timeout": 30000}
"""Milliseconds. A lock is waited for as long as on SQLite, and a transaction that stands still (its process is paused, or gone without a
word) is ended, so that what it holds holds nobody up. Behind a pooler they are the role's own settings (docs/operator/running.md)."""
_COUNTED = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
       (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL)
"""


def prepare(engine: Engine) -> None:
    """Each connection of this engine, as it is opened."""

    @event.listens_for(engine, "connect")
    def _opened(connection: Any, _record: object) -> None:
        autocommit, connection.autocommit = connection.autocommit, True
        if is_pooled(connection):
            connection.prepare_threshold = None
        else:
            connection.execute("; ".join(f"SET {name} = {value}" for name, value in LIMITS.items()))
        connection.autocommit = autocommit


def is_pooled(connection: Any) -> bool:
    """Whether a pooler stands between this connection of the driver's and PostgreSQL."""
    (answers,) = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
    return bool(answers != connection.info.backend_pid)


@dataclass(frozen=True)
class Room:
    """How many connections the server lets be open, and how many are; whether a pooler stands before it, and which of `LIMITS` are not
    set there."""

    allowed: int
    used: int
    pooled: bool
    unset: tuple[str, ...]


def room(database: Database) -> Room | None:
    """None for SQLite. Raises `Unavailable`."""
    if database.is_sqlite:
        return None
    with database.read() as session:
        allowed, used = session.execute(text(_COUNTED)).one()
        settings = {name: session.scalar(text(f"SHOW {name}")) for name in LIMITS}
        pooled = is_pooled(session.connection().connection.driver_connection)
    return Room(allowed, used, pooled, tuple(name for name, value in settings.items() if value == "0"))
