"""Languages: each is whole, and writes amounts and times as its readers do."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from babel import Locale, localedata
from babel.numbers import get_currency_symbol, get_territory_currencies

from tools import translations
from webapp import i18n
from webapp.domain.money import Money

AT = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c"))  # directions, which are not looked at here


def test_every_catalogue_is_offered_and_every_language_has_one() -> None:
    there = {path.parent.parent.name for path in (translations.ROOT / translations.FOLDER).glob("*/*/messages.po")}
    assert {*i18n.LANGUAGES} == {*there, "en"}
    assert {*i18n.HOMES} == {*i18n.LANGUAGES}


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("iw", "he"),
        ("iw-IL", "he"),
        ("IW_il", "he"),
        ("heb", "he"),
        ("he-Hebr-IL", "he"),
        ("ar-Latn", "ar"),
        ("ar-arz", "ar"),
        ("arb-EG", "ar"),
        ("ara", "ar"),
        ("pt-BR", "pt"),
        ("por", "pt"),
        ("fra-CA", "fr"),
        ("fre", "fr"),
        ("ger-CH", "de"),
        ("de-CH-1996", "de"),
        ("dut", "nl"),
        ("jpn-Jpan", "ja"),
        ("en-GB-oed", "en"),
        *(
            (tag, "none of ours")
            for tag in ("in-ID", "ji", "no", "nb-NO", "zh-Hant-TW", "sh", "tl", "*", "", "-", "x-fr", "frr")
        ),
    ],
)
def test_a_language_is_known_by_its_former_codes_and_its_longer_ones(tag: str, language: str) -> None:
    assert i18n.choose([tag], "none of ours") == language


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_language_calls_itself_as_its_readers_do(language: str) -> None:
    name = i18n.texts(language, i18n.HOMES[language]).locale.display_name or ""
    assert name.casefold().startswith(i18n.NAMES[language].casefold())


@pytest.mark.parametrize(
    ("language", "country", "amount", "moment"),
    [
        ("en", "GB", "€1,234.50", "24 Nov 2026, 14:05\xa0GMT+1"),
        ("fr", "FR", "1\u202f234,50\xa0€", "24 nov. 2026, 14:05\xa0UTC+1"),
        ("es", "ES", "1.234,50\xa0€", "24 nov 2026, 14:05\xa0GMT+1"),
        ("de", "DE", "1.234,50\xa0€", "24.11.2026, 14:05\xa0GMT+1"),
        ("it", "IT", "1.234,50\xa0€", "24 nov 2026, 14:05\xa0GMT+1"),
        ("pt", "PT", "1\xa0234,50\xa0€", "24/11/2026, 14:05\xa0GMT+1"),
        ("nl", "NL", "€\xa01.234,50", "24 nov 2026, 14:05\xa0GMT+1"),
        ("he", "IL", "1,234.50\xa0€", "24 בנוב׳ 2026, 14:05\xa0GMT+1"),
        ("ja", "JP", "€1,234.50", "2026/11/24 14:05\xa0GMT+1"),
        ("pl", "PL", "1\xa0234,50\xa0€", "24 lis 2026, 14:05\xa0GMT+1"),
        ("tr", "TR", "€1.234,50", "24 Kas 2026 14:05\xa0GMT+1"),
        ("ar", "EG", "1,234.50\xa0€", "24/11/2026، 2:05 م\xa0غرينتش+1"),
    ],
)
def test_amounts_and_times_are_written_as_readers_are_used_to(
    language: str, country: str, amount: str, moment: str
) -> None:
    t = i18n.texts(language, country)
    assert t.money(Money(123450, "EUR")).translate(MARKS) == amount
    assert t.moment(AT, "Europe/Paris").translate(MARKS) == moment


@pytest.mark.parametrize(
    ("language", "clock"),
    [
        ("en", "24 Nov 14:05:00\xa0GMT+1"),
        ("fr", "24 nov. 14:05:00\xa0UTC+1"),
        ("tr", "24 Kas 14:05:00\xa0GMT+1"),
        ("pl", "24 lis 14:05:00\xa0GMT+1"),
        ("ja", "11月24日 14:05:00\xa0GMT+1"),
        ("he", "24 בנוב׳ 14:05:00\xa0GMT+1"),
        ("nl", "24 nov 14:05:00\xa0GMT+1"),
        ("pt", "24/11 14:05:00\xa0GMT+1"),
        ("it", "24 nov 14:05:00\xa0GMT+1"),
        ("de", "24. Nov. 14:05:00\xa0GMT+1"),
    ],
)
def test_a_timeline_s_day_and_month_stand_in_the_language_s_order(language: str, clock: str) -> None:
    assert i18n.texts(language, "FR").clock(AT, "Europe/Paris").translate(MARKS) == clock


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_shop_abroad_has_the_formats_of_the_language_s_home(language: str) -> None:
    home = i18n.texts(language, i18n.HOMES[language])
    abroad = i18n.texts(language, "KR")
    assert (abroad.money(Money(123450, "EUR")), abroad.moment(AT, "UTC")) == (
        home.money(Money(123450, "EUR")),
        home.moment(AT, "UTC"),
    )


def test_scripts_that_run_from_the_right_turn_the_page_round() -> None:
    assert {language for language in i18n.LANGUAGES if i18n.texts(language, "FR").direction == "rtl"} == {"ar", "he"}


@pytest.mark.parametrize(
    ("country", "language"),
    [("DE", "de"), ("AT", "de"), ("BR", "pt"), ("IL", "he"), ("JP", "ja"), ("BE", "nl"), ("EG", "ar"), ("SE", None)],
)
def test_a_phone_s_country_hints_at_a_language_that_there_is(country: str, language: str | None) -> None:
    assert i18n.of_country(country) == language


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [(["pt-BR", "en"], "pt"), (["sv", "nl-BE"], "nl"), ([None, "he_IL"], "he"), (["sv"], "en"), ([], "en")],
)
def test_the_first_language_that_there_is_is_taken(wanted: list[str | None], chosen: str) -> None:
    assert i18n.choose(wanted) == chosen


def test_a_brazilian_shop_writes_portuguese_as_brazil_does() -> None:
    assert i18n.texts("pt", "BR").money(Money(123450, "BRL")) == "R$\xa01.234,50"
    assert i18n.texts("pt", "FR").money(Money(123450, "EUR")) == "1\xa0234,50\xa0€"


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("America/New_York", "24 Nov 2026, 08:05\xa0GMT-5"),
        ("Asia/Kolkata", "24 Nov 2026, 18:35\xa0GMT+5:30"),
        ("America/St_Johns", "24 Nov 2026, 09:35\xa0GMT-3:30"),
        ("UTC", "24 Nov 2026, 13:05\xa0GMT"),
        ("Pacific/Auckland", "25 Nov 2026, 02:05\xa0GMT+13"),
    ],
)
def test_every_moment_says_its_zone(zone: str, moment: str) -> None:
    t = i18n.texts("en", "GB")
    assert t.moment(AT, zone) == moment
    hour, said = moment.split(", ")[1].split("\xa0")
    assert t.hour(AT, zone) == f"{hour}\xa0{said}"
    assert t.clock(AT, zone).endswith(f" {hour}:00\xa0{said}")


def test_a_zone_is_that_of_its_day() -> None:
    """Paris is an hour further in summer."""
    assert i18n.texts("en", "GB").hour(datetime(2026, 7, 1, 12, tzinfo=UTC), "Europe/Paris") == "14:00\xa0GMT+2"


@pytest.mark.parametrize(
    ("currency", "shop", "reader", "language", "written"),
    [
        ("AUD", "AU", "US", "en", "$1,234.50 AUD"),
        ("USD", "US", "AU", "en", "$1,234.50 USD"),
        ("USD", "US", "JP", "ja", "$1,234.50 USD"),
        ("USD", "US", "DE", "de", "1.234,50 $ USD"),
        ("USD", "US", "IL", "he", "1,234.50 $ USD"),
        ("USD", "US", "CA", "en", "$1,234.50 USD"),
        ("CAD", "CA", "US", "en", "$1,234.50 CAD"),
        ("SEK", "SE", "NO", "en", "1 234,50 kr SEK"),
        ("DKK", "DK", "SE", "en", "1.234,50 kr. DKK"),
        ("GBP", "GB", "EG", "en", "£1,234.50 GBP"),
        ("CNY", "JP", "CN", "ja", "元 1,234.50"),
        ("MXN", "MX", "US", "es", "$1,234.50 MXN"),
        ("AUD", "AU", "AU", "en", "$1,234.50"),  # at home
        ("AUD", "AU", None, "en", "$1,234.50"),
        ("AUD", "FR", "US", "fr", "1 234,50 $AU"),  # says which dollar already
        ("EUR", "FR", "US", "en", "1 234,50 €"),  # there is one euro
        ("USD", "AU", "US", "en", "USD 1,234.50"),
    ],
)
def test_a_reader_abroad_is_told_the_currency_where_many_share_the_sign(
    currency: str, shop: str, reader: str | None, language: str, written: str
) -> None:
    said = i18n.texts(language, shop, reader).money(Money(123450, currency)).translate(MARKS)
    assert " ".join(said.split()) == written


@pytest.mark.slow
def test_the_signs_that_currencies_share_are_those_of_cldr() -> None:
    found: dict[str, set[str]] = {}
    for name in localedata.locale_identifiers():
        locale = Locale.parse(name)
        if locale.territory and len(locale.territory) == 2:
            for currency in get_territory_currencies(locale.territory, tender=True):
                sign = unicodedata.normalize("NFKC", get_currency_symbol(currency, locale)).rstrip(".")
                found.setdefault(sign, set()).add(currency)
    assert {sign for sign, currencies in found.items() if len(currencies) > 1} == i18n.SHARED_SIGNS
