"""Pages of a list by keyset, both ways: what comes or goes meanwhile neither repeats a row nor hides one, and the last page costs what the
first does, where an index has the order's columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import and_, literal, or_, tuple_

from webapp.domain.pages import Key, Page, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Session

Row = TypeVar("Row")


@dataclass(frozen=True)
class By:
    """A column of the order, which is never null. The columns together tell each row from every other."""

    column: Any
    descending: bool = False

    def against(self) -> By:
        """The same, the other way round."""
        return By(self.column, not self.descending)


def page(
    session: Session,
    query: Select[*tuple[Any, ...]],
    order: Sequence[By],
    key: Callable[[Any], Key],
    place: Place,
    *,
    limit: int,
) -> Page[Any]:
    """At most `limit` rows of a query that has no order yet. `key` is the values of the order's columns in one row of its answer."""
    back = place.before is not None
    start = place.before if back else place.after
    found = list(session.execute(behind(query, order, place).limit(limit + 1)))
    rows = found[:limit]
    if back:
        rows.reverse()
    more = len(found) > limit
    return Page(
        rows,
        key(rows[0]) if rows else None,
        key(rows[-1]) if rows else None,
        has_previous=more if back else start is not None,
        has_next=back or more,
    )


def behind(query: Select[Any], order: Sequence[By], place: Place) -> Select[Any]:
    """The query's rows behind a place, or those before it the other way round, sorted."""
    back = place.before is not None
    by = [each.against() for each in order] if back else list(order)
    start = place.before if back else place.after
    if start is not None:
        query = query.where(_behind(by, start))
    return query.order_by(*(each.column.desc() if each.descending else each.column for each in by))


def _behind(by: Sequence[By], start: Key) -> ColumnElement[bool]:
    """The rows that come after that one."""
    values = [literal(value, each.column.type) for each, value in zip(by, start, strict=True)]
    if len({each.descending for each in by}) == 1:  # one comparison of rows, which an index answers whole
        mine, theirs = tuple_(*(each.column for each in by)), tuple_(*values)
        return mine < theirs if by[0].descending else mine > theirs
    equal: list[ColumnElement[bool]] = []
    steps: list[ColumnElement[bool]] = []
    for each, value in zip(by, values, strict=True):
        steps.append(and_(*equal, each.column < value if each.descending else each.column > value))
        equal.append(each.column == value)
    first, value = by[0], values[0]
    return and_(first.column <= value if first.descending else first.column >= value, or_(*steps))
