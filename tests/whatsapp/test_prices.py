"""Prices as the languages of every country print them (CLDR), which shops copy from a till or another program."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import format_currency, get_territory_currencies

from webapp.domain import money
from webapp.domain.money import Money
from webapp.whatsapp import grammar

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREAD = {"Bs.S"}  # Venezuela's of before


def prices() -> Iterator[tuple[grammar.Context, str, Money]]:
    """12.50 (12, where prices have no decimals) in each official language of each country."""
    for country, languages in sorted(get_global("territory_languages").items()):
        currency = (get_territory_currencies(country) or [""])[-1]
        for language in languages:
            if not money.known(currency) or not languages[language].get("official_status"):
                continue
            try:
                locale = Locale.parse(f"{language}_{country}")
            except (UnknownLocaleError, ValueError):
                continue
            cash = (
                Decimal("12.50") if "5" in format_currency(Decimal("12.50"), currency, locale=locale) else Decimal(12)
            )
            minor = int(cash.scaleb(money.exponent(currency)))
            yield (
                grammar.Context(country, currency),
                format_currency(cash, currency, locale=locale),
                Money(minor, currency),
            )


def test_prices_of_every_country_are_read_as_they_are_printed() -> None:
    found, wrong, refused = Counter[str](), [], []
    for context, text, price in prices():
        match grammar.read(text, context):
            case grammar.CreateOrder(amount=amount):
                found["read"] += amount == price
                if amount != price:
                    wrong.append((context.region, text, str(amount)))
            case grammar.Ambiguous(readings):
                found["asked"] += any(getattr(each, "amount", None) == price for each in readings)
            case _ if not any(sign in text for sign in UNREAD):
                refused.append((context.region, text))
    assert wrong == []
    assert refused == []
    assert found["read"] >= 400
