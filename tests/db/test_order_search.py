"""The texts by which orders are found are those of what the orders and their buyers say now, whoever wrote it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, delete, select, text

from tests.kit import Shop
from webapp.db import buyers, migrate, models, order_lists, order_search, order_selection
from webapp.domain import search
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.services.orders import buyer_details
from webapp.services.payments import aliases

if TYPE_CHECKING:
    from collections.abc import Sequence

DETAILS = {"name": "Zoë Ångström", "line1": "1 rue X", "postal_code": "75001", "city": "Paris", "country": "FR"}


def stale(shop: Shop) -> list[str]:
    """The orders whose text is not what it should be, or that have none."""
    with shop.context.database.read() as session:
        query = select(models.Order, models.Buyer, models.OrderSearch.text).join(models.Buyer)
        rows = session.execute(query.outerjoin(models.OrderSearch, models.OrderSearch.order_id == models.Order.id))
        return [o.id for o, b, text in rows if text != order_search.text_of(o, b.phone or b.former_phone)]


def found(shop: Shop, written: str) -> Sequence[str]:
    """The orders that are found by the index alone."""
    wanted = search.wanted(written, "FR")
    assert wanted is not None
    with shop.context.database.read() as session:
        return session.scalars(order_search.found(session, shop.id, wanted)).all()


def test_every_way_to_change_an_order_or_its_buyer_changes_its_text(shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY, collects_details=True, reference="A 12", description="2 pizzas")
    assert (stale(shop), found(shop, "angstrom")) == ([], [])
    buyer_details.give(shop.context, order, DETAILS)
    assert (stale(shop), found(shop, "ANGSTROM zoe")) == ([], [order])
    shop.pay(order)
    assert (stale(shop), found(shop, "4242")) == ([], [order])
    aliases.charge(shop.as_operator(), shop.id, order, Money(300, "EUR"))
    shop.drain()
    assert (stale(shop), len(found(shop, "4242"))) == ([], 2)
    with shop.context.database.write() as session:
        buyer = buyers.get(session, shop.get(order).buyer_id)
        buyers.part(buyer)
        buyer.former_phone = "+33698765432"
    assert (stale(shop), found(shop, "06 12 34 56 78"), len(found(shop, "0698765432"))) == ([], [], 2)


def test_the_index_finds_what_the_text_holds(shop: Shop) -> None:
    first, second = shop.order(description='a "quoted" 50%_off\\ text'), shop.order(description="AND OR NOT (x) *")
    for written, orders in (
        ('"quoted"', [first]), ("50%_off", [first]), ("%_off\\", [first]), ("a%d", []), ("and or", [second]), ("(x)", [second]),
        ("not *", [second]), ("buyer@ex_mple", []), ("*", [second]), ("qu", []), ("te", [first]), ("xyz", []),
    ):  # fmt: skip
        assert found(shop, written) == orders, written
    assert len(found(shop, "example.com")) == 2


def test_another_merchant_s_orders_are_not_read(shop: Shop) -> None:
    order = shop.order(reference="Z9")
    with shop.context.database.read() as session:
        wanted = search.wanted("z9", "FR")
        assert wanted is not None
        assert session.scalars(order_search.found(session, "kiosk", wanted)).all() == []
        assert (
            order_lists.page(
                session,
                "kiosk",
                order_selection.Selection(wanted),
                order_selection.Window(order_selection.Sort.NEWEST, 9),
            )
            == []
        )
    assert found(shop, "z9") == [order]


def test_orders_of_before_get_their_texts_from_the_migration(shop: Shop, database_url: str) -> None:
    orders = [shop.order(description=f"Ébène nr{number}", amount=number * 100) for number in range(1, 4)]
    shop.order(Action.REGISTER)
    config = migrate._config(database_url)
    command.downgrade(config, str(ScriptDirectory.from_config(config).get_revision("0032").down_revision))
    migrate.upgrade(database_url)
    assert (stale(shop), found(shop, "ebene nr2")) == ([], [orders[1]])
    with shop.context.database.read() as session:
        rows = session.execute(
            select(models.Order.ranked_amount, models.Order.made_by).order_by(models.Order.ranked_amount)
        )
        assert [tuple(row) for row in rows] == [(amount, shop.operator_id()) for amount in (0, 100, 200, 300)]


def test_orders_of_before_are_late_where_a_clock_was_set_back(shop: Shop, database_url: str) -> None:
    begun = shop.clock.at
    for minutes in (0, 60, 55, 30, 60, 49, 90):
        shop.clock.at = begun + timedelta(minutes=minutes)
        shop.order()
    config = migrate._config(database_url)
    command.downgrade(config, str(ScriptDirectory.from_config(config).get_revision("0044").down_revision))
    migrate.upgrade(database_url)
    with shop.context.database.read() as session:
        late = session.scalars(select(models.OrderSearch.late).order_by(models.OrderSearch.number)).all()
    assert late == [False, False, False, True, False, True, False]


def test_texts_that_are_missing_are_filled_in(shop: Shop, database_url: str) -> None:
    order = shop.order(description="Ébène")
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM order_search"))
    assert found(shop, "ebene") == []
    with engine.begin() as connection:
        assert (order_search.fill(connection), order_search.fill(connection)) == (1, 0)
        assert not connection.scalar(select(models.OrderSearch.late))
    other = shop.order(reference="later")
    with engine.begin() as connection:
        connection.execute(delete(models.OrderSearch).where(models.OrderSearch.order_id == order))
        assert order_search.fill(connection) == 1
        assert connection.scalar(select(models.OrderSearch.late).where(models.OrderSearch.order_id == order))
    engine.dispose()
    assert found(shop, "later") == [other]
    assert (stale(shop), found(shop, "ebene")) == ([], [order])


def test_sqlite_s_index_has_nothing_of_former_texts_once_the_file_is_purged(shop: Shop, database_url: str) -> None:
    if not shop.context.database.is_sqlite:
        return
    for number in range(40):
        shop.order(description=f"ordinary {number}")
    order = shop.order(description="wqxjz")
    shop.order(description="ordinary")
    with shop.context.database.write() as session:
        session.get_one(models.Order, order).description = None
    assert found(shop, "wqxjz") == []
    shop.context.database.purge()
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        blocks = connection.execute("SELECT block FROM order_search_grams_data").fetchall()
        assert blocks
        assert not any(b"wqx" in block or b"xjz" in block for (block,) in blocks)
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, order_search_grams, row)")
        assert connection.execute("SELECT term FROM temp.terms WHERE term IN ('wqx', 'qxj', 'xjz')").fetchall() == []
        connection.execute("INSERT INTO order_search_grams (order_search_grams, rank) VALUES ('integrity-check', 1)")
    assert stale(shop) == []
