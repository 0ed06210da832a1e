"""Amounts of money as people write them: one reader for all who take them, each with what it accepts.

`spans` is for a text in which an amount is one thing among others (a message of the chat); `in_field` for a field that holds an
amount alone, with its currency beside it (a form, the console).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.domain import characters, currency_names, money
from webapp.domain.errors import Invalid
from webapp.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

# 1234,56 and .5 are not the same: a number begins with a digit. Groups of three by space, apostrophe, comma or point.
PLAIN = re.compile(r"(\d+)(?:[.,](\d+))?")
GROUPED = re.compile(r"([1-9]\d{0,2}(?:([ '.,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d+))?")
APOSTROPHES = str.maketrans("’ʼ´", "'''")
# In one word: an optional sign, currency, number, currency: `10`, `€10`, `EUR10.50`, `-10€`, `10€50`.
GLUED = re.compile(
    r"(?P<minus>-?)(?P<before>[^\d\s.,'+-]*)(?P<minus2>-?)(?P<number>\d[\d.,']*)(?P<after>[^\d\s]*)(?P<cents>\d{2})?"
)
MOST_GROUPS = 6  # a bound of the work: six groups of three digits are more than an amount may have
LONGEST_FIELD = 40  # characters
PUNCTUATION = ",;.!:"


class Fault(StrEnum):
    """Why a number is no amount."""

    BAD_AMOUNT = "bad_amount"
    TOO_MANY_DECIMALS = "too_many_decimals"
    ZERO_AMOUNT = "zero_amount"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    UNKNOWN_CURRENCY = "unknown_currency"
    AMBIGUOUS_CURRENCY = "ambiguous_currency"
    TWO_CURRENCIES = "two_currencies"
    NOT_FIELD_CURRENCY = "not_field_currency"


@dataclass(frozen=True)
class Meant:
    """One way to mean a number: money, or why it is none. `sure` is False where a separator before three digits could
    have been meant as a decimal one."""

    money: Money | None = None
    fault: Fault | None = None
    sure: bool = True


@dataclass(frozen=True)
class Span:
    """The first `length` words as an amount, one way to mean it, and the words and signs that name its currency."""

    length: int
    meant: Meant
    named: tuple[str, ...]


@dataclass(frozen=True)
class _Written:
    """A word that holds a number, with the currencies written around it."""

    number: str
    before: str
    after: str
    negative: bool

    @property
    def alone(self) -> bool:
        """Whether digits may follow in the next word: `1 234`."""
        return not self.after and self.number.isdigit()


def spans(words: Sequence[str], default: str, named: Callable[[str], bool]) -> Iterator[Span]:
    """Every amount that begins at the first word: `EUR 1 234,50`, `1 234,50 EUR`, with every number of groups and with or without
    the word after. `words` are as `characters.plain` leaves them. `default` (ISO 4217) is taken where no currency is named;
    `named` tells of a word behind a number whether it is to name a currency, known or not."""
    first = 1 if len(words) > 1 and currency_names.meant(words[0]) else 0
    part = _written(words[first]) if words else None
    if part is None:
        return
    before = (*words[:first], *([part.before] if part.before else []))
    number, end, negative = part.number, first + 1, part.negative
    while part is not None:
        around = (*before, *([part.after] if part.after else []))
        yield from _spans(end, number, around, default, negative=negative)
        if end < len(words) and named(words[end]):
            yield from _spans(end + 1, number, (*around, words[end]), default, negative=negative)
        part = _next_group(part, number, words[end:])
        number, end = f"{number} {part.number}" if part else number, end + 1


def in_field(
    text: str, currency: str, *, signs: Collection[str] = (), prints: Callable[[Money], str] | None = None
) -> Money:
    """The amount typed into a field whose currency (ISO 4217) stands beside it, and may be written with it: `12,50`, `€12.50`,
    `1 234,56 EUR`. `signs`: what else the currency is written as. `prints`: as whoever types is shown amounts; what is typed
    exactly so, its currency included, is that amount, also where a separator alone could be meant in two ways (`KWD 12.500`).

    Raises `Invalid`: `ambiguous` where two amounts could be meant, or where one is perhaps not meant (`1,250 JPY`), with `readings`
    (a tuple of Money); `not_field_currency`; else another `Fault`.
    """
    written = _tidy(text)
    if len(written) > LONGEST_FIELD or characters.odd_digits(text):
        raise Invalid(Fault.BAD_AMOUNT)
    printed = _as_printed(written, currency, prints) if prints else None
    if printed is not None:
        return printed
    words = _without(signs, written).split()
    found = [span for span in spans(words, currency, _any_word) if span.length == len(words)]
    readings = {span.meant.money: span.meant.sure for span in found if span.meant.money is not None}
    if not readings:
        raise Invalid(_complaint(found))
    if any(each.currency != currency for each in readings):
        raise Invalid(Fault.NOT_FIELD_CURRENCY)
    if len(readings) > 1 or not all(readings.values()):
        raise Invalid("ambiguous", readings=tuple(readings))
    return next(iter(readings))


def _written(word: str) -> _Written | None:
    """The parts of a word that looks like an amount, None for any other."""
    match = GLUED.fullmatch(word.translate(APOSTROPHES))
    if match is None:
        return None
    number, after = match["number"], match["after"]
    if match["cents"]:
        # 10€50: a sign between euros and cents.
        if not number.isdigit() or not currency_names.meant(after):
            return None
        number += f",{match['cents']}"
    return _Written(number, match["before"], after, negative=bool(match["minus"] or match["minus2"]))


def _next_group(part: _Written, number: str, following: Sequence[str]) -> _Written | None:
    group = _written(following[0]) if part.alone and following else None
    if group is None or number.count(" ") + 1 == MOST_GROUPS or group.before or group.negative:
        return None
    return group if GROUPED.fullmatch(f"{number} {group.number}") else None


def _spans(length: int, number: str, named: tuple[str, ...], default: str, *, negative: bool) -> Iterator[Span]:
    if negative:
        yield Span(length, Meant(fault=Fault.NEGATIVE), named)
        return
    for each in meant(number, named, default):
        yield Span(length, each, named)


def meant(number: str, named: Sequence[str], default: str) -> Iterator[Meant]:
    """Every way to mean a number whose groups are parted by spaces, with the currencies named beside it."""
    currency = _currency(named, default)
    if isinstance(currency, Fault):
        yield Meant(fault=currency)
        return
    whole = PLAIN.fullmatch(number)
    grouped = GROUPED.fullmatch(number)
    lone = whole is not None and grouped is not None
    if whole and (len(whole[1]) == 1 or not whole[1].startswith("0")):
        yield _minor(whole[1], whole[2] or "", currency, sure=True)
    if grouped:
        yield _minor(re.sub(r"\D", "", grouped[1]), grouped[3] or "", currency, sure=not lone)


def _currency(named: Sequence[str], default: str) -> str | Fault:
    possible: frozenset[str] | None = None
    for word in named:
        family = currency_names.meant(word)
        if not family:
            return Fault.UNKNOWN_CURRENCY
        possible = family if possible is None else possible & family
    if possible is None or default in possible:
        return default
    if len(possible) == 1:
        return min(possible)
    return Fault.AMBIGUOUS_CURRENCY if possible else Fault.TWO_CURRENCIES


def _minor(whole: str, decimals: str, currency: str, *, sure: bool) -> Meant:
    places = money.exponent(currency)
    decimals = decimals.rstrip("0")
    if len(decimals) > places:
        return Meant(fault=Fault.TOO_MANY_DECIMALS, sure=sure)
    amount = int(whole + decimals.ljust(places, "0"))
    if amount > money.MAXIMUM:
        return Meant(fault=Fault.TOO_LARGE, sure=sure)
    return Meant(Money(amount, currency), sure=sure) if amount else Meant(fault=Fault.ZERO_AMOUNT, sure=sure)


def _tidy(text: str) -> str:
    """One line of what is seen, each space a plain one, without the punctuation that ends it."""
    return " ".join(characters.plain(text).split()).rstrip(PUNCTUATION)


def _as_printed(written: str, currency: str, prints: Callable[[Money], str]) -> Money | None:
    """Printed amounts have all decimals of their currency: their digits are its minor units."""
    digits = int(re.sub(r"\D", "", written) or 0)
    if not 0 < digits <= money.MAXIMUM:
        return None
    exact = Money(digits, currency)
    return exact if _tidy(prints(exact)) == written else None


def _without(signs: Collection[str], written: str) -> str:
    """The field's text without a sign of its currency at either end."""
    longest_first = sorted((_tidy(sign) for sign in signs), key=len, reverse=True)
    if not longest_first:
        return written
    sign = "|".join(map(re.escape, longest_first))
    match = re.fullmatch(rf"(?:(?:{sign}) ?)?(.*?)(?: ?(?:{sign}))?", written, re.IGNORECASE)
    return match[1] if match else written


def _any_word(_word: str) -> bool:
    return True


def _complaint(found: Sequence[Span]) -> Fault:
    """What to say of a text that is no amount in any way."""
    for span in found:
        match span.meant.fault:
            case Fault.AMBIGUOUS_CURRENCY | Fault.TWO_CURRENCIES:
                return Fault.NOT_FIELD_CURRENCY
            case Fault.UNKNOWN_CURRENCY:
                signs = any(unicodedata.category(sign) == "Sc" for name in span.named for sign in name)
                return Fault.NOT_FIELD_CURRENCY if signs else Fault.BAD_AMOUNT
            case Fault() as fault:
                return fault
    return Fault.BAD_AMOUNT
