"""The migrations make what the models say, on both kinds of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from webapp.db import migrate, models

if TYPE_CHECKING:
    from tests.kit import Shop


def test_the_migrations_make_the_models_tables(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.Base.metadata) == []
    engine.dispose()
    assert migrate.is_current(database_url)


def test_what_waits_to_be_sent_survives_the_migration_to_notices(shop: Shop, database_url: str) -> None:
    """Rows of the release before keep what they say; of this one's, which that one cannot send, nothing waits there."""
    order, body = shop.order(send=True), {"type": "text", "text": {"body": "Paid."}}
    at = {"state": "queued", "created_at": shop.clock(), "due_at": shop.clock()}
    about = {"merchant_id": shop.id, "order_id": order} | at
    with shop.context.database.write() as session:
        session.add(
            models.Message(id="old", direction="out", purpose="notice", phone="+33612345678", body=body, **about)
        )
        session.add(
            models.Mail(id="old", address="a@b.example", language="en", subject="S", text="T", html="H", **about)
        )
        session.add(models.Mail(id="new", address="a@b.example", language="en", notices=[], **about))
    indexes = {table: _indexes(database_url, table) for table in ("messages", "mails")}
    scripts = ScriptDirectory.from_config(migrate._config(database_url))
    command.downgrade(migrate._config(database_url), str(scripts.get_revision("0014_notices").down_revision))
    migrate.upgrade(database_url)
    assert {table: _indexes(database_url, table) for table in indexes} == indexes
    message, mail = shop.one(models.Message, models.Message.id == "old"), shop.one(models.Mail, models.Mail.id == "old")
    assert (message.notice, message.body, message.state, message.due_at) == (None, body, "queued", shop.clock())
    assert (mail.notices, mail.subject, mail.text, mail.html, mail.state) == (None, "S", "T", "H", "queued")
    new = shop.one(models.Message, models.Message.id != "old"), shop.one(models.Mail, models.Mail.id == "new")
    assert [(row.state, row.due_at) for row in new] == [("dropped", None), ("failed", None)]


def _indexes(url: str, table: str) -> list[tuple[str, str, str]]:
    """Their names, columns and, of partial ones, conditions."""
    engine = create_engine(url)
    found = inspect(engine).get_indexes(table)
    engine.dispose()
    options = [{name: str(value) for name, value in index.get("dialect_options", {}).items()} for index in found]
    return sorted(
        (str(index["name"]), str(index["column_names"]), str(option))
        for index, option in zip(found, options, strict=True)
    )
