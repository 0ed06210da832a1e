"""Alembic's entry: runs the migrations on the address that `webapp.db.migrate` was given."""

from __future__ import annotations

import time

from alembic import context
from sqlalchemy import create_engine, text

from webapp.db.models import Base

url = context.config.attributes["url"]
engine = create_engine(url)
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        # Several machines may start at once: the first migrates, the others wait and find nothing to do. They wait between statements, not in
        # one: an index that is made while others write waits for every statement that began before it.
        while not connection.scalar(text("SELECT pg_try_advisory_lock(7253410)")):
            connection.rollback()
            time.sleep(0.2)
        connection.commit()
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
