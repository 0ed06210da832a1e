"""What a statement reads, asked once more and undone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from sqlalchemy import Connection

READS = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)

SMALL = ("enable_seqscan", "enable_bitmapscan")
"""What PostgreSQL chooses while a table is small."""
TRIGRAMS = re.compile(r"\border_search\.text LIKE\b")
"""Read by their index, which is read by bitmaps alone."""


def of(connection: Connection, growing: Collection[str], rows: int, steps: int) -> Callable[[str, Any], str]:
    """What says what is wrong with a statement, and nothing where all is well."""
    look = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    most = steps if connection.dialect.name == "sqlite" else rows
    return lambda statement, given: look(connection, growing, most, statement, given) if READS.match(statement) else ""


def _sqlite(connection: Connection, growing: Collection[str], most: int, statement: str, given: Any) -> str:
    driver: Any = connection.connection.dbapi_connection
    plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", given)]
    scanned = [
        line for line in plan if (found := re.match(r"SCAN (\w+)$", line)) and _table(found[1], statement) in growing
    ]
    if scanned:
        return f"{scanned} in {plan}"
    counted = [0]

    def step() -> int:
        counted[0] += 100
        return 0

    driver.set_progress_handler(step, 100)
    try:
        driver.execute("SAVEPOINT look")
        driver.execute(statement, given).fetchall()
    finally:
        driver.set_progress_handler(None, 0)
        driver.execute("ROLLBACK TO look")
        driver.execute("RELEASE look")
    return f"{counted[0]} steps: {plan}" if counted[0] > most else ""


def _table(name: str, statement: str) -> str:
    """The table behind an alias."""
    found = re.search(rf"\b(\w+) AS {name}\b", statement)
    return found[1] if found else name


def _postgresql(connection: Connection, growing: Collection[str], most: int, statement: str, given: Any) -> str:
    with connection.begin_nested() if connection.in_transaction() else connection.begin() as transaction:
        for setting in SMALL[: 1 if TRIGRAMS.search(statement) else None]:
            connection.exec_driver_sql(f"SET LOCAL {setting} = off")
        (told,) = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", given).one()
        transaction.rollback()
    plan = told if isinstance(told, list) else json.loads(told)
    read = [
        f"{node['Node Type']} on {node['Relation Name']} ({node.get('Index Name', '-')}): {number:.0f} rows"
        for node in _nodes(plan[0]["Plan"])
        if node.get("Relation Name") in growing and (number := _rows(node)) > most
    ]
    return "; ".join(read)


def _rows(node: dict[str, Any]) -> float:
    if node["Node Type"] == "ModifyTable":
        return 0
    away = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float((node["Actual Rows"] + sum(node.get(each, 0) for each in away)) * node["Actual Loops"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)
