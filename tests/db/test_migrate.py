"""The migrations make what the models say, on both kinds of database."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from tests.kit import BUYER, paid
from webapp.db import migrate, models, orders
from webapp.services.orders import imports
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit import Shop

OF_POSTGRESQL = {"ix_limits_key_prefix"}  # indexes that SQLite has no use for


def test_the_migrations_make_the_models_tables(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        named = {
            "include_object": lambda _object, name, *_: name not in OF_POSTGRESQL or engine.name == "postgresql",
            "include_name": _is_the_models,
        }
        context = MigrationContext.configure(connection, opts={"compare_type": True, **named})
        assert compare_metadata(context, models.Base.metadata) == []
    engine.dispose()
    assert migrate.is_current(database_url)


def _is_the_models(name: str | None, _kind: str, _parents: object) -> bool:
    """Each database indexes trigrams in its own way: tests/db/test_order_search.py has that."""
    return not (name or "").startswith(("order_search_grams", "ix_order_search_text", "ix_attempts_intent_prefix"))


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
    command.downgrade(migrate._config(database_url), str(scripts.get_revision("0016").down_revision))
    migrate.upgrade(database_url)
    assert {table: _indexes(database_url, table) for table in indexes} == indexes
    message, mail = shop.one(models.Message, models.Message.id == "old"), shop.one(models.Mail, models.Mail.id == "old")
    assert (message.notice, message.body, message.state, message.due_at) == (None, body, "queued", shop.clock())
    assert (mail.notices, mail.subject, mail.text, mail.html, mail.state) == (None, "S", "T", "H", "queued")
    new = shop.one(models.Message, models.Message.id != "old"), shop.one(models.Mail, models.Mail.id == "new")
    assert [(row.state, row.due_at) for row in new] == [("dropped", None), ("failed", None)]


def test_callbacks_under_way_go_on_where_their_schedule_was(shop: Shop, database_url: str) -> None:
    shop.place.backend_answers.extend([500, 500])
    order = paid(shop)
    shop.drain()
    shop.later(seconds=6)
    (endpoint,) = endpoints.listed(shop.context, shop.id)
    endpoints.send_test(shop.context, shop.id, endpoint.id)
    indexes = _indexes(database_url, "callbacks")
    config = migrate._config(database_url)
    command.downgrade(config, str(ScriptDirectory.from_config(config).get_revision("0027").down_revision))
    migrate.upgrade(database_url)
    assert _indexes(database_url, "callbacks") == indexes
    row = shop.one(models.Callback)  # the test went, for the release before can send none
    assert (row.order_id, row.state, row.posts) == (order, "pending", 2)
    assert (shop.one(models.Endpoint).source, shop.one(models.Endpoint).types) == ("file", None)


@pytest.mark.both_databases
def test_of_references_that_differ_by_case_alone_the_first_keeps_the_key(shop: Shop, database_url: str) -> None:
    first = shop.order(reference="A12")
    shop.clock.forward(hours=1)
    second, other = shop.order(reference="B"), shop.order(reference="Ébène 5")
    config = migrate._config(database_url)
    command.downgrade(config, str(ScriptDirectory.from_config(config).get_revision("0023").down_revision))
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE orders SET reference = 'a12' WHERE id = :id"), {"id": second})
    engine.dispose()
    migrate.upgrade(database_url)
    keys = {order: shop.get(order).reference_key for order in (first, second, other)}
    assert keys == {first: "a12", second: None, other: "ébène 5"}
    with shop.context.database.read() as session:
        found = {each: orders.by_reference(session, shop.id, each) for each in ("A12", "a12", "ÉBÈNE 5")}
    assert {each: order and order.id for each, order in found.items()} == {
        "A12": first,
        "a12": second,
        "ÉBÈNE 5": other,
    }


@pytest.mark.both_databases
def test_orders_that_came_with_a_file_know_it(shop: Shop, database_url: str) -> None:
    file = f"reference,amount,phone,channel\nF1,5,{BUYER},none\nF2,7,{BUYER},none\n"
    row = imports.submit(shop.context, shop.id, file.encode())
    shop.drain()
    shop.order(reference="other")
    config = migrate._config(database_url)
    command.downgrade(config, str(ScriptDirectory.from_config(config).get_revision("0043").down_revision))
    migrate.upgrade(database_url)
    assert {each.reference: each.import_id for each in shop.all(models.Order)} == {
        "F1": row.id,
        "F2": row.id,
        "other": None,
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database whose schema no other test has to use."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), tmp_path / 'own.db')}"
        return
    cluster, template = request.getfixturevalue("postgres")
    name = cluster.create(template)
    yield cluster.url(name)
    cluster.drop(name)


NEWER = "UPDATE alembic_version SET version_num = 'newer'"


@pytest.mark.parametrize(
    ("change", "serves"),
    [
        ("ALTER TABLE orders ADD COLUMN later VARCHAR(9)", True),
        ("ALTER TABLE orders ADD COLUMN later INTEGER NOT NULL DEFAULT 0", True),
        ("CREATE INDEX ix_later ON orders (captured)", True),
        ("ALTER TABLE page_checks DROP COLUMN told", False),
        ("DROP TABLE page_checks", False),
        ("UPDATE alembic_version SET version_num = '0029'", False),
        ("DELETE FROM alembic_version", False),
    ],
)
def test_a_release_works_with_a_newer_schema_that_only_adds(own_url: str, change: str, serves: bool) -> None:
    engine = create_engine(own_url)
    with engine.begin() as connection:
        for statement in (NEWER, change):
            connection.execute(text(statement))
    engine.dispose()
    assert (migrate.serves(own_url), migrate.is_current(own_url)) == (serves, False)


def test_a_newer_schema_that_wants_what_this_release_does_not_write_is_none_to_work_with(own_url: str) -> None:
    engine = create_engine(own_url)
    with engine.begin() as connection:
        connection.execute(text(NEWER))
        connection.execute(text("DROP TABLE page_checks"))
        columns = ", ".join(f"{each.name} INTEGER" for each in models.PageCheck.__table__.columns)
        connection.execute(text(f"CREATE TABLE page_checks ({columns}, later INTEGER NOT NULL)"))
    engine.dispose()
    assert not migrate.serves(own_url)


def test_what_a_database_lacks_is_named_and_a_schema_is_not_taken_back(own_url: str) -> None:
    _, missing = migrate.missing(own_url)
    assert missing == []
    command.downgrade(migrate._config(own_url), "0030")
    at, lacks = migrate.missing(own_url)
    assert (at, lacks[0][:4], lacks[-1][:4]) == ("0030", "0031", migrate.missing(own_url)[1][-1][:4])
    assert "0034 Turns: fair between merchants and sources, and people before machines" in lacks
    assert not migrate.serves(own_url)
    migrate.upgrade(own_url)
    engine = create_engine(own_url)
    with engine.begin() as connection:
        connection.execute(text(NEWER))
    engine.dispose()
    for asked in (migrate.missing, migrate.upgrade):
        with pytest.raises(migrate.SchemaMismatch, match="never taken back"):
            asked(own_url)


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
    before = ScriptDirectory.from_config(config).get_revision("0017").down_revision
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
