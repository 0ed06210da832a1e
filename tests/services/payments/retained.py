"""Everything that is personal in a shop's database, filled with marks, and where the marks can still be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Integer, select, update

from tests.services.payments import erased
from webapp.db import models, personal
from webapp.domain.actors import ActorKind

if TYPE_CHECKING:
    from sqlalchemy import Column

    from tests.kit import Shop

FIRST = 77000000


def fill(shop: Shop) -> dict[str, str]:
    """Put a mark of eight digits into every personal column of every row, which are written over by it; by the mark, where it stands."""
    _file_that_waits(shop)
    erased.answered(shop, "buy_x")
    marks: dict[str, str] = {}
    for name, columns in personal.OF_BUYERS.items():
        table = models.Base.metadata.tables[name]
        key = list(table.primary_key)
        with shop.context.database.write() as session:
            rows = session.execute(select(*key)).all()
            assert rows or name == "erasures", f"nothing is in {name}"
            for row in rows:
                values = {}
                for column in columns:
                    if not isinstance(table.c[column].type, models.Moment | Integer):
                        mark = str(FIRST + len(marks))
                        marks[mark] = f"{name}.{column}"
                        values[table.c[column]] = _valued(table.c[column], mark)
                if name == "aliases":
                    values[table.c.due_at] = shop.clock()  # what went wrong is there until the next try
                here = [each == value for each, value in zip(key, row, strict=True)]
                session.execute(update(table).where(*here).values(values))
    return marks


def left(shop: Shop, marks: dict[str, str]) -> set[str]:
    """Of which columns marks can still be read, in a dump or a file."""
    return {
        where for _place, content in erased.contents(shop) for mark, where in marks.items() if mark.encode() in content
    }


def _valued(column: Column[Any], mark: str) -> Any:
    where = f"{column.table.name}.{column.name}"
    if where == "callbacks.body":
        return json.dumps({"type": "order.paid", "data": {"buyer": {"phone": mark}, "description": mark}})
    if where == "mails.notices":
        return [{"kind": mark}]
    if isinstance(column.type, JSON):
        return {"detail": mark}
    length = getattr(column.type, "length", None)
    return mark if length is not None and length < 12 else f"+336{mark}"


def _file_that_waits(shop: Shop) -> None:
    """A file of orders that was parked with a line to go."""
    row = models.Import(
        id="imp_waits",
        merchant_id=shop.id,
        name="x",
        digest="d",
        lines=1,
        actor_kind=ActorKind.CONSOLE,
        created_at=shop.clock(),
    )
    with shop.context.database.write() as session:
        session.add(row)
        session.flush()
        session.add(models.ImportLine(import_id=row.id, number=2, document={"phone": "x"}))
