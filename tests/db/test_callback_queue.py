"""Callbacks are claimed endpoint by endpoint: what waits for one costs the others nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql, sqlite

from tests.jobs.backends import another_endpoint
from webapp.db import callback_queue, models

if TYPE_CHECKING:
    from tests.kit import Shop

LEASE = timedelta(seconds=60)


def backlog(shop: Shop, endpoint: str, count: int) -> None:
    """So many callbacks that wait for that endpoint, longer than all others."""
    due = shop.clock() - timedelta(hours=1)
    row: dict[str, Any] = {
        "merchant_id": shop.id,
        "endpoint_id": endpoint,
        "order_id": None,
        "sequence": 0,
        "type": "order.paid",
    }
    row |= {"body": "{}", "state": "pending", "created_at": due, "due_at": due}
    rows = [{**row, "id": f"msg_{endpoint}_{number}"} for number in range(count)]
    with shop.context.database.write() as session:
        session.execute(insert(models.Callback), rows)
        session.execute(text("ANALYZE callbacks"))


def claimed(shop: Shop, rooms: dict[str, int]) -> list[str]:
    with shop.context.database.write() as session:
        return [row.endpoint_id for row in callback_queue.claim(session, rooms, shop.clock(), LEASE)[1]]


def due(shop: Shop, busy: tuple[str, ...] = (), after: str = "", limit: int = 9) -> list[str]:
    with shop.context.database.read() as session:
        found = callback_queue.due(session, shop.clock(), busy=busy, after=after, limit=limit)
        return [each.id for each in found]


def test_endpoints_are_found_in_turns_and_none_that_is_busy(shop: Shop) -> None:
    ids = sorted([shop.one(models.Endpoint).id, another_endpoint(shop, 1).id, another_endpoint(shop, 2).id])
    for name in ids:
        backlog(shop, name, 3)
    assert due(shop) == ids
    assert due(shop, after=ids[0]) == ids[1:]
    assert due(shop, limit=1) == ids[:1]
    assert due(shop, busy=(ids[1],)) == [ids[0], ids[2]]
    assert due(shop, busy=(shop.id,)) == []
    assert sorted(claimed(shop, {ids[0]: 2, ids[2]: 5})) == [ids[0]] * 2 + [ids[2]] * 3
    assert due(shop) == ids[:2]  # all of the third are in hand
    shop.clock.forward(seconds=61)
    assert due(shop) == ids


def test_a_backlog_of_one_endpoint_is_not_read_to_find_what_waits_for_another(shop: Shop) -> None:
    large, small = sorted([shop.one(models.Endpoint).id, another_endpoint(shop).id])
    backlog(shop, large, 3000)
    backlog(shop, small, 3)
    assert due(shop, busy=(large,)) == [small]
    for statement, given in (
        (callback_queue._due(), {"now": shop.clock(), "busy": [large], "after": "", "most": 9}),
        (callback_queue._waiting(small, 5), {"now": shop.clock()}),
    ):
        plan = explained(shop, statement, given)
        assert "ix_callbacks_endpoint_id_due_at" in plan, plan
        assert not any(scan in plan for scan in ("Seq Scan on callbacks", "SCAN callbacks\n", "SCAN waits\n")), plan


def test_rows_are_found_by_their_names_and_their_order(shop: Shop) -> None:
    endpoint = shop.one(models.Endpoint).id
    backlog(shop, endpoint, 3000)
    ids = [f"msg_{endpoint}_{number}" for number in range(25)]
    held = explained(shop, callback_queue._held(), {"ids": ids})
    waiting = explained(shop, callback_queue._waiting(endpoint, 5), {"now": shop.clock()})
    assert "SCAN callbacks\n" not in held, held  # PostgreSQL may read so small a table whole
    for plan in (held, waiting):  # what goes before or after one is read of its order, not of all that is pending
        assert "ix_callbacks_pending" not in plan, plan
        assert "uq_callbacks_endpoint_id_order_id_sequence" in plan or "sqlite_autoindex_callbacks_2" in plan, plan


def explained(shop: Shop, statement: Any, given: dict[str, Any]) -> str:
    lite = shop.context.database.is_sqlite
    dialect = sqlite.dialect() if lite else postgresql.dialect()  # type: ignore[no-untyped-call]
    compiled = statement.params(**given).compile(
        dialect=dialect, compile_kwargs={"literal_binds": True, "render_postcompile": True}
    )
    asked = str(compiled).partition(" FOR UPDATE")[0]
    with shop.context.database.read() as session:
        rows = session.connection().exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if lite else ''}{asked}").all()
    return "\n".join(str(row[-1]) for row in rows) + "\n"


def test_what_is_due_for_an_endpoint_that_is_not_told_is_put_aside_but_for_tests(shop: Shop) -> None:
    endpoint = shop.one(models.Endpoint).id
    backlog(shop, endpoint, 5)
    with shop.context.database.write() as session:
        session.get_one(models.Callback, f"msg_{endpoint}_4").type = "endpoint.test"
    with shop.context.database.write() as session:
        assert callback_queue.hold(session, endpoint, shop.clock(), 3) == 3
        assert callback_queue.hold(session, endpoint, shop.clock(), 3) == 1
    assert claimed(shop, {endpoint: 9}) == [endpoint]
