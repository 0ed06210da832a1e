"""Amounts as Stripe writes them, for every currency of ISO 4217."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import money
from webapp.domain.errors import Invalid
from webapp.domain.money import Money
from webapp.gateways.stripe_amounts import check, from_stripe, to_stripe

# Copied from https://docs.stripe.com/currencies, not from the module under test.
WHOLE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905 - as the page lists them
HUNDREDFOLD = ["ISK", "UGX"]
THOUSANDTHS = ["BHD", "JOD", "KWD", "OMR", "TND"]


@pytest.mark.parametrize("currency", money.currencies())
def test_ten_units_of_each_currency_are_what_stripes_page_says(currency: str) -> None:
    ten = 10 * 10 ** money.exponent(currency)
    factor = 1 if currency in WHOLE else 1000 if currency in THOUSANDTHS else 100
    if currency not in {*WHOLE, *HUNDREDFOLD, *THOUSANDTHS} and money.exponent(currency) != 2:
        with pytest.raises(Invalid, match=currency) as refused:
            to_stripe(ten, currency)
        assert refused.value.code == "currency_not_chargeable"
    else:
        assert to_stripe(ten, currency) == 10 * factor


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        (1000, "EUR", 1000),
        (500, "JPY", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (1045, "HUF", 1045),
        (80045, "TWD", 80045),
        (500, "MGA", 5),
        (5120, "KWD", 5120),
    ],
)
def test_the_examples_of_stripes_page(amount: int, currency: str, units: int) -> None:
    assert to_stripe(amount, currency) == units
    assert from_stripe(units, currency) == amount


@pytest.mark.parametrize(("amount", "currency"), [(150, "MGA"), (5124, "KWD"), (1, "BHD")])
def test_what_stripe_would_have_to_round_is_refused(amount: int, currency: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_stripe(amount, currency)
    assert refused.value.code == "amount_not_chargeable"


def test_half_a_krona_from_stripe_is_refused_not_rounded() -> None:
    with pytest.raises(Invalid):
        from_stripe(550, "ISK")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        to_stripe(100, "XXX")
    assert refused.value.code == "unknown_currency"


@given(st.sampled_from(money.currencies()), st.integers(0, money.MAXIMUM))
def test_what_stripe_takes_comes_back_as_it_was(currency: str, amount: int) -> None:
    try:
        units = to_stripe(amount, currency)
    except Invalid:
        return
    assert from_stripe(units, currency) == amount


# Of the same page, "Maximum charge amounts", "Card payments": twelve digits.
@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (150_000_000, "IDR"),
        (999_999_999_999, "IDR"),
        (150_000_000, "HUF"),
        (400_000_000, "COP"),
        (999_999_999_999, "EUR"),
        (999_999_999_999, "JPY"),
        (999_999_999_990, "KWD"),
        (9_999_999_999, "ISK"),
    ],
)
def test_what_may_have_twelve_digits_is_left_to_stripe(amount: int, currency: str) -> None:
    check(amount, currency)


def test_more_than_twelve_digits_of_stripe_s_are_refused_with_the_most_that_it_takes() -> None:
    with pytest.raises(Invalid) as refused:
        check(10_000_000_000, "UGX")  # a hundredfold there
    assert (refused.value.code, refused.value.details["limit"]) == ("too_large", Money(9_999_999_999, "UGX"))


# Of the same page, "Minimum charge amount by currency".
@pytest.mark.parametrize(
    ("least", "currency"),
    [(50, "IDR"), (200, "AED"), (50, "KRW"), (17_500, "HUF"), (50, "ZAR"), (1, "ISK"), (10, "KWD")],
)
def test_the_least_of_a_currency_is_taken_and_less_is_not(least: int, currency: str) -> None:
    check(least, currency)
    with pytest.raises(Invalid):
        check(least - 1, currency)
