"""A merchant's orders as a CSV file, written while it is read: however many there are, some hundreds are in memory at once."""

from __future__ import annotations

import codecs
import csv
import io
import json
from dataclasses import asdict
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from webapp.db import exports, merchants
from webapp.db.exports import Selection
from webapp.domain import cells
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.money import Money
from webapp.domain.states import MONEY
from webapp.services.orders import order_list
from webapp.services.runtime import audit
from webapp.services.webhooks.outbox import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from webapp.services.runtime.context import ServiceContext

__all__ = ["COLUMNS", "Format", "Selection", "of_list", "of_orders", "written"]

PAGE = 500  # orders that are read at once
DETAILS = ("name", "line1", "line2", "postal_code", "city", "country")
COLUMNS = (
    "id",
    "reference",
    "state",
    "action",
    "amount",
    "currency",
    "captured",
    "refunded",
    "tax_rate",
    "description",
    "buyer.phone",
    "buyer.email",
    *(f"buyer.details.{name}" for name in DETAILS),
    "language",
    "channel",
    "return_url",
    "source",
    "card.brand",
    "card.last4",
    "alias",
    "charged_alias",
    "metadata",
    "created_at",
    "expires_at",
    "closed_at",
)
"""By the API's names of the fields."""


def written(context: ServiceContext, merchant_id: str, selection: Selection, *, bom: bool = False) -> Iterator[bytes]:
    """The file piece by piece, in UTF-8, the newest order first; `bom`: with the mark by which Excel knows UTF-8. Every cell is in
    quotation marks, and is a text to every spreadsheet (`cells.escaped`). What is changed while it is read may be told as before or as after.

    Raises `NotFound` at once for a merchant that there is not.
    """
    with context.database.write() as session:
        merchants.get(session, merchant_id)
        chosen = {name: value for name, value in asdict(selection).items() if value}
        after = {"what": "orders", "only": sorted(chosen)}  # what was looked for may name a buyer
        audit.record(session, context, merchant_id, AuditAction.EXPORT_MADE, AuditSubject.EXPORT, "orders", after=after)
    return _pieces(context, merchant_id, selection, codecs.BOM_UTF8 if bom else b"")


def _pieces(context: ServiceContext, merchant_id: str, selection: Selection, first: bytes) -> Iterator[bytes]:
    yield first + _lines([COLUMNS])
    after: tuple[datetime, str] | None = None
    while True:
        with context.database.read() as session:
            rows = exports.page(session, merchant_id, selection, after, limit=PAGE)
        if rows:
            yield _lines(map(_cells, rows))
        if len(rows) < PAGE:
            return
        after = rows[-1].created_at, rows[-1].id


class Format(StrEnum):
    """What an export of the back office is written as."""

    CSV = "csv"
    JSON = "json"


def of_list(context: ServiceContext, merchant_id: str, wanted: order_list.Search, form: Format) -> Iterator[bytes]:
    """What a list of the back office shows, all its pages, piece by piece; noted in the audit log before anything is written.

    Raises `Invalid` at once, as `order_list.page` does.
    """
    order_list.page(context, merchant_id, wanted, 1)
    _note(context, merchant_id, form, order_list.named(wanted))
    return _written(form, _pages(context, merchant_id, wanted))


def of_orders(context: ServiceContext, merchant_id: str, order_ids: Sequence[str], form: Format) -> Iterator[bytes]:
    """These orders of the merchant's; noted likewise."""
    with context.database.read() as session:
        rows = exports.of_ids(session, merchant_id, order_ids)
    _note(context, merchant_id, form, {"orders": len(rows)})
    return _written(form, iter([rows]))


def _note(context: ServiceContext, merchant_id: str, form: Format, after: dict[str, Any]) -> None:
    with context.database.write() as session:
        audit.record(
            session, context, merchant_id, AuditAction.EXPORT_MADE, AuditSubject.EXPORT, f"orders.{form}", None, after
        )


def _pages(context: ServiceContext, merchant_id: str, wanted: order_list.Search) -> Iterator[Sequence[Row[Any]]]:
    after: str | None = None
    while True:
        page = order_list.page(context, merchant_id, wanted, PAGE, after=after)
        with context.database.read() as session:
            yield exports.of_ids(session, merchant_id, [row.order.id for row in page.rows])
        after = page.after
        if after is None:
            return


def _written(form: Format, pages: Iterator[Sequence[Row[Any]]]) -> Iterator[bytes]:
    if form is Format.CSV:
        yield codecs.BOM_UTF8 + _lines([COLUMNS])
        for rows in pages:
            yield _lines(map(_cells, rows))
        return
    before = b"["
    for rows in pages:
        for row in rows:
            document = dict(zip(COLUMNS, _cells(row), strict=True))
            yield before + b"\n" + json.dumps(document, ensure_ascii=False).encode()
            before = b","
    yield (b"[" if before == b"[" else b"\n") + b"]\n"


def _lines(rows: Any) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")  # RFC 4180
    writer.writerows([cells.escaped(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _cells(row: Row[Any]) -> list[str]:
    """The cells of an order: amounts in whole units with the currency's decimals (12.50), moments in UTC (RFC 3339)."""
    details, card = row.details or {}, row.card or {}
    captured = (row.captured if row.captured is not None else row.amount) if row.state in MONEY else None
    values = (
        row.id,
        row.reference,
        row.state,
        row.action,
        _amount(row.amount, row.currency),
        row.currency,
        _amount(captured, row.currency),
        _amount(row.refunded, row.currency),
        Decimal(row.tax) / 100 if row.tax is not None else None,
        row.description,
        row.phone,
        row.email,
        *(details.get(name) for name in DETAILS),
        row.language,
        row.channel,
        row.return_url,
        row.source,
        card.get("brand"),
        card.get("last4"),
        row.alias_id,
        row.charges_alias_id,
        json.dumps(row.metadata_, ensure_ascii=False) if row.metadata_ else None,
        *(stamp(at) if at is not None else None for at in (row.created_at, row.expires_at, row.closed_at)),
    )
    return ["" if value is None else str(value) for value in values]


def _amount(minor: int | None, currency: str) -> str | None:
    return str(Money(minor, currency).to_decimal()) if minor is not None else None
