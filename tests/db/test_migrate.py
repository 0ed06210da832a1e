"""The migrations make what the models say, on both kinds of database."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from webapp.db import migrate, models


def test_the_migrations_make_the_models_tables(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.Base.metadata) == []
    engine.dispose()
    assert migrate.is_current(database_url)


MERCHANT = {
    "id": "cafe",
    "name": "Café Lumière",
    "mode": "test",
    "country": "FR",
    "currency": "EUR",
    "language": "en",
    "time_zone": "Europe/Paris",
    "contact": "hello@cafe.example",
    "max_tries": 3,
    "link_days": 7,
    "publishable_key": "pk_test_1",
    "gateway_secrets": "sealed",
    "phone_number_id": "1",
    "business_account_id": "2",
    "whatsapp_secrets": "sealed",
    "reminders": "[]",
    "quiet_from": 21,
    "quiet_until": 8,
    "created_at": "2026-11-24 10:00:00",
}


def test_merchants_of_before_are_of_the_gateway_that_there_was_and_new_ones_say_theirs(database_url: str) -> None:
    """Its gateway's name came when a second gateway could be had."""
    config = migrate._config(database_url)
    before = ScriptDirectory.from_config(config).get_revision("0014_gateways").down_revision
    command.downgrade(config, str(before))
    engine = create_engine(database_url)
    columns = {column["name"] for column in inspect(engine).get_columns("merchants")}
    assert "gateway" not in columns
    insert = f"INSERT INTO merchants ({', '.join(MERCHANT)}) VALUES ({', '.join(f':{name}' for name in MERCHANT)})"  # noqa: S608  # our own names
    with engine.begin() as connection:
        connection.execute(text(insert), MERCHANT)
    migrate.upgrade(database_url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT gateway FROM merchants")).scalars().all() == ["stripe"]
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(insert), MERCHANT | {"id": "kiosk"})
    engine.dispose()
