"""What messages cost: by the operator's table, and unknown where it says nothing."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest

from webapp.domain import message_rates
from webapp.domain.errors import Invalid

FILE = """
currency = "EUR"
[rates.FR]
utility = "0.0300"
service = "0.0100"
[rates."*"]
utility = "0.0200"
"""
RATES = message_rates.read(tomllib.loads(FILE))
BILLED = {"billable": True, "category": "utility"}


@pytest.mark.parametrize(
    ("country", "pricing", "expected"),
    [
        ("FR", BILLED, (0, 1, 0, "0.0300")),
        ("FR", {"billable": True, "category": "service"}, (0, 1, 0, "0.0100")),
        ("DE", BILLED, (0, 1, 0, "0.0200")),
        (None, BILLED, (0, 1, 0, "0.0200")),
        ("DE", {"billable": True, "category": "service"}, (0, 0, 1, "0")),
        ("FR", {"billable": True, "category": "marketing"}, (0, 0, 1, "0")),
        ("FR", {"billable": True}, (0, 0, 1, "0")),
        ("FR", {"billable": False, "category": "service"}, (1, 0, 0, "0")),
        ("FR", {"category": "utility"}, (0, 1, 0, "0.0300")),
        ("FR", None, (0, 0, 1, "0")),
    ],
)
def test_a_message_is_free_billed_or_of_unknown_price(
    country: str | None, pricing: dict[str, Any] | None, expected: tuple[int, int, int, str]
) -> None:
    found = message_rates.cost([(country, pricing)], RATES)
    assert (found.free, found.billed, found.unknown, found.total) == (*expected[:3], Decimal(expected[3]))


def test_without_a_table_nothing_is_known_but_what_meta_calls_free() -> None:
    found = message_rates.cost([("FR", BILLED), ("FR", {"billable": False})], None)
    assert (found.free, found.billed, found.unknown) == (1, 0, 1)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({}, "currency"),
        ({"currency": "EUR"}, "rates"),
        ({"currency": "euro", "rates": {"FR": {"utility": "1"}}}, "currency"),
        ({"currency": "EUR", "rates": {"France": {"utility": "1"}}}, "rates.France"),
        ({"currency": "EUR", "rates": {"FR": "0.03"}}, "rates.FR"),
        ({"currency": "EUR", "rates": {"FR": {"text": "0.03"}}}, "rates.FR.text"),
        ({"currency": "EUR", "rates": {"FR": {"utility": 0.03}}}, "rates.FR.utility"),
        ({"currency": "EUR", "rates": {"FR": {"utility": "-1"}}}, "rates.FR.utility"),
        ({"currency": "EUR", "rates": {"FR": {"utility": "1"}}, "vat": 1}, "vat"),
    ],
)
def test_a_wrong_table_is_refused_by_its_place(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid, match=place):
        message_rates.read(wrong)
