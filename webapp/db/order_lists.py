"""Lists of a merchant's orders: searched, filtered, sorted, by keyset in both directions, and what they come to.

A page is looked for in two steps. The first WALKS the orders as they are sorted and keeps those that match, some thousands at most: what
many match is found there. What few match is then GATHERED by the index of the filter, or of the trigrams, and sorted. So neither a text that
a million orders have nor one that none has reads a million rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal, select, true, tuple_, union_all

from webapp.db import buyers, models, order_search
from webapp.domain.states import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Session
    from webapp.domain.search import Wanted

WALKED = 1_000
WALKED_FURTHER = 10_000
WORTH = 4  # matches among those that were walked first, for which it is worth to walk further
COMMON = 300  # of those that are walked first: then the newest that match are counted as they come
MOST = 10_000
"""Matches that are summed up; of more it is only said that there are more."""
IDENTIFIED = 50
_order, _buyer, _search = models.Order, models.Buyer, models.OrderSearch


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
class Listed:
    """An order as a list shows it."""

    order: models.Order
    phone: str | None


@dataclass(frozen=True)
class Sum:
    """What orders of one state and currency come to, in minor units."""

    state: str
    currency: str
    count: int
    taken: int
    refunded: int


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


def identified(session: Session, merchant: str, selection: Selection) -> Selection:
    """The selection, with the orders that an identifier in it names: the order's own id, or the beginning of one of the gateway's; or with the
    buyers whose phone it is. Either is found by an index of its own, and by trigrams the slower the more orders there are."""
    name = selection.wanted.identifier if selection.wanted else None
    if name is None:
        phone = selection.wanted.phone if selection.wanted and selection.buyers is None else None
        having = buyers.having(session, merchant, phone) if phone else ()
        return replace(selection, wanted=None, buyers=tuple(having)) if having else selection
    tries = models.Attempt
    mine = (
        func.coalesce(_order.merchant_id, "") == merchant
    )  # no condition of an index, or SQLite reads all that the merchant has
    # Asked of each try: of a join PostgreSQL may read all orders.
    whose = select(_order.merchant_id).where(_order.id == tries.order_id).scalar_subquery()
    queries = (
        select(_order.id).where(mine, _order.id == name),
        select(_order.id).where(mine, _order.intent == name),
        select(tries.order_id).where(*_begins(session, tries.intent, name), whose == merchant),
    )
    found = {each for query in queries for each in session.scalars(query.limit(IDENTIFIED))}
    return replace(selection, wanted=None, ids=tuple(sorted(found))) if found else selection


def _of(merchant: str, named: Selection = Selection(ids=())) -> ColumnElement[bool]:
    """Whether an order is the merchant's. Beside what names few orders it is no condition of an index, or SQLite may read all that the merchant
    has."""
    if named.ids is None and named.buyers is None:
        return _order.merchant_id == merchant
    return func.coalesce(_order.merchant_id, "") == merchant


def _begins(session: Session, column: Any, prefix: str) -> list[ColumnElement[bool]]:
    """Letter by letter, whatever the database's collation is."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    if session.get_bind().dialect.name == "sqlite":
        return [column >= prefix, column < end]
    return [column.op("~>=~")(prefix), column.op("~<~")(end)]


def page(session: Session, merchant: str, selection: Selection, window: Window) -> list[Listed]:
    """The rows of a window, as the list is sorted."""
    found = _ids(session, merchant, selection, window)
    rows = session.execute(
        select(_order, func.coalesce(_buyer.phone, _buyer.former_phone))
        .join(_buyer, _buyer.id == _order.buyer_id)
        .where(_order.id.in_(found))
    )
    by_id = {order.id: Listed(order, phone) for order, phone in rows}
    listed = [by_id[each] for each in found if each in by_id]
    return listed[::-1] if window.backwards else listed


def _ids(session: Session, merchant: str, selection: Selection, window: Window) -> Sequence[str]:
    """The ids of a window's rows, as they are read."""
    if selection.wanted is None and not _left(selection, window):
        return _kept(session, merchant, selection, window, window.limit)
    if selection.ids is not None or selection.buyers is not None:
        return _gathered(session, merchant, selection, window)
    found = _kept(session, merchant, selection, window, WALKED)
    if len(found) < window.limit and _ends(session, merchant, selection, window, WALKED):
        return found
    if WORTH <= len(found) < window.limit:
        found = _kept(session, merchant, selection, window, WALKED_FURTHER)
    return found if len(found) == window.limit else _gathered(session, merchant, selection, window)


def _kept(session: Session, merchant: str, selection: Selection, window: Window, most: int) -> Sequence[str]:
    """Of so many rows that are walked, those that match."""
    row = _walked(merchant, selection, window, most).c
    query = select(row.id).where(*(_holds(row, name, value) for name, value in _left(selection, window).items()))
    if selection.wanted is not None:
        query = query.where(order_search.holds(session, row.id, selection.wanted))
    return session.scalars(query.order_by(*window.order(row.key, row.id)).limit(window.limit)).all()


def _ends(session: Session, merchant: str, selection: Selection, window: Window, most: int) -> bool:
    """Whether no more than those that are walked are left to look at."""
    further = select(_walked(merchant, selection, window, most + 1).c.id).subquery()
    return (session.scalar(select(func.count()).select_from(further)) or 0) <= most


def _walked(merchant: str, selection: Selection, window: Window, most: int) -> Any:
    """So many orders as they are sorted, read by an index: that of one of the filters too, where it is sorted as the list is. Of several
    states each is read by itself."""
    named, left = _filters(selection), _left(selection, window)
    narrowed = [_holds(_order, name, value) for name, value in named.items() if name not in left and name != "states"]
    columns = (_order.id, window.key.label("key"), *(getattr(_order, name) for name in FILTERED))
    query = select(*columns).where(_of(merchant, selection), *window.behind(window.key, _order.id), *narrowed)
    query = query.order_by(*window.order(window.key, _order.id)).limit(most)
    if "states" not in named or "states" in left:
        return query.subquery()
    each = [select(query.where(_order.state == state).subquery()) for state in selection.states]
    if len(each) == 1:
        return each[0].subquery()
    together = union_all(*each).subquery()
    return select(together).order_by(*window.order(together.c.key, together.c.id)).limit(most).subquery()


def _gathered(session: Session, merchant: str, selection: Selection, window: Window) -> Sequence[str]:
    """All that match, by the index of what few have, and sorted."""
    columns = _order.id, window.key.label("key")
    found = _once(_matching(session, merchant, selection, columns, *window.behind(window.key, _order.id)), "found")
    query = select(found.c.id).order_by(*window.order(found.c.key, found.c.id)).limit(window.limit)
    return session.scalars(query).all()


def _matching(
    session: Session, merchant: str, selection: Selection, columns: Sequence[Any], *narrowed: ColumnElement[bool]
) -> Select[Any]:
    """Of PostgreSQL each order that a text was found of is read by its id (LATERAL ... LIMIT 1), not by a join that it may choose: it takes a
    text for more common than it is, and reads all of the merchant's orders."""
    query = _filtered(merchant, selection, columns).where(*narrowed)
    if selection.wanted is None:
        return query
    if not (selection.buyers is None and selection.ids is None and selection.import_id is None):  # few, each looked at
        return query.where(order_search.holds(session, _order.id, selection.wanted))
    texts = _once(select(_search.order_id).where(order_search.found(session, merchant, selection.wanted)), "texts")
    if order_search.is_sqlite(session):
        return query.join(texts, texts.c.order_id == _order.id)
    one = query.where(_order.id == texts.c.order_id).limit(1).lateral("one")
    return select(one).select_from(texts.join(one, true()))


def _filtered(merchant: str, selection: Selection, columns: Sequence[Any]) -> Select[Any]:
    query = select(*columns).where(_of(merchant, selection))
    return query.where(*(_holds(_order, name, value) for name, value in _filters(selection).items()))


def _once(query: Select[Any], name: str) -> Any:
    """Read by itself, so that what is sorted or joined does not choose its index."""
    return query.cte(name).prefix_with("MATERIALIZED")


FILTERED = ("state", "action", "made_by", "import_id", "channel", "created_at", "buyer_id")
STREAMS = ("ids", "buyers", "import_id", "states", "made_by", "channel", "action")
"""The filters with an index that is sorted by when orders were made: the first that is given narrows what is walked."""


def _filters(selection: Selection) -> dict[str, Any]:
    """Those that are given."""
    names = ("ids", "buyers", "import_id", "states", "made_by", "channel", "action", "since", "until")
    return {name: getattr(selection, name) for name in names if getattr(selection, name) not in (None, ())}


def _left(selection: Selection, window: Window) -> dict[str, Any]:
    """Those that are looked at in each row that is walked, for they are not read by the index."""
    named = _filters(selection)
    if window.key is not _order.created_at:
        return named
    read = {"since", "until", next((name for name in STREAMS if name in named), "")}
    return {name: value for name, value in named.items() if name not in read}


def _holds(row: Any, name: str, value: Any) -> Any:
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


# --- what they come to


def of_any_state(selection: Selection) -> Selection:
    """The selection whatever the orders' states."""
    return replace(selection, states=())


def sums(session: Session, merchant: str, selection: Selection) -> Sequence[Sum] | None:
    """What the orders come to, by state and currency; None where they are more than `MOST`."""
    taken = case((_order.state.in_(MONEY), func.coalesce(_order.captured, _order.amount, 0)), else_=0)
    columns = _order.state, _order.currency, taken.label("taken"), _order.refunded
    if selection.wanted is not None and _is_read(session, merchant, selection):
        query = _filtered(merchant, selection, columns).order_by(_order.created_at.desc())
        query = query.where(order_search.holds(session, _order.id, selection.wanted))
    else:
        query = _matching(session, merchant, selection, columns)
        if selection == Selection():  # any index of the merchant's would do: this one's rows lie beside each other
            query = query.order_by(_order.created_at.desc())
    some = query.limit(MOST + 1).subquery()
    counted = func.count(), func.sum(some.c.taken), func.sum(some.c.refunded)
    rows = session.execute(
        select(some.c.state, some.c.currency, *counted).group_by(some.c.state, some.c.currency)
    ).all()
    found = [Sum(state, currency, count, int(much), int(back)) for state, currency, count, much, back in rows]
    return found if sum(each.count for each in found) <= MOST else None


def _is_read(session: Session, merchant: str, selection: Selection) -> bool:
    """Whether reading the newest orders in turn is quicker than what the trigrams' index would find: many of them match, or the filters leave
    no more than are summed up."""
    if len(_kept(session, merchant, selection, Window(Sort.NEWEST, COMMON), WALKED)) == COMMON:
        return True
    return _filters(selection) != {} and _ends(session, merchant, selection, Window(Sort.NEWEST, COMMON), MOST)


def newest(session: Session, merchant: str) -> tuple[datetime | None, datetime | None]:
    """When the merchant's newest order was made, and when the state of one changed last: what a list that is watched asks again and again."""
    queries = (
        select(func.max(column)).where(_order.merchant_id == merchant)
        for column in (_order.created_at, _order.state_at)
    )
    made, changed = (session.scalar(query) for query in queries)
    return made, changed
