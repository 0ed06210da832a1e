"""Amounts as Stripe writes them, for every currency of ISO 4217."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import money
from webapp.domain.errors import Invalid
from webapp.gateways.stripe_amounts import from_stripe, to_stripe

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
