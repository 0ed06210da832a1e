"""Lists of a merchant's orders: searched, filtered, sorted, by keyset in both directions, and what they come to.

A page is looked for in two steps. The first WALKS the orders as they are sorted and keeps those that match, some thousands at most: what
many match is found there. What few match is then found by its index (`order_matches`). So neither a text that a million orders have nor one that
none has reads a million rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select, union_all

from webapp.db import buyers, models, order_search
from webapp.db.order_matches import gathered, in_turn, matching
from webapp.db.order_selection import FILTERED, Selection, Sort, Window, filtered, filters, holds, left, of
from webapp.domain.states import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from webapp.db.session import Session
    from webapp.domain.search import Wanted

WALKED = 1_000
WALKED_FURTHER = 10_000
WORTH = 4  # matches among those that were walked first, for which it is worth to walk further, rather than to sort all that match
WORTH_IN_TURN = 16  # the same, rather than to read all that match in the order of their numbers
COMMON = 300  # of those that are walked first: then the newest that match are counted as they come
MOST = 10_000
"""Matches that are summed up; of more it is only said that there are more."""
IDENTIFIED = 50
_order, _buyer, _search = models.Order, models.Buyer, models.OrderSearch


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
    if selection.wanted is None and not left(selection, window):
        return _kept(session, merchant, selection, window, window.limit)
    if selection.ids is not None or selection.buyers is not None:
        return gathered(session, merchant, selection, window)
    found = _kept(session, merchant, selection, window, WALKED)
    if len(found) < window.limit and _ends(session, merchant, selection, window, WALKED):
        return found
    wanted = selection.wanted if window.key is _order.created_at else None
    if _worth(session, wanted) <= len(found) < window.limit:
        found = _kept(session, merchant, selection, window, WALKED_FURTHER)
    if len(found) == window.limit:
        return found
    if wanted is not None and selection.import_id is None:
        return in_turn(session, merchant, selection, wanted, window)
    return gathered(session, merchant, selection, window)


def _worth(session: Session, wanted: Wanted | None) -> int:
    """How many of those that were walked must match for it to be worth to walk further. What is wanted and read in turn SQLite reads no further
    than it needs."""
    if wanted is None:
        return WORTH
    return WALKED + 1 if order_search.is_sqlite(session) else WORTH_IN_TURN


def _kept(session: Session, merchant: str, selection: Selection, window: Window, most: int) -> Sequence[str]:
    """Of so many rows that are walked, those that match."""
    row = _walked(merchant, selection, window, most).c
    query = select(row.id).where(*(holds(row, name, value) for name, value in left(selection, window).items()))
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
    named, others = filters(selection), left(selection, window)
    narrowed = [holds(_order, name, value) for name, value in named.items() if name not in others and name != "states"]
    columns = (_order.id, window.key.label("key"), *(getattr(_order, name) for name in FILTERED))
    query = select(*columns).where(of(merchant, selection), *window.behind(window.key, _order.id), *narrowed)
    query = query.order_by(*window.order(window.key, _order.id)).limit(most)
    if "states" not in named or "states" in others:
        return query.subquery()
    each = [select(query.where(_order.state == state).subquery()) for state in selection.states]
    if len(each) == 1:
        return each[0].subquery()
    together = union_all(*each).subquery()
    return select(together).order_by(*window.order(together.c.key, together.c.id)).limit(most).subquery()


# --- what they come to


def of_any_state(selection: Selection) -> Selection:
    """The selection whatever the orders' states."""
    return replace(selection, states=())


def sums(session: Session, merchant: str, selection: Selection) -> Sequence[Sum] | None:
    """What the orders come to, by state and currency; None where they are more than `MOST`."""
    taken = case((_order.state.in_(MONEY), func.coalesce(_order.captured, _order.amount, 0)), else_=0)
    columns = _order.state, _order.currency, taken.label("taken"), _order.refunded
    if selection.wanted is not None and _is_read(session, merchant, selection):
        query = filtered(merchant, selection, columns).order_by(_order.created_at.desc())
        query = query.where(order_search.holds(session, _order.id, selection.wanted))
    else:
        query = matching(session, merchant, selection, columns)
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
    return filters(selection) != {} and _ends(session, merchant, selection, Window(Sort.NEWEST, COMMON), MOST)


def newest(session: Session, merchant: str) -> tuple[datetime | None, datetime | None]:
    """When the merchant's newest order was made, and when the state of one changed last: what a list that is watched asks again and again."""
    queries = (
        select(func.max(column)).where(_order.merchant_id == merchant)
        for column in (_order.created_at, _order.state_at)
    )
    made, changed = (session.scalar(query) for query in queries)
    return made, changed
