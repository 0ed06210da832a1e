"""Amounts in a field whose currency stands beside it; how the chat reads them is in tests/whatsapp/test_grammar*.py."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import i18n
from webapp.domain import amounts, cards, money
from webapp.domain.errors import Invalid
from webapp.domain.money import MAXIMUM, Money

# Decimals: two, none, three, four. Signs: of one, of many, words, other scripts.
CURRENCIES = (
    *("EUR", "USD", "GBP", "JPY", "KWD", "CHF", "CAD", "AUD", "INR", "BRL", "PLN", "TRY"),
    *("ILS", "SEK", "AED", "MAD", "XOF", "CNY", "MXN", "DKK", "CLF", "ISK"),
)
AMOUNTS = (1, 50, 99, 100, 1000, 1250, 12_500, 100_000, 123_456, 1_234_567, 123_456_789, MAXIMUM)
READERS = [(language, i18n.HOMES[language]) for language in i18n.LANGUAGES] + [
    ("en", "IN"), ("en", "US"), ("en", "CA"), ("en", "CH"), ("en", "ZA"), ("fr", "CA"), ("fr", "CH"), ("de", "AT"),
    ("de", "CH"), ("es", "MX"), ("es", "CL"), ("pt", "BR"), ("ar", "MA"), ("ar", "AE"), ("it", "CH"), ("nl", "BE"),
]  # fmt: skip


def read(text: str, currency: str, language: str = "en", country: str = "GB") -> Money | str:
    """What a form reads, or the code with which it refuses."""
    t = i18n.texts(language, country)
    try:
        return amounts.in_field(text, currency, signs=i18n.signs(currency, country), prints=t.money)
    except Invalid as error:
        return error.code


@pytest.mark.parametrize(("language", "country"), READERS)
def test_what_is_printed_is_read(language: str, country: str) -> None:
    t = i18n.texts(language, country)
    for currency, amount in product(CURRENCIES, AMOUNTS):
        price = Money(amount, currency)
        assert read(t.money(price), currency, language, country) == price, t.money(price)


@pytest.mark.parametrize(("language", "country"), READERS)
def test_what_is_printed_in_another_language_is_read_or_asked_about_and_never_misread(
    language: str, country: str
) -> None:
    for (printed, home), currency, amount in product(READERS[:12], CURRENCIES, AMOUNTS):
        price = Money(amount, currency)
        found = read(i18n.texts(printed, home).money(price), currency, language, country)
        assert found in (price, "ambiguous")
        if money.exponent(currency) == 2:
            assert found == price, (printed, price)


@given(
    st.sampled_from(READERS),
    st.sampled_from(money.currencies()),
    st.integers(1, MAXIMUM),
    st.sampled_from(["{}", " {} ", "{}.", "\u200f{}", "{}\u00a0"]),
)
def test_every_currency_that_is_printed_is_read(
    reader: tuple[str, str], currency: str, amount: int, around: str
) -> None:
    price = Money(amount, currency)
    assert read(around.format(i18n.texts(*reader).money(price)), currency, *reader) == price


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("12,50", "EUR", 1250),
        ("12.50", "EUR", 1250),
        ("12,5", "EUR", 1250),
        ("12", "EUR", 1200),
        ("12,50 €", "EUR", 1250),
        ("12,50\u00a0€", "EUR", 1250),
        ("12,50\u202f€", "EUR", 1250),
        ("€12.50", "EUR", 1250),
        ("€ 12.50", "EUR", 1250),
        ("EUR 12.50", "EUR", 1250),
        ("12.50 eur", "EUR", 1250),
        ("12.50EUR", "EUR", 1250),
        ("12,50 euros", "EUR", 1250),
        ("12€50", "EUR", 1250),
        ("1 234,56", "EUR", 123_456),
        ("1\u202f234,56\u00a0€", "EUR", 123_456),
        ("1.234,56", "EUR", 123_456),
        ("1,234.56", "EUR", 123_456),
        ("1’234.50", "CHF", 123_450),
        ("1 234 567", "EUR", 123_456_700),
        ("12.", "EUR", 1200),
        ("\u0661\u0662", "EUR", 1200),
        ("$12.50", "USD", 1250),
        ("$12.50", "CAD", 1250),
        ("US$12.50", "USD", 1250),
        ("12,50 $US", "USD", 1250),
        ("12,50 $ca", "CAD", 1250),
        ("12 kr", "SEK", 1200),
        ("12 د.إ.", "AED", 1200),
        ("12,50 zł", "PLN", 1250),
        ("￥1250", "JPY", 1250),
        ("1250 F CFA", "XOF", 1250),
        ("JP¥1,250", "JPY", 1250),
        ("KWD12.500", "KWD", 12_500),
        ("10,- €", "EUR", 1000),
        ("CHF 12.–", "CHF", 1200),
        ("10 € 50 cents", "EUR", 1050),
        ("1000円", "JPY", 1000),
        ("100 TL", "TRY", 10_000),
        ("Rs. 500/-", "INR", 50_000),
        ("1,00,000", "INR", 10_000_000),
        ("\u0661\u0660\u066b\u0665", "AED", 1050),
        ("\u0661\u066c\u0662\u0665\u0660", "AED", 125_000),
        ("\uff11\uff0c\uff12\uff13\uff14\uff0e\uff15", "EUR", 123_450),
    ],
)
def test_an_amount_is_read_with_or_without_its_own_currency(text: str, currency: str, expected: int) -> None:
    assert read(text, currency) == Money(expected, currency)


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("", "EUR", "bad_amount"),
        (".", "EUR", "bad_amount"),
        ("€", "EUR", "bad_amount"),
        (",50", "EUR", "bad_amount"),
        ("$.50", "USD", "bad_amount"),
        ("US$.50", "USD", "bad_amount"),
        ("€.50", "EUR", "bad_amount"),
        ("12,5050", "EUR", "too_many_decimals"),
        ("1,0000", "JPY", "too_many_decimals"),
        ("1,0000", "EUR", "too_many_decimals"),
        ("12.5", "JPY", "too_many_decimals"),
        ("1e5", "EUR", "bad_amount"),
        ("1e-999999999", "EUR", "bad_amount"),
        ("12 A12", "EUR", "bad_amount"),
        ("12 pizzas", "EUR", "bad_amount"),
        ("12 50", "EUR", "bad_amount"),
        ("12, 50", "EUR", "bad_amount"),
        ("1 23 456", "EUR", "bad_amount"),
        ("1.234.56", "EUR", "bad_amount"),
        ("012", "EUR", "bad_amount"),
        ("+12", "EUR", "bad_amount"),
        ("12+1", "EUR", "bad_amount"),
        ("10²", "EUR", "bad_amount"),
        ("½", "EUR", "bad_amount"),
        ("1\u0662", "EUR", "bad_amount"),
        ("12 XYZ", "EUR", "bad_amount"),
        ("4242 4242 4242 4242", "EUR", "bad_amount"),
        ("0", "EUR", "zero_amount"),
        ("0,00 €", "EUR", "zero_amount"),
        ("-12", "EUR", "negative"),
        ("\u221212,50 €", "EUR", "negative"),
        ("€-12", "EUR", "negative"),
        ("10000000000.00", "EUR", "too_large"),
        ("1.250", "EUR", "ambiguous"),
        ("€1.250", "EUR", "ambiguous"),
        ("1,250", "JPY", "ambiguous"),
        ("12.500", "KWD", "ambiguous"),
        ("KWD 12,500", "KWD", "ambiguous"),
        ("12,50 USD", "EUR", "not_field_currency"),
        ("$12.50", "EUR", "not_field_currency"),
        ("US$12.50", "CAD", "not_field_currency"),
        ("12,50 $US", "EUR", "not_field_currency"),
        ("£12", "EUR", "not_field_currency"),
        ("12 kr", "EUR", "not_field_currency"),
        ("€12 USD", "EUR", "not_field_currency"),
        ("12 EUR USD", "EUR", "bad_amount"),
        ("15 mil", "EUR", "ambiguous"),
        ("10 € 50", "EUR", "ambiguous"),
        ("10-", "EUR", "bad_amount"),
        ("1,00,00", "INR", "bad_amount"),
        ("￥12", "EUR", "not_field_currency"),
        ("R$ 12", "ZAR", "not_field_currency"),
        ("CN¥12", "JPY", "not_field_currency"),
    ],
)
def test_what_is_no_amount_in_the_field_s_currency_is_refused(text: str, currency: str, code: str) -> None:
    assert read(text, currency) == code


def test_both_amounts_that_could_be_meant_are_told() -> None:
    with pytest.raises(Invalid) as raised:
        amounts.in_field("1.250", "EUR")
    assert raised.value.details["readings"] == (Money(125, "EUR"), Money(125_000, "EUR"))


def test_no_longer_text_is_looked_at_than_a_field_takes() -> None:
    assert amounts.in_field("1" + " EUR".rjust(80), "EUR") == Money(100, "EUR")  # spaces are no text
    with pytest.raises(Invalid) as raised:
        amounts.in_field("9" * 41, "EUR")
    assert raised.value.code == "bad_amount"


@given(st.text(max_size=60), st.sampled_from(money.currencies()))
def test_any_text_is_an_amount_of_the_field_s_currency_or_refused(text: str, currency: str) -> None:
    found = read(text, currency)
    if isinstance(found, Money):
        assert found.currency == currency
        assert found.amount > 0
        assert not cards.found_in(text)
    else:
        assert found in {*amounts.Fault, "ambiguous"}
