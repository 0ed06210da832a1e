"""Alembic's entry: runs the migrations on the address that `webapp.db.migrate` was given."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text

from webapp.db.models import Base

url = context.config.attributes["url"]
engine = create_engine(url)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Several machines may start at once: the first migrates, the others wait and find nothing to do. The lock is the transaction's,
            # for a pooler keeps none of a session's.
            connection.execute(text("SELECT pg_advisory_xact_lock(7253410)"))
        context.run_migrations()
engine.dispose()
