"""Languages: each is whole, and writes amounts and times as its readers do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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
        ("en", "GB", "€1,234.50", "24 Nov 2026, 14:05"),
        ("fr", "FR", "1\u202f234,50\xa0€", "24 nov. 2026, 14:05"),
        ("es", "ES", "1.234,50\xa0€", "24 nov 2026, 14:05"),
        ("de", "DE", "1.234,50\xa0€", "24.11.2026, 14:05"),
        ("it", "IT", "1.234,50\xa0€", "24 nov 2026, 14:05"),
        ("pt", "PT", "1\xa0234,50\xa0€", "24/11/2026, 14:05"),
        ("nl", "NL", "€\xa01.234,50", "24 nov 2026, 14:05"),
        ("he", "IL", "1,234.50\xa0€", "24 בנוב׳ 2026, 14:05"),
        ("ja", "JP", "€1,234.50", "2026/11/24 14:05"),
        ("pl", "PL", "1\xa0234,50\xa0€", "24 lis 2026, 14:05"),
        ("tr", "TR", "€1.234,50", "24 Kas 2026 14:05"),
        ("ar", "EG", "1,234.50\xa0€", "24/11/2026، 2:05 م"),
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
        ("en", "24 Nov 14:05:00"),
        ("fr", "24 nov. 14:05:00"),
        ("tr", "24 Kas 14:05:00"),
        ("pl", "24 lis 14:05:00"),
        ("ja", "11月24日 14:05:00"),
        ("he", "24 בנוב׳ 14:05:00"),
        ("nl", "24 nov 14:05:00"),
        ("pt", "24/11 14:05:00"),
        ("it", "24 nov 14:05:00"),
        ("de", "24. Nov. 14:05:00"),
    ],
)
def test_a_timeline_s_day_and_month_stand_in_the_language_s_order(language: str, clock: str) -> None:
    assert i18n.texts(language, "FR").clock(AT, "Europe/Paris") == clock


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
