"""Orders into a file: all of them, whatever people wrote in them, in as much memory for many as for few."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.kit import BUYER, Shop, rival
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.errors import NotFound
from webapp.services.orders import exports, imports, lifecycle
from webapp.services.orders.exports import Selection

ALL = Selection()


def rows(shop: Shop, selection: Selection = ALL) -> list[dict[str, str]]:
    data = b"".join(exports.written(shop.context, shop.id, selection))
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def many(shop: Shop, count: int, first: int = 0) -> None:
    """Orders, five of an instant, without all that comes of each."""
    made = shop.get(shop.order(reference=f"many {first}", description="x" * 80))
    values = {column.key: getattr(made, column.key) for column in models.Order.__mapper__.column_attrs}
    copies = []
    for number in range(first, first + count - 1):
        at = made.created_at - timedelta(seconds=1 + number // 5)
        named = {"id": f"ord_{number}", "reference": f"B{number}", "reference_key": f"b{number}", "created_at": at}
        copies.append(values | named)
    with shop.context.database.write() as session:
        session.execute(insert(models.Order), copies)


def test_an_order_is_told_by_the_api_s_names_of_its_fields(shop: Shop) -> None:
    paid = shop.order(
        Action.REGISTER_PAY, reference="A1", description='2 "pizzas"\nand, more', tax=550, metadata={"a": "é"}
    )
    shop.pay(paid)
    (row,) = rows(shop)
    order = shop.get(paid)
    expected = {
        "id": paid,
        "reference": "A1",
        "state": "paid",
        "action": "REGISTER_PAY",
        "amount": "10.00",
        "currency": "EUR",
        "captured": "10.00",
        "refunded": "0.00",
        "tax_rate": "5.5",
        "description": '2 "pizzas"\nand, more',
        "buyer.phone": f"'{BUYER}",
        "buyer.email": "buyer@example.com",
        "source": "whatsapp",
        "card.brand": "visa",
        "card.last4": "4242",
        "alias": order.alias_id,
        "metadata": json.dumps({"a": "é"}, ensure_ascii=False),
        "created_at": "2026-11-24T10:00:00Z",
        "expires_at": "2026-12-01T10:00:00Z",
        "closed_at": "2026-11-24T10:00:00Z",
    }
    assert {name: value for name, value in row.items() if value} == expected


def test_no_cell_is_a_formula_and_what_was_written_comes_back(shop: Shop) -> None:
    texts = ["=1+1", "+1", "-1", "@x", "x;=HYPERLINK(1)", "'=1", "O'Brien", '"q"']
    for text in texts:
        shop.order(description=text, metadata={"note": text}, reference=f"R{texts.index(text)}")
    found = rows(shop)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in found for cell in row.values())
    columns = ["reference", "amount", "currency", "buyer.phone", "description", "metadata.note"]
    again = [[f"again {row['reference']}", *(row[name] for name in columns[1:5])] for row in found]
    file = io.StringIO(newline="")
    csv.writer(file).writerows([columns, *([*row, row[4]] for row in again)])
    imports.submit(shop.context, shop.id, file.getvalue().encode())
    shop.drain()
    kept = shop.all(models.Order, models.Order.reference.like("again%"))
    assert sorted((order.description, order.metadata_["note"], order.amount) for order in kept) == sorted(
        (text, text, 1000) for text in texts
    )


def test_states_and_days_choose_and_other_merchants_orders_are_not_there(shop: Shop) -> None:
    rival(shop).order(reference="theirs")
    first = shop.order(reference="first")
    shop.clock.forward(hours=1)
    lifecycle.cancel(shop.context, shop.id, shop.order(reference="second"))
    since = first_at = shop.get(first).created_at
    later = since + timedelta(hours=1)
    chosen: list[tuple[Selection, list[str]]] = [
        (Selection(), ["second", "first"]),
        (Selection(states=("open", "paid")), ["first"]),
        (Selection(since=later), ["second"]),
        (Selection(since=first_at, until=later), ["first"]),
        (Selection(until=first_at), []),
    ]
    for selection, expected in chosen:
        assert [row["reference"] for row in rows(shop, selection)] == expected
    with pytest.raises(NotFound):
        exports.written(shop.context, "nobody", Selection())
    assert next(exports.written(shop.context, shop.id, Selection(), bom=True)).startswith(b'\xef\xbb\xbf"id"')


def test_every_order_is_there_once_though_many_are_of_one_instant(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 7)
    many(shop, 40)
    found = [row["id"] for row in rows(shop)]
    assert (len(found), set(found)) == (40, {order.id for order in shop.all(models.Order)})


def peak(shop: Shop) -> int:
    """Bytes that writing the file takes at most, when each piece is let go."""
    tracemalloc.start()
    try:
        size = sum(len(piece) for piece in exports.written(shop.context, shop.id, Selection()))
        assert size > 40_000
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_ten_times_the_orders_take_the_same_memory(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 100)
    many(shop, 150)
    b"".join(exports.written(shop.context, shop.id, Selection()))  # what is made once is no part of it
    few = peak(shop)
    many(shop, 1350, first=150)
    assert peak(shop) < 1.5 * few
