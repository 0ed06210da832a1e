"""What a CSV file may look like, and what is said of one that cannot be taken: no line is skipped over, and no cell is guessed at."""

from __future__ import annotations

import dataclasses

import pytest

from tests.kit import BUYER, Shop, setting
from webapp.domain.actions import Action
from webapp.domain.channels import OrderChannel
from webapp.domain.money import Money
from webapp.services.merchants import declarations
from webapp.services.orders import import_file, import_lines, imports, lifecycle
from webapp.services.orders.import_file import WrongFile

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TWO = {"A1": Money(1250, "EUR"), "A2": Money(900, "EUR")}
# Each is the same two orders.
FILES = {
    "plain": b"reference,amount,phone\nA1,12.50,+33612345678\nA2,9,0612345678\n",
    "Excel in France": 'sep=;\r\nReference;Amount;Phone\r\nA1;12,50 €;+33612345678\r\n"A2";9;0612345678\r\n'.encode(),
    "with BOM, without a last line end": b"\xef\xbb\xbfreference,amount,phone\nA1,12.50,+33612345678\nA2,9,0612345678",
    "old Mac": b"reference,amount,phone\rA1,12.50,+33612345678\rA2,9,0612345678\r",
    "empty lines and columns": b"\n,reference,amount,,phone\n,A1,12.50,,+33612345678\n,,,,\n\n,A2,9,,06 12 34 56 78\n,,,,\n",
    "cells kept as texts": b'reference,amount,buyer.phone\n="A1",12.50,\'+33612345678\n="A2",="9.00","=""0612345678"""\n',
    "a comma in quotes": b'reference;amount;phone\n"A1";"12,50";+33612345678\nA2;9;0612345678\n',
}


def reader(shop: Shop) -> import_lines.Reader:
    return import_lines.Reader(shop.context, declarations.get(shop.context, shop.id))


def read(shop: Shop, data: bytes) -> list[lifecycle.Request]:
    """What the lines of a right file ask for."""
    found = [reader(shop).request(line) for line in import_file.lines(import_file.text(data), import_lines.KNOWN)]  # type: ignore[arg-type]
    assert [errors for _, errors in found if errors] == []
    return [request for request, _ in found if request is not None]


def wrong(shop: Shop, data: str | bytes) -> list[tuple[int, str | None, str]]:
    """What is said of a wrong one: line, column, code."""
    with pytest.raises(WrongFile) as caught:
        imports.submit(shop.context, shop.id, data.encode() if isinstance(data, str) else data)
    assert "4242" not in str(caught.value)
    return [(error.line, error.column, error.code) for error in caught.value.errors]


def test_every_program_s_way_to_write_a_file_is_read_alike(shop: Shop) -> None:
    for name, data in FILES.items():
        found = read(shop, data)
        assert {request.reference: request.amount for request in found} == TWO, name
        assert [request.phone for request in found] == [BUYER] * 2, name


def test_every_column_says_what_the_api_s_field_does(shop: Shop) -> None:
    setting(shop, return_urls=["https://shop.example/done"])
    shop.context = dataclasses.replace(shop.context, mailer=object())  # type: ignore[arg-type]  # there is one
    header = ",".join((*import_lines.COLUMNS, "Metadata.Table", "metadata.note"))
    cells = 'A1,register_pay,"1 234,50",usd,,Buyer@example.com,2  pizzas,EMAIL,de,14,WAHR,no,"5,5 %",https://shop.example/done,7,"two\nlines"'
    (request,) = read(shop, f"{header}\n{cells}\n".encode())
    assert request == lifecycle.Request(
        Action.REGISTER_PAY,
        Money(123_450, "USD"),
        email="Buyer@example.com",
        description="2 pizzas",
        reference="A1",
        language="de",
        days=14,
        manual_capture=True,
        tax=550,
        channel=OrderChannel.EMAIL,
        return_url="https://shop.example/done",
        metadata={"Table": "7", "note": "two\nlines"},
    )
    kept = import_lines.request_of(import_lines.document(request), "imp_1:2", "imp_1")
    assert kept == dataclasses.replace(request, idempotency_key="imp_1:2", import_id="imp_1")


CELLS = [
    # column, cell, code; where another column is to be mended, that
    ("amount", "12.3456", "too_many_decimals"),
    ("amount", "1.250", "ambiguous"),
    ("amount", "0", "zero_amount"),
    ("amount", "-5", "negative"),
    ("amount", "=A1*2", "formula"),
    ("amount", "12 USD", "not_field_currency"),
    ("amount", "abc", "bad_amount"),
    ("amount", "", "amount_needed"),
    ("currency", "EURO", "unknown_currency"),
    ("action", "PAY", "bad_action"),
    ("phone", "612345678", "bad_phone"),
    ("phone", "3.36123E+10", "bad_phone"),
    ("phone", "", "phone_needed"),
    ("email", "nobody", "bad_email"),
    ("email", "exаmple@exаmple.com", "odd_email"),
    ("description", "x" * 81, "description_too_long"),
    ("description", "4242 4242 4242 4242", "card_number"),
    ("channel", "sms", "bad_channel"),
    ("channel", "email", "cannot_email"),
    ("language", "xx", "bad_language"),
    ("expires_in_days", "91", "bad_days"),
    ("expires_in_days", "1.5", "bad_days"),
    ("manual_capture", "perhaps", "bad_choice"),
    ("tax_rate", "101", "bad_tax"),
    ("return_url", "https://shop.example/", "bad_return_url"),
    ("metadata.note", "4242424242424242", "card_number"),
    ("metadata.note", "x" * 501, "bad_metadata"),
    ("reference", "", "missing"),
    ("reference", "x" * 65, "reference_too_long"),
    ("reference", "“A”", "bad_reference"),
]


def test_each_wrong_cell_is_named_by_line_and_column_and_nothing_is_made(shop: Shop) -> None:
    columns = list(dict.fromkeys(["reference", "amount", "phone", "email", *(column for column, _, _ in CELLS)]))
    right = {"amount": "12.50", "phone": "0612345678", "email": "buyer@example.com"}
    lines, expected = [], []
    for number, (column, cell, code) in enumerate(CELLS, 2):
        given = right | {"reference": f"A{number}", column: cell}
        lines.append(";".join(given.get(name, "") for name in columns))
        expected.append((number, import_lines.KNOWN.get(column, column), code))
    assert wrong(shop, "\n".join([";".join(columns), *lines])) == expected


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        (b"", [(1, None, "empty")]),
        (b"\xef\xbb\xbf\r\n\r\n", [(1, None, "empty")]),
        (b"reference,amount,phone\n", [(1, None, "empty")]),
        ("reference,amount\nA1,5 €\n".encode("cp1252"), [(2, None, "not_utf8")]),
        ("reference,amount\nA1,5\n".encode("utf-16"), [(1, None, "not_utf8")]),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xff\xfe", [(1, None, "not_utf8")]),
        ("reference,Betrag\nA1,5", [(1, "betrag", "unknown_column")]),
        ("reference,e-mail,metadata.a b\nA1,5", [(1, "e-mail", "unknown_column"), (1, "metadata.a b", "bad_metadata")]),
        ("reference,amount,Amount\nA1,5,5", [(1, "amount", "repeated_column")]),
        ("reference,,\nA1,5,", [(2, None, "wrong_columns")]),
        ("reference,phone,buyer.phone\nA1,5,5", [(1, "buyer.phone", "repeated_column")]),
        ("reference\tamount\nA1\t5", [(1, "reference\\tamount", "unknown_column")]),
        ('reference,amount,phone\nA1,"5,0612345678\nA2,6,0612345678', [(2, None, "bad_quotes")]),
        ('reference,amount,phone\n"A"1,5,0612345678', [(2, None, "bad_quotes")]),
        (
            "reference,amount,phone\nA1,12,50,0612345678\nA2,5\nA3,1,0612345678",
            [(2, None, "wrong_columns"), (3, None, "wrong_columns")],
        ),
        (
            'reference,amount,phone,description\nA1,5,0612345678,"a\n\nb"\na1 ,5,0612345678,\nA2,x,0612345678,',
            [(5, "reference", "repeated_reference"), (6, "amount", "bad_amount")],
        ),
        (",".join(f"amount{number}" for number in range(101)), [(1, None, "too_many_columns")]),
        ("reference," + "a" * 201, [(1, None, "too_many_columns")]),
        (b"reference,amount\n" + b"x" * import_file.LARGEST, [(1, None, "too_large")]),
    ],
    ids=lambda each: repr(each)[:24],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(
    shop: Shop, data: str | bytes, errors: list[tuple[int, str | None, str]]
) -> None:
    assert wrong(shop, data) == errors


def test_a_name_that_is_nearly_right_is_suggested_and_a_file_that_is_too_long_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WrongFile, match=r"did you mean description\?"):
        imports.submit(shop.context, shop.id, b"reference,descripton\nA1,x")
    monkeypatch.setattr(import_file, "MOST_LINES", 1)
    assert wrong(shop, FILES["plain"]) == [(3, None, "too_many_lines")]
