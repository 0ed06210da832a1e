"""Languages, catalogues and formats: one module for pages and for chat texts alike.

Texts are written in English in the code and translated by `webapp/translations/<language>/LC_MESSAGES/messages.po`. Formats come from
CLDR with the full locale, because a bare `en` gives American dates.
"""

from __future__ import annotations

import copy
import functools
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, get_date_format, get_time_format
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from babel.support import NullTranslations, Translations
from flask_babel import Babel

from webapp.domain import money
from webapp.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from babel.numbers import NumberPattern
    from flask import Flask

# Each language by its own name, in the order of the page's switch, and where it is at home: the formats of a country that writes
# another language are taken from there.
NAMES = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
    "de": "Deutsch",
    "it": "Italiano",
    "pt": "Português",
    "nl": "Nederlands",
    "he": "עברית",
    "ja": "日本語",
    "pl": "Polski",
    "tr": "Türkçe",
}
HOMES = {
    "en": "GB",
    "fr": "FR",
    "es": "ES",
    "ar": "EG",
    "de": "DE",
    "it": "IT",
    "pt": "PT",
    "nl": "NL",
    "he": "IL",
    "ja": "JP",
    "pl": "PL",
    "tr": "TR",
}
LANGUAGES = tuple(NAMES)
COUNTRY = re.compile(r"(?!EU|EZ|QO|UN|X[AB]|ZZ)[A-Z]{2}")  # not CLDR's groups of countries, and no made-up ones
TRANSLATIONS = Path(__file__).parent / "translations"
# Signs that more than one currency is written with where it is at home (CLDR), their full stops and their width left out.
SHARED_SIGNS = frozenset({"$", "£", "¥", "kr", "Rs", "Br", "K", "L"})


@dataclass(frozen=True)
class Texts:
    """Words and formats of one language, as somebody in `country`, the shop's, writes them. `reader` is the country of who reads them, where
    it is known: somebody abroad reads a sign that many currencies share as that of their own."""

    language: str
    country: str
    reader: str | None = None

    @property
    def locale(self) -> Locale:
        return _locale(self.language, self.country)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    def gettext(self, message: str, **values: object) -> str:
        """The text in this language, its `%(name)s` places filled."""
        text = str(_catalogue(self.language).ugettext(message))
        if not values:
            return text
        return text % {name: self.apart(value) if isinstance(value, str) else value for name, value in values.items()}

    def apart(self, value: str) -> str:
        """A value as it is to stand within this language's words. In those from the right, marks around what runs from the left keep
        it in one piece, where `+33 6` would be shown as `6 33+` (Unicode's UAX 9). Marks and no isolates, which a chat does not
        take, see `whatsapp/messages`; none at a link, which they would become a part of."""
        if self.direction == "ltr" or not value or "://" in value:
            return value
        strong = (way for way in map(unicodedata.bidirectional, value) if way in {"L", "R", "AL"})
        return f"\u200f\u200e{value}\u200e\u200f" if next(strong, "L") == "L" else value

    def money(self, price: Money) -> str:
        """`€10.00`, `10,00 €`: with the decimals of ISO 4217, which differ from CLDR's for some currencies; `$10.00 AUD` to a reader abroad."""
        written = _written(self.locale, price)
        abroad = self.reader not in {None, self.country}
        return f"{written}\u00a0{price.currency}" if abroad and _is_shared(self.locale, price.currency) else written

    def decimal(self, amount: Decimal, currency: str) -> str:
        """A price finer than its currency's coins, as messages have: `€0.0412`."""
        return str(format_currency(amount, currency, locale=self.locale, decimal_quantization=False))

    def number(self, count: int) -> str:
        """A whole number, grouped as the reader's language does: `12,345`, `12 345`."""
        return self.apart(format_decimal(count, locale=self.locale))

    def ratio(self, value: float) -> str:
        """A number with one decimal, as the reader writes it: `4.5`, `4,5`."""
        return str(format_decimal(value, "0.0", locale=self.locale))

    def percent(self, hundredths: int) -> str:
        """A rate in hundredths of a percent: `5.5%`, `5,5 %`."""
        return format_percent(Decimal(hundredths) / 10_000, locale=self.locale, decimal_quantization=False)

    def share(self, part: float) -> str:
        """A part of a whole (1.0), without decimals: `42%`, `42 %`."""
        return str(format_percent(part, locale=self.locale))

    def short_day(self, day: date) -> str:
        """A day of a calendar, short: `24 Nov 2026`."""
        return str(format_date(day, "medium", locale=self.locale))

    def moment(self, at: datetime, zone: str) -> str:
        """Date and time of day in the merchant's time zone, which is named: `24 Nov 2026, 14:05 GMT+1`."""
        local = at.astimezone(ZoneInfo(zone))
        return _zoned(
            self, _both(self).format(_clock(self, local.hour, local.minute), _date(self, local.date())), local
        )

    def language_name(self, code: str) -> str:
        """What another of our languages is called in this one: `inglés`."""
        return str(self.locale.languages.get(code) or NAMES[code])

    def countries(self) -> list[tuple[str, str]]:
        """Every country by its code (ISO 3166) and its name, in the order of the names."""
        named = ((code, name) for code, name in self.locale.territories.items() if COUNTRY.fullmatch(code))
        return sorted(named, key=lambda each: unicodedata.normalize("NFD", each[1]).casefold())

    def clock(self, at: datetime, zone: str) -> str:
        """Day, month and time of day, without the year and with seconds, and the zone: for a timeline."""
        local = at.astimezone(ZoneInfo(zone))
        return _zoned(self, f"{format_skeleton('MMMd', local, locale=self.locale)} {local:%H:%M:%S}", local)

    def hour(self, at: datetime, zone: str) -> str:
        """The time of day in the merchant's time zone: `14:05 GMT+1`."""
        local = at.astimezone(ZoneInfo(zone))
        return _zoned(self, _clock(self, local.hour, local.minute), local)

    def day(self, at: datetime, zone: str) -> str:
        """A date in words, in the merchant's time zone."""
        return format_date(at.astimezone(ZoneInfo(zone)).date(), "long", locale=self.locale)


def texts(language: str | None, country: str, reader: str | None = None) -> Texts:
    """Words in `language`, or in English where there is no such catalogue, for a reader in that country (ISO 3166)."""
    return Texts(language if language in LANGUAGES else "en", country, reader)


def choose(wanted: Iterable[str | None], fallback: str = "en") -> str:
    """The first of the wanted languages that there is; `fr-CA` counts as `fr`, and so do `fra` and `iw` as what they are called today."""
    return next((language for tag in wanted if (language := _language(tag or "")) in LANGUAGES), fallback)


def _language(tag: str) -> str:
    """The language of a tag (BCP 47) by its present code: CLDR knows the former and the longer ones, and the one that stands for a macrolanguage."""
    code = re.split(r"[-_]", tag.strip(), maxsplit=1)[0].lower()
    present: str = get_global("language_aliases").get(code, code)
    return present.partition("_")[0]


@functools.cache
def signs(currency: str, country: str) -> frozenset[str]:
    """What a currency (ISO 4217) is written as in the prices of every language, in `country` and where the language is at home."""
    locales = {_locale(language, place) for language in LANGUAGES for place in (country, HOMES[language])}
    return frozenset(get_currency_symbol(currency, locale) for locale in locales)


@functools.cache
def of_country(country: str) -> str | None:
    """The language that most people of a country (ISO 3166 alpha-2) read, by CLDR's likely subtags; None if it is not ours."""
    try:
        language = Locale.parse(f"und_{country}").language
    except (UnknownLocaleError, ValueError):
        return None
    return language if language in LANGUAGES else None


def bind(app: Flask, current: Callable[[], Texts]) -> None:
    """Give templates `_`, `ngettext` and {% trans %} in the language of the request, which `current` tells."""
    Babel(app, default_translation_directories=str(TRANSLATIONS), locale_selector=lambda: str(current().locale))


@functools.cache
def _locale(language: str, country: str) -> Locale:
    for territory in (country, HOMES[language]):
        try:
            return Locale.parse(f"{language}_{territory}")
        except UnknownLocaleError:
            continue
    return Locale(language)


# What CLDR says is looked up once: looking it up costs more than writing a price by it. Hours and days are few, and
# a price is asked for again and again: by its page, whoever waits there, and everybody else at the shop.


@functools.cache
def _price(locale: Locale, currency: str) -> NumberPattern:
    pattern: NumberPattern = copy.copy(locale.currency_formats["standard"])
    decimals, sign = money.exponent(currency), get_currency_symbol(currency, locale)
    pattern.frac_prec = (decimals, decimals)
    before, after = f"{sign}{_gap(sign[-1])}", f"{_gap(sign[0])}{sign}"
    (plus, minus), (after_plus, after_minus) = pattern.prefix, pattern.suffix
    pattern.prefix = _signed(plus, "¤$", before), _signed(minus, "¤$", before)
    pattern.suffix = _signed(after_plus, "^¤", after), _signed(after_minus, "^¤", after)
    return pattern


def _signed(affix: str, beside_figure: str, sign: str) -> str:
    """What stands before or behind the figures, with the sign in its place: `sign` where it is next to them."""
    return re.sub(beside_figure, sign, affix).replace("¤", sign.strip("\u00a0"))


def _gap(edge: str) -> str:
    """What stands between a sign's edge and a figure next to it: letters are kept apart (CLDR, currencySpacing)."""
    return "" if unicodedata.category(edge)[0] in "SZ" else "\u00a0"


@functools.lru_cache(maxsize=4096)
def _written(locale: Locale, price: Money) -> str:
    return str(_price(locale, price.currency).apply(price.to_decimal(), locale))


@functools.cache
def _is_shared(locale: Locale, currency: str) -> bool:
    """Whether the sign stands for several currencies."""
    sign = unicodedata.normalize("NFKC", get_currency_symbol(currency, locale))
    return sign.rstrip(".") in SHARED_SIGNS


def _zoned(t: Texts, said: str, at: datetime) -> str:
    """A time in words with its zone behind it."""
    offset = at.utcoffset() or timedelta()
    return f"{said}\u00a0{_offset(t, int(offset.total_seconds()) // 60)}"


@functools.lru_cache(maxsize=512)
def _offset(t: Texts, minutes: int) -> str:
    """CLDR's short localised form of a distance to Greenwich, in minutes: `GMT+1`, `UTC+5:30`. Names of zones (`EST`) are known at home only."""
    hours, rest = divmod(abs(minutes), 60)
    distance = f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}" if minutes else ""
    mark = "\u200e" if distance and t.direction == "rtl" else ""  # the sign stays before its figure
    return str(t.locale.zone_formats["gmt"] % f"{mark}{distance}")


@functools.cache
def _both(t: Texts) -> str:
    return str(t.locale.datetime_formats["medium"])


@functools.lru_cache(maxsize=4096)
def _clock(t: Texts, hour: int, minute: int) -> str:
    return get_time_format("short", t.locale).apply(time(hour, minute), t.locale)


@functools.lru_cache(maxsize=4096)
def _date(t: Texts, day: date) -> str:
    return get_date_format("medium", t.locale).apply(day, t.locale)


@functools.cache
def _catalogue(language: str) -> Any:
    found = Translations.load(TRANSLATIONS, [language])
    return found if isinstance(found, Translations) else NullTranslations()
