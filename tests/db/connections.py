"""Connections to a database as the world treats them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from webapp.db.session import Database

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def cut(database_url: str) -> None:
    """Everybody who is connected loses the connection, as when the server is started anew."""
    other = Database(database_url)
    with other.write() as session:
        session.execute(CUT)
    other.close()
