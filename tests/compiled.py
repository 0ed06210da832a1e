"""Statements compiled once for all tests of a process, not anew for each test's own engines.

SQLAlchemy keeps compiled statements by dialect object (`ClauseElement._compile_w_cache`; the mappers do so too), and every engine makes a dialect
of its own. The engines of tests reach two servers with the same options, so their dialects count as one here, and one cache serves them all, as one
engine's serves a process of the product all day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

if TYPE_CHECKING:
    from sqlalchemy import Engine

COMPILED: LRUCache[Any, Any] = LRUCache(
    5_000
)  # ten times an engine's own: the whole product's statements, on both databases


class Shared:
    """What makes a dialect the same as any other of its kind."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """SQLAlchemy's hook for a dialect to set an engine up."""
        engine._compiled_cache = COMPILED


class SQLite(Shared, SQLiteDialect_pysqlite):
    supports_statement_cache = True  # SQLAlchemy wants it said of each class


class PostgreSQL(Shared, PGDialect_psycopg):
    supports_statement_cache = True


def share() -> None:
    """From here on, for the engines of this process."""
    registry.register("sqlite", __name__, "SQLite")
    registry.register("postgresql.psycopg", __name__, "PostgreSQL")
