"""Money: laws over every ISO 4217 currency, and the bounds."""

from __future__ import annotations

import operator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import money
from webapp.domain.errors import Invalid
from webapp.domain.money import MAXIMUM, Money

CODES = st.sampled_from(money.currencies())
AMOUNTS = st.integers(0, MAXIMUM)
SMALL = st.integers(0, MAXIMUM // 3)


def code_of(error: pytest.ExceptionInfo[Invalid]) -> str:
    return error.value.code


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("EUR", 2),
        ("USD", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("ISK", 0),
        ("HUF", 2),
        ("MGA", 2),
    ],
)
def test_decimals_are_those_of_iso_4217(currency: str, decimals: int) -> None:
    assert money.exponent(currency) == decimals


@pytest.mark.parametrize("word", ["", "eur", "EURO", "XXX", "XTS", "XAU", "ZZZ", "€"])
def test_what_nobody_pays_in_is_not_a_currency(word: str) -> None:
    assert not money.known(word)
    with pytest.raises(Invalid) as error:
        Money(100, word)
    assert code_of(error) == "unknown_currency"


@given(AMOUNTS, CODES)
def test_a_decimal_is_the_same_money_again(amount: int, currency: str) -> None:
    there = Money(amount, currency)
    assert there.to_decimal() * 10 ** money.exponent(currency) == amount


@given(AMOUNTS, CODES)
def test_a_decimal_shows_all_the_decimals_of_the_currency(amount: int, currency: str) -> None:
    exponent = Money(amount, currency).to_decimal().as_tuple().exponent
    assert exponent == -money.exponent(currency)


@given(AMOUNTS, AMOUNTS, CODES)
def test_order_is_that_of_whole_numbers(first: int, second: int, currency: str) -> None:
    a, b = Money(first, currency), Money(second, currency)
    assert (a < b) is (first < second)
    assert (a >= b) is (first >= second)


@given(CODES, CODES)
def test_currencies_do_not_mix(one: str, other: str) -> None:
    if one == other:
        return
    for mixed in (operator.lt, operator.ge):
        with pytest.raises(Invalid) as error:
            mixed(Money(1, one), Money(1, other))
        assert code_of(error) == "two_currencies"
    assert Money(1, one) != Money(1, other)


def test_there_is_no_money_below_zero() -> None:
    with pytest.raises(Invalid) as error:
        Money(-1, "EUR")
    assert code_of(error) == "negative"


def test_there_is_no_money_of_thirteen_digits() -> None:
    assert Money(MAXIMUM, "EUR")
    with pytest.raises(Invalid) as error:
        Money(MAXIMUM + 1, "EUR")
    assert code_of(error) == "too_large"


@pytest.mark.parametrize("amount", [10.0, Decimal(10), "10", True, None])
def test_minor_units_are_whole_numbers_and_nothing_else(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "EUR")  # type: ignore[arg-type]


def test_money_prints_with_its_decimals() -> None:
    assert [str(Money(1250, code)) for code in ("EUR", "JPY", "KWD")] == ["12.50 EUR", "1250 JPY", "1.250 KWD"]
