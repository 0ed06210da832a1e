"""What the product asks of the database reads no table that grows, and of its own rows few: every door is walked through among past orders
(`tests/walk`), and each statement that was asked on the way is asked once more, counting what is read.

SQLite: no table that grows is scanned without an index, and a statement takes few steps of its machine; with no statistics, for the product
gathers none. PostgreSQL: a look takes few rows out of each table, those that it throws away included.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from bench import filler
from tests.kit import outside, shop, test_gateway
from tests.postgres import Reused
from tests.walk import DOORS, plans
from tests.walk.world import World
from webapp.db import models, order_lists
from webapp.db.raw_reader import RawReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop
    from tests.postgres import Cluster

__all__ = ["outside", "shop", "test_gateway"]

ORDERS = 2000
MOST_ROWS, MOST_STEPS = (
    450,
    15_000,
)  # a page of a list has 100 rows and takes 12,400 steps; a look at all orders takes 2,000 rows and more than 19,000 steps
GROWING = {
    *(
        "aliases",
        "attempts",
        "audit_entries",
        "buyers",
        "callbacks",
        "consents",
        "deliveries",
        "disputes",
        "erasures",
        "import_lines",
        "imports",
    ),
    *(
        "inbox_events",
        "mails",
        "messages",
        "order_events",
        "order_search",
        "orders",
        "refunds",
        "reminders",
        "send_quotas",
    ),
}
"""Tables that get rows for as long as orders are made."""
BOUNDED = {
    "account_notices": "a merchant's templates and number",
    "api_keys": "a merchant's keys",
    "csp_reports": "200 a merchant",
    "daily_totals": "a merchant's days",
    "endpoints": "a merchant's addresses",
    "heartbeats": "workers",
    "idempotent_requests": "of a day; swept",
    "limits": "windows that are not over; swept",
    "logins": "sessions that are not over; swept",
    "merchants": "merchants",
    "operators": "a merchant's phones",
    "page_checks": "merchants",
    "scheduled_tasks": "a merchant's six",
    "total_changes": "of an hour; added up",
    "users": "a merchant's people",
    "webhook_refusals": "two a merchant",
}
"""Tables whose size does not hang on how many orders there were, and on what it hangs."""
# Doors that ask nothing else of the database than another one does.
ALIKE = ("webhook ", "message ", "status ")
KEPT = {"webhook charge.refunded", "webhook payment_method.detached", "message text", "message system", "status read"}
# Linear in what they touch, and by nature: docs/operator/growth.md.
LINEAR = {
    *("task reconciliation", "$ reconcile", "$ costs", "$ backup", "job erasures"),
    *("GET /api/v1/exports/orders", "$ orders export"),
    *("POST /office/orders/export", "GET /office/orders/totals"),  # sums are of 10,000 orders at most
}
CAPS = {"WALKED": 100, "WALKED_FURTHER": 200, "MOST": 200, "COMMON": 30}


def test_every_table_is_known_to_grow_or_not() -> None:
    assert GROWING | BOUNDED.keys() == set(models.Base.metadata.tables)
    assert GROWING & BOUNDED.keys() == set()


@pytest.fixture
def reused(postgres: tuple[Cluster, str]) -> Iterator[Reused]:
    """A database of the test's own: the filler makes the indexes anew, and PostgreSQL then says their conditions in other words."""
    with contextlib.closing(Reused(*postgres)) as made:
        yield made


@contextlib.contextmanager
def listening() -> Iterator[dict[str, Any]]:
    """Every statement that any connection asks meanwhile, with what it was given the first time."""
    found: dict[str, Any] = {}

    def asked(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if not many:
            found.setdefault(statement, given)

    first = RawReader.first

    def looked(self: RawReader, statement: Any, given: Any) -> Any:
        with create_engine(self._engine.url, poolclass=NullPool).connect() as connection:
            connection.execute(statement, given)  # as SQLAlchemy would ask it: heard above
        return first(self, statement, given)

    event.listen(Engine, "before_cursor_execute", asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RawReader, "first", looked)
        yield found
    event.remove(Engine, "before_cursor_execute", asked)


def walked(shop: Shop) -> dict[str, tuple[str, Any]]:
    """Each statement of the walk, with the door behind which it was asked first, and what it was given."""
    world = World(shop)
    found: dict[str, tuple[str, Any]] = {}
    for name, door in DOORS.items():
        if name in LINEAR or (name.startswith(ALIKE) and name not in KEPT):
            continue
        through = door(world)
        with listening() as statements:
            through()
        for statement, given in statements.items():
            found.setdefault(statement, (name, given))
    return found


def test_no_statement_reads_what_is_past(shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of orders that are searched reads so many and no more: fewer here than there are past orders, or its limits would prove nothing."""
    for name, most in CAPS.items():
        assert getattr(order_lists, name) > most
        monkeypatch.setattr(order_lists, name, most)
    monkeypatch.setattr(filler, "ORDERS_OF_A_BUYER", 1)  # or a look at all buyers would be a small one
    filler.fill(shop.context, shop.id, database_url, ORDERS)
    found = walked(shop)
    assert len(found) > 200
    engine = create_engine(database_url)
    if (
        engine.dialect.name == "postgresql"
    ):  # as it does by itself after so many changes: else past versions of rows are read too
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    with engine.connect() as connection:
        look = plans.of(connection, GROWING, MOST_ROWS, MOST_STEPS)
        wrong = {
            f"{door}: {statement}": said
            for statement, (door, given) in found.items()
            if (said := look(statement, given))
        }
    engine.dispose()
    assert wrong == {}
