"""Fills a database with orders that are paid, by INSERT … SELECT: a million take seconds. One order and its timeline, made by the product, are
what all are copied from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from webapp.services.runtime.context import ServiceContext

ORDERS_OF_A_BUYER = 10
EARLIER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', t.created_at, '-' || n.i || ' seconds') || '000'",
    "postgresql": "t.created_at - n.i * interval '1 second'",
}


def fill(context: ServiceContext, merchant: str, url: str, count: int) -> None:
    """Give the merchant so many orders more, each a second older than the one before. `url` is the database's address."""
    wanted = lifecycle.Request(Action.PAYMENT, Money(1250, "EUR"), "+33612000000", description="2 pizzas")
    made = lifecycle.create(context, merchant, wanted, send=False)
    engine = create_engine(url)
    with engine.begin() as connection:
        buyers = count // ORDERS_OF_A_BUYER + 1
        _copy(
            connection,
            models.Buyer.__table__,
            buyers,
            f"t.id = '{made.buyer_id}'",
            {
                "id": "'buyer_' || n.i",
                "phone": "'+337' || (10000000 + n.i)",
                "email": "'buyer' || n.i || '@example.com'",
            },
        )
        _copy(
            connection,
            models.Order.__table__,
            count,
            f"t.id = '{made.id}'",
            {
                "id": "'ord_filled' || n.i",
                "buyer_id": f"'buyer_' || (1 + n.i % {buyers})",
                "reference": "'FILLED' || n.i",
                "reference_key": "'filled' || n.i",
                "created_at": EARLIER[engine.dialect.name],
                "state": "'paid'",
                "due_at": "NULL",
            },
        )
        _copy(
            connection,
            models.OrderEvent.__table__,
            count,
            f"t.order_id = '{made.id}'",
            {"id": "1000000 + n.i", "order_id": "'ord_filled' || n.i"},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _copy(connection: Connection, table: Any, count: int, like: str, other: dict[str, str]) -> None:
    """So many rows like one, but for what is `other` (SQL, in which n.i counts from 1)."""
    columns = [column.name for column in table.columns]
    values = ", ".join(other.get(name, f't."{name}"') for name in columns)
    quoted = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({quoted}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "  # noqa: S608  # our own words
            f"SELECT {values} FROM n, (SELECT * FROM {table.name} t WHERE {like} LIMIT 1) t"
        )
    )


def copy_order(url: str, order: str, count: int, *, prefix: str) -> list[str]:
    """So many orders like that one; their ids."""
    engine = create_engine(url)
    with engine.begin() as connection:
        other = {"id": f"'{prefix}' || n.i", "reference": f"'{prefix}' || n.i", "reference_key": f"'{prefix}' || n.i"}
        _copy(connection, models.Order.__table__, count, f"t.id = '{order}'", {**other, "due_at": "NULL"})
    engine.dispose()
    return [f"{prefix}{number}" for number in range(1, count + 1)]
