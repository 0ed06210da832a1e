"""Which orders a list has, how it is sorted, and which part of it is wanted; and these as conditions of SQL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select, tuple_

from webapp.db import models, order_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.domain.search import Wanted

_order = models.Order


class Sort(StrEnum):
    """By what a list is sorted, each by an index of its own."""

    NEWEST = "newest"
    OLDEST = "oldest"
    HIGHEST = "highest"
    LOWEST = "lowest"
    CHANGED = "changed"


KEYS: dict[Sort, tuple[Any, bool]] = {
    Sort.NEWEST: (_order.created_at, True),
    Sort.OLDEST: (_order.created_at, False),
    Sort.HIGHEST: (_order.ranked_amount, True),
    Sort.LOWEST: (_order.ranked_amount, False),
    Sort.CHANGED: (_order.state_at, True),
}
"""The column of each, and whether it goes down."""

Place = tuple[Any, str]
"""Where a list goes on: what a row is sorted by, and its id, for many rows may have the same."""


@dataclass(frozen=True)
class Selection:
    """Which orders: in one of these states (any, if none is named), made from `since` on and before `until`; `made_by` is the id of an
    operator, user or API key, `import_id` that of a file of orders. `ids`: of these alone; `buyers`: of these buyers of the merchant's."""

    wanted: Wanted | None = None
    states: tuple[str, ...] = ()
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    made_by: str | None = None
    import_id: str | None = None
    channel: str | None = None
    ids: tuple[str, ...] | None = None
    buyers: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Window:
    """A part of a list: `limit` rows behind a place, or before it (`backwards`); from the list's beginning without one."""

    sort: Sort
    limit: int
    place: Place | None = None
    backwards: bool = False

    @property
    def key(self) -> Any:
        """What the list is sorted by."""
        return KEYS[self.sort][0]

    @property
    def falls(self) -> bool:
        """Whether it is read from above."""
        return KEYS[self.sort][1] is not self.backwards

    def behind(self, key: Any, identity: Any) -> list[ColumnElement[bool]]:
        """Whether a row is behind the place."""
        if self.place is None:
            return []
        value, last = self.place
        one, other = tuple_(key, identity), tuple_(literal(value, self.key.type), literal(last))
        return [one < other if self.falls else one > other]

    def order(self, key: Any, identity: Any) -> list[ColumnElement[Any]]:
        """How the rows are read."""
        return [key.desc(), identity.desc()] if self.falls else [key, identity]

    def turn(self, number: Any, *, back: bool = False) -> Any:
        """How numbers are read, or the other way."""
        return number.desc() if self.falls is not back else number.asc()

    def precedes(self, made: datetime, reached: datetime) -> bool:
        """Whether an order is before all that are not read yet, by their numbers, of which the last that was read was made when it was."""
        return made > reached + order_numbers.APART if self.falls else made < reached - order_numbers.APART

    def period(self, selection: Selection) -> tuple[datetime | None, datetime | None]:
        """From when on and until when the orders were made that can be in the window, which is sorted by that."""
        since, until = selection.since, selection.until
        if self.place is not None and self.falls:
            until = min(self.place[0], until or self.place[0])
        elif self.place is not None:
            since = max(self.place[0], since or self.place[0])
        return since, until


def of(merchant: str, named: Selection = Selection(ids=())) -> ColumnElement[bool]:
    """Whether an order is the merchant's. Beside what names few orders it is no condition of an index, or SQLite may read all that the merchant
    has."""
    if named.ids is None and named.buyers is None:
        return _order.merchant_id == merchant
    return func.coalesce(_order.merchant_id, "") == merchant


def filtered(merchant: str, selection: Selection, columns: Sequence[Any], mine: Any = None) -> Select[Any]:
    query = select(*columns).where(of(merchant, selection) if mine is None else mine)
    return query.where(*(holds(_order, name, value) for name, value in filters(selection).items()))


FILTERED = ("state", "action", "made_by", "import_id", "channel", "created_at", "buyer_id")
STREAMS = ("ids", "buyers", "import_id", "states", "made_by", "channel", "action")
"""The filters with an index that is sorted by when orders were made: the first that is given narrows what is walked."""


def filters(selection: Selection) -> dict[str, Any]:
    """Those that are given."""
    names = (*STREAMS, "since", "until")
    return {name: getattr(selection, name) for name in names if getattr(selection, name) not in (None, ())}


def left(selection: Selection, window: Window) -> dict[str, Any]:
    """Those that are looked at in each row that is walked, for they are not read by the index."""
    named = filters(selection)
    if window.key is not _order.created_at:
        return named
    read = {"since", "until", next((name for name in STREAMS if name in named), "")}
    return {name: value for name, value in named.items() if name not in read}


def holds(row: Any, name: str, value: Any) -> Any:
    match name:
        case "ids":
            return row.id.in_(value)
        case "buyers":
            return row.buyer_id == value[0] if len(value) == 1 else row.buyer_id.in_(value)
        case "states":
            return row.state.in_(value)
        case "since":
            return row.created_at >= value
        case "until":
            return row.created_at < value
        case _:
            return getattr(row, name) == value
