"""The orders of a list that few match, by the index of what few have: that of a text's trigrams, or of a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, true, union_all

from webapp.db import models, order_numbers, order_search
from webapp.db.order_selection import filtered, of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select

    from webapp.db.order_selection import Selection, Window
    from webapp.db.session import Session
    from webapp.domain.search import Wanted

AT_FIRST, FURTHER = 2, 4  # pages that are read by numbers, and so many times more while it is not enough
_order, _search = models.Order, models.OrderSearch


def gathered(session: Session, merchant: str, selection: Selection, window: Window) -> Sequence[str]:
    """All that match, by the index of what few have, and sorted."""
    columns = _order.id, window.key.label("key")
    found = _once(matching(session, merchant, selection, columns, *window.behind(window.key, _order.id)), "found")
    query = select(found.c.id).order_by(*window.order(found.c.key, found.c.id)).limit(window.limit)
    return session.scalars(query).all()


def in_turn(session: Session, merchant: str, selection: Selection, wanted: Wanted, window: Window) -> Sequence[str]:
    """Those that have the text, in the order of their numbers, which is nearly that of a list by when orders were made: so many as are needed
    for none of those that are left to be in the window."""
    most = AT_FIRST * window.limit
    while True:
        rows = session.execute(_numbered(session, merchant, selection, wanted, window, most)).all()
        if not rows or rows[0].read < most or window.precedes(rows[-1].key, rows[0].reached):
            return [row.id for row in rows]
        most *= FURTHER


def _numbered(
    session: Session, merchant: str, selection: Selection, wanted: Wanted, window: Window, most: int
) -> Select[Any]:
    """The window's rows among so many and all that are late, with how many were read, and when the last of these was made."""
    columns = _order.id, _order.created_at.label("key")
    query = filtered(merchant, selection, columns, of(merchant)).where(*window.behind(_order.created_at, _order.id))
    read = _once(_read(session, query, _texts(session, merchant, selection, wanted, window), window, most), "read")
    late = query.join(_search, _search.order_id == _order.id).where(_search.merchant_id == merchant, _search.late)
    late = late.where(order_search.holds(session, _order.id, wanted))
    every = union_all(select(read.c.id, read.c.key), late).subquery()
    reached = select(read.c.key).order_by(window.turn(read.c.number, back=True)).limit(1).scalar_subquery()
    count = select(func.count()).select_from(read).scalar_subquery()
    told = select(every.c.id, every.c.key, count.label("read"), reached.label("reached"))
    return told.order_by(*window.order(every.c.key, every.c.id)).limit(window.limit)


def _texts(session: Session, merchant: str, selection: Selection, wanted: Wanted, window: Window) -> Select[Any]:
    """Those that are found and can be in the window, with their numbers; but for those that are late."""
    texts = order_search.found(session, merchant, wanted)
    since, until = window.period(selection)
    between = order_numbers.between(texts.selected_columns.number, merchant, since, until)
    return texts.where(~_search.late, *between)


def _read(session: Session, query: Select[Any], texts: Select[Any], window: Window, most: int) -> Select[Any]:
    """The orders of so many of the texts, in turn. PostgreSQL reads and sorts the texts first: it has no index that gives them in turn."""
    if order_search.is_sqlite(session):
        found = texts.subquery()
        orders = query.add_columns(found.c.number).join(found, found.c.order_id == _order.id)
        return orders.order_by(window.turn(found.c.number)).limit(most)
    sorted_ = texts.order_by(window.turn(texts.selected_columns.number)).subquery()
    one = query.where(_order.id == sorted_.c.order_id).limit(1).lateral("one")
    orders = select(one, sorted_.c.number).select_from(sorted_.join(one, true()))
    return orders.order_by(window.turn(sorted_.c.number)).limit(most)


def matching(
    session: Session, merchant: str, selection: Selection, columns: Sequence[Any], *narrowed: ColumnElement[bool]
) -> Select[Any]:
    """Of PostgreSQL each order that a text was found of is read by its id (LATERAL ... LIMIT 1), not by a join that it may choose: it takes a
    text for more common than it is, and reads all of the merchant's orders."""
    query = filtered(merchant, selection, columns).where(*narrowed)
    if selection.wanted is None:
        return query
    if not (selection.buyers is None and selection.ids is None and selection.import_id is None):  # few, each looked at
        return query.where(order_search.holds(session, _order.id, selection.wanted))
    found = order_search.found(session, merchant, selection.wanted)
    if order_search.is_sqlite(session):
        texts = found.subquery()
        few = filtered(merchant, selection, columns, of(merchant)).where(*narrowed)
        return few.join(texts, texts.c.order_id == _order.id)
    texts = _once(found, "texts")
    one = query.where(_order.id == texts.c.order_id).limit(1).lateral("one")
    return select(one).select_from(texts.join(one, true()))


def _once(query: Select[Any], name: str) -> Any:
    """Read by itself, so that what is sorted or joined does not choose its index."""
    return query.cte(name).prefix_with("MATERIALIZED")
