"""The texts by which orders are found: written in the same flush as what they are made of, whoever writes it, and looked through by trigrams.

What changes orders or buyers by a statement of its own (`erasures`, a filler of benches) calls `refresh` or `fill`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    String,
    and_,
    case,
    column,
    event,
    func,
    insert,
    inspect,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.orm import aliased, object_session

from webapp.db import models, order_numbers
from webapp.domain import search
from webapp.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection, Select
    from sqlalchemy.orm import Mapper

    from webapp.db.session import Session

RUN = re.compile(r"[^\W_]{3,}")
OF_ORDER = ("reference", "description", "email", "details", "card", "amount", "currency", "buyer_id")
OF_BUYER = ("phone", "former_phone")
AT_ONCE = 1000
FEW = 10_000  # texts of any merchants that are read one by one
MERGED = 500  # pages of the index at once: some hundredths of a second
_order, _buyer, _row = models.Order, models.Buyer, models.OrderSearch
GRAMS = table("order_search_grams", column("rowid", Integer), column("order_search_grams", String))
"""SQLite's index."""
_READ = (
    _order.id,
    _order.merchant_id,
    _order.reference,
    _order.description,
    _order.email,
    _order.details,
    _order.card,
    _order.amount,
    _order.currency,
    func.coalesce(_buyer.phone, _buyer.former_phone).label("phone"),
)


def text_of(order: Any, phone: str | None) -> str:
    """The text of an order, which has the attributes of `models.Order`."""
    described = search.Described(
        reference=order.reference,
        description=order.description,
        email=order.email,
        name=search.name_of(order.details),
        phone=phone,
        last4=(order.card or {}).get("last4"),
        price=Money(order.amount, order.currency) if order.amount is not None else None,
    )
    return search.text(order.merchant_id, described)


def refresh(session: Session, which: ColumnElement[bool]) -> None:
    """Write the texts of these orders anew, where they have one."""
    session.flush()
    _rewrite(session.connection(), which)


def fill(connection: Connection, which: ColumnElement[bool] | None = None) -> int:
    """Write the texts that these orders (all) have not, the oldest first, some at a time; how many. Beside texts that are there they are late."""
    late = connection.execute(select(_row.number).limit(1)).first() is not None
    query = _texts().outerjoin(_row, _row.order_id == _order.id).where(_row.number.is_(None))
    query = query.where(*(() if which is None else (which,))).order_by(_order.created_at, _order.id)
    made = 0
    for rows in connection.execute(query.execution_options(yield_per=AT_ONCE)).partitions():
        connection.execute(insert(_row), [{**_values(row), "late": late} for row in rows])
        made += len(rows)
    return made


def forget(cursor: Any) -> None:
    """Have nothing of former texts left in SQLite's index, where what is taken away stays beside the note that it is gone until both are merged.
    Others write between the steps."""
    step = "INSERT INTO order_search_grams (order_search_grams, rank) VALUES ('merge', ?)"
    cursor.execute(step, (-MERGED,))  # whatever was merged already begins anew
    changes = "SELECT total_changes()"
    before, now = -2, 0
    while now - before > 1:
        before = cursor.execute(changes).fetchone()[0]
        now = cursor.execute(step, (MERGED,)).execute(changes).fetchone()[0]


def _texts() -> Select[Any]:
    return select(*_READ).select_from(_order).join(_buyer, _buyer.id == _order.buyer_id)


def _values(row: Row[Any]) -> dict[str, str]:
    return {"order_id": row.id, "merchant_id": row.merchant_id, "text": text_of(row, row.phone)}


def _rewrite(connection: Connection, which: ColumnElement[bool]) -> None:
    for row in connection.execute(_texts().where(which)).all():
        values = _values(row)
        held = (_row.order_id == row.id, _row.text != values["text"])
        connection.execute(update(_row).where(*held).values(text=values["text"]))


@event.listens_for(models.Order, "after_insert")
def _made(_mapper: Mapper[Any], connection: Connection, order: models.Order) -> None:
    values = {"order_id": order.id, "merchant_id": order.merchant_id, "text": text_of(order, _phone(connection, order))}
    late = order_numbers.is_late(order.merchant_id, order.created_at)
    connection.execute(insert(_row).values(values).values(late=late))


@event.listens_for(models.Order, "after_update")
def _changed(_mapper: Mapper[Any], connection: Connection, order: models.Order) -> None:
    if _has_changed(order, OF_ORDER):
        written = text_of(order, _phone(connection, order))
        connection.execute(update(_row).where(_row.order_id == order.id).values(text=written))


@event.listens_for(models.Buyer, "after_update")
def _renumbered(_mapper: Mapper[Any], connection: Connection, buyer: models.Buyer) -> None:
    if _has_changed(buyer, OF_BUYER):
        _rewrite(connection, _order.buyer_id == buyer.id)


def _has_changed(row: Any, names: Iterable[str]) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in names)


def _phone(connection: Connection, order: models.Order) -> str | None:
    """The phone of the order's buyer, whom the session mostly has in hand."""
    session = object_session(order)
    known = (
        session.identity_map.get(inspect(_buyer).identity_key_from_primary_key((order.buyer_id,))) if session else None
    )
    if known is not None:
        return known.phone or known.former_phone
    found = select(func.coalesce(_buyer.phone, _buyer.former_phone)).where(_buyer.id == order.buyer_id)
    return connection.execute(found).scalar()


# --- what is looked through


def holds(session: Session, order_id: Any, wanted: search.Wanted) -> ColumnElement[bool]:
    """Whether an order's text is found: read of the text itself, row by row, whatever the database takes for quicker."""
    row = aliased(_row)
    place = func.instr if is_sqlite(session) else func.strpos
    has = or_(*(and_(*(place(row.text, piece) > 0 for piece in way)) for way in wanted.ways))
    return func.coalesce(select(has).where(row.order_id == order_id).scalar_subquery(), False)


def found(session: Session, merchant: str, wanted: search.Wanted) -> Select[Any]:
    """The merchant's orders whose texts are found, with the texts' numbers, by the index. SQLite gives them in turn as their numbers are, where
    that is asked for, and reads no more than are taken."""
    if is_sqlite(session):
        return _found_by_grams(merchant, wanted)
    ways = [and_(*(has for piece in way for has in _indexed(piece))) for way in wanted.ways]
    mine = _row.text.like(_anywhere(search.tag(merchant))), _row.merchant_id == merchant
    # No index is sorted by this: PostgreSQL takes texts for more common than they are, and would read one that is.
    in_turn: Any = (_row.number + 0).label("number")
    return select(_row.order_id, in_turn).where(*mine, or_(*ways))


def _indexed(piece: str) -> list[ColumnElement[bool]]:
    """Whether a piece stands in a text, with what pg_trgm looks up for it: trigrams of letters and digits, each a condition of its own, for it
    reads far more of its index where one condition has several that many texts have."""
    runs = [] if piece.startswith(search.START) else RUN.findall(piece)
    grams = [gram for run in runs for gram in search.grams(run)]
    return [
        *(_row.text.like(_anywhere(gram)) for gram in dict.fromkeys(grams or [piece])),
        func.strpos(_row.text, piece) > 0,
    ]


def _found_by_grams(merchant: str, wanted: search.Wanted) -> Select[Any]:
    has = [and_(*(func.instr(_row.text, piece) > 0 for piece in way)) for way in wanted.ways]
    query: Select[Any] = select(_row.order_id, GRAMS.c.rowid.label("number")).select_from(GRAMS)
    query = query.join(_row, _row.number == GRAMS.c.rowid).where(_row.merchant_id == merchant, or_(*has))
    return query.where(GRAMS.c.order_search_grams.op("MATCH")(_match(merchant, [_grams(way) for way in wanted.ways])))


def _match(merchant: str, ways: Sequence[Sequence[str]]) -> Any:
    """What FTS5 looks for: the merchant's tag too, but where each way is one trigram, of few texts: a look whether they have the tag costs more
    than to read them."""
    tagged = " OR ".join(_all([*way, *search.grams(search.tag(merchant))]) for way in ways)
    if any(len(way) > 1 for way in ways):
        return tagged
    plain = " OR ".join(map(_all, ways))
    some = select(GRAMS.c.rowid).where(text("order_search_grams MATCH :plain").bindparams(plain=plain)).limit(FEW + 1)
    many = select(func.count() > FEW).select_from(some.subquery()).scalar_subquery()
    return case((many, tagged), else_=plain)


def _anywhere(piece: str) -> str:
    escaped = piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _grams(way: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(gram for piece in way for gram in search.grams(piece)))


def _all(grams: Collection[str]) -> str:
    quoted = ('"' + gram.replace('"', '""') + '"' for gram in grams)
    return f"({' AND '.join(quoted)})"


def is_sqlite(session: Session) -> bool:
    """Whether the database is SQLite, which joins by nested loops alone and has no LATERAL."""
    return session.get_bind().dialect.name == "sqlite"
