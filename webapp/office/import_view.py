"""Files of orders as their pages show them: what is wrong, what a file asks for, and how far its orders have come."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from webapp.domain import cells, money
from webapp.domain.channels import OrderChannel
from webapp.domain.money import Money
from webapp.office import import_words, timeline
from webapp.office.guard import visitor
from webapp.services.payments import questions
from webapp.web.locale import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webapp.db.models import Merchant
    from webapp.services.orders.import_file import LineError
    from webapp.services.orders.import_previews import Preview, Sum
    from webapp.services.orders.imports import Progress
    from webapp.services.orders.lifecycle import Request

LISTED = 100  # errors on a page
QUARTER = 25  # percent: how often a reader of the screen is told


@dataclass(frozen=True)
class Errors:
    """What is wrong with lines, the first of them. `file` is an address that is the whole list itself, as a CSV file."""

    rows: Sequence[tuple[int, str, str]]
    found: int
    more: bool
    file: str


@dataclass(frozen=True)
class Asked:
    """What a file asks for. `large` is the largest amount, where it is above the shop's limit."""

    id: str
    name: str
    orders: int
    count: str
    sums: Sequence[str]
    channels: Sequence[tuple[str, str]]
    people: str
    large: str
    rows: Sequence[tuple[int, str, str, str, str, str]]
    more: str


@dataclass(frozen=True)
class Way:
    """How far an import has come. `heard` is what a reader of the screen is told, which changes now and then only; `orders` leads to a list of
    what it made."""

    id: str
    name: str
    at: str
    who: str
    done: bool
    value: int
    most: int
    lines: str
    created: str
    failed: str
    left: str
    heard: str
    revision: str
    orders: str


def errors(found: Sequence[LineError], count: int) -> Errors:
    """A list of what is wrong, of `count` errors in all."""
    t = texts()
    words = import_words.errors(t, visitor().merchant.country)
    told = [(each, import_words.error(t, words, each)) for each in found]
    rows = [(each.line, each.column or "", said) for each, said in told[:LISTED]]
    lines = [
        ("line", "column", "code", "detail"),
        *((str(each.line), each.column or "", each.code, said) for each, said in told),
    ]
    return Errors(
        rows, count, count > len(rows), f"data:text/csv;charset=utf-8;base64,{base64.b64encode(_csv(lines)).decode()}"
    )


def template(merchant: Merchant) -> bytes:
    """An empty file with the columns that most orders of this shop need, as spreadsheets of its country write one."""
    useful = {name for name, _ in import_words.columns(texts(), merchant)}
    names = ["reference", "amount", "phone", "email", "description"]
    names[2:2] = ["currency"] if merchant.currencies else []
    decimal = texts().ratio(1.5)
    return _csv([[name for name in names if name in useful]], ";" if "," in decimal else ",")


def preview(found: Preview, merchant: Merchant) -> Asked:
    """A file to be looked at."""
    t, orders = texts(), sum(found.channels.values())
    names = {None: t.gettext("As your shop sends links"), OrderChannel.WHATSAPP: "WhatsApp"}
    names |= {OrderChannel.EMAIL: t.gettext("E-mail"), OrderChannel.NONE: t.gettext("To nobody")}
    large = [each.largest for each in found.sums if questions.is_large(merchant, each.largest)]
    more = orders - len(found.first)
    return Asked(
        id=found.row.id,
        name=found.row.name or "",
        orders=orders,
        count=t.number(orders),
        sums=[_total(each) for each in found.sums],
        channels=[(words, t.number(found.channels[each])) for each, words in names.items() if each in found.channels],
        people=t.number(found.people),
        large=", ".join(t.money(each) for each in large),
        rows=[_row(number, request) for number, request in found.first],
        more=t.gettext("and %(number)s more", number=t.number(more)) if more else "",
    )


def way(now: Progress, names: Mapping[str, str]) -> Way:
    """An import that runs or is done."""
    t, row, zone = texts(), now.row, visitor().merchant.time_zone
    value = now.created + now.failed
    most = max(value + now.waiting, 1)
    share = 100 if now.is_done else value * 100 // most // QUARTER * QUARTER
    return Way(
        id=row.id,
        name=row.name or "",
        at=t.moment(row.created_at, zone),
        who=timeline.by(t, row.actor_kind, row.actor_id, names),
        done=now.is_done,
        value=value,
        most=most,
        lines=t.number(row.lines),
        created=t.number(now.created),
        failed=t.number(now.failed) if now.failed else "",
        left=t.number(now.waiting),
        heard=t.gettext("All is done.") if now.is_done else t.gettext("%(number)s percent are done.", number=share),
        revision=f"{now.created}-{now.failed}-{now.waiting}",
        orders=f"/office/orders?import={row.id}" if now.created else "",
    )


def _row(number: int, asked: Request) -> tuple[int, str, str, str, str, str]:
    to = asked.email if asked.channel is OrderChannel.EMAIL else asked.phone or asked.email
    amount = texts().money(asked.amount) if asked.amount else "–"
    return number, asked.reference or "", asked.description or "", to or "", asked.channel or "", amount


def _total(found: Sum) -> str:
    t, currency = texts(), found.largest.currency
    if found.total <= money.MAXIMUM:
        return t.money(Money(found.total, currency))
    return t.decimal(Decimal(found.total).scaleb(-money.exponent(currency)), currency)


def _csv(rows: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """With a byte order mark, by which spreadsheets know UTF-8, and without formulas."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(
        [cells.escaped(cell) for cell in row] for row in rows
    )
    return text.getvalue().encode("utf-8-sig")
