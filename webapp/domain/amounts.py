"""Amounts of money as people write them: one reader for all who take them, each with what it accepts.

`spans` is for a text in which an amount is one thing among others (a message of the chat); `in_field` for a field that holds an
amount alone, with its currency beside it (a form, the console).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.domain import characters, currency_names, money, numerals
from webapp.domain.errors import Invalid
from webapp.domain.money import Money
from webapp.domain.numerals import Numeral

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

APOSTROPHES = str.maketrans("’ʼ´", "'''")
# In one word: an optional sign, currency, number, currency: `10`, `€10`, `Rs.350`, `-10€`, `10,-€`, `350/-`, `10€50`.
GLUED = re.compile(
    r"(?P<minus>-?)(?:(?P<before>[^\d\s.,'+-]+)(?P<stop>\.?))?(?P<minus2>-?)"
    r"(?P<number>\d(?:[\d.,'٫]*\d)?)(?P<whole>[.,]-{1,2}|/[-=])?(?P<after>[^\d\s]*)(?P<cents>\d{2})?"
)
MOST_GROUPS = 6  # a bound of the work: six groups of three digits are more than an amount may have
MOST_DECIMALS = 3  # that any money is printed with; `1,0000` is ten thousand to who groups by four
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

    numeral: Numeral
    before: str
    after: str
    negative: bool

    @property
    def alone(self) -> bool:
        """Whether digits may follow in the next word: `1 234`."""
        return not self.after and self.numeral == Numeral(self.numeral.digits) and self.numeral.digits.isdigit()


def spans(words: Sequence[str], default: str, named: Callable[[str], bool]) -> Iterator[Span]:
    """Every amount that begins at the first word: `EUR 1 234,50`, `1 234,50 EUR`, with every number of groups and with or without
    the words after. `words` are as `characters.plain` leaves them. `default` (ISO 4217) is taken where no currency is named;
    `named` tells of a word behind a number whether it is to name a currency, known or not."""
    first = _naming(words, default)
    part = _written(words[first], default) if first < len(words) else None
    if part is None:
        return
    before = (*words[:first], *([part.before] if part.before else []))
    numeral, end, negative = part.numeral, first + 1, part.negative
    while part is not None:
        around = (*before, *([part.after] if part.after else []))
        for length, each, names in _endings(words, end, numeral, around, named, default):
            yield from _spans(length, each, names, default, negative=negative)
        part = _next_group(part, numeral.digits, words[end:], default)
        if part is not None:
            numeral, end = replace(part.numeral, digits=f"{numeral.digits} {part.numeral.digits}"), end + 1


def _endings(
    words: Sequence[str],
    end: int,
    numeral: Numeral,
    around: tuple[str, ...],
    named: Callable[[str], bool],
    default: str,
) -> Iterator[tuple[int, Numeral, tuple[str, ...]]]:
    """The ways to go on behind a number: nothing, a currency (`F CFA`), and then cents."""
    yield end, numeral, around
    word = words[end] if end < len(words) else ""
    zeros = 0 if currency_names.meant(word, default) else numerals.THOUSANDS.get(characters.fold(word), 0)
    if zeros and not numeral.zeros:
        numeral, end = replace(numeral, zeros=zeros), end + 1
        yield end, numeral, around
    behind = _naming(words[end:], default)
    if not behind and end < len(words):  # the code of none, or `$10 MN`, which says which dollar
        behind = int(named(words[end]) or bool(around and currency_names.which(words[end])))
    if behind:
        around, end = (*around, *words[end : end + behind]), end + behind
        yield end, numeral, around
    if around and not numeral.zeros:
        for length, cents, certain in _cents(words, end, around[-1]):
            yield length, replace(numeral, cents=cents, certain=certain), around


def _naming(words: Sequence[str], default: str) -> int:
    """How many of the first words name a currency: `EUR`, `F CFA`, `US dollars`."""
    for one, other in ((words[:1], words[1:2]), (words[1:2], words[:1])):
        if one and other and currency_names.meant(one[0], default) and currency_names.which(other[0]):
            return 2
    return 1 if words and currency_names.meant(words[0], default) else 0


def _cents(words: Sequence[str], at: int, currency: str) -> Iterator[tuple[int, str, bool]]:
    """`50`, `und 50 Cent`: where they end, the cents, and whether a word says that they are some. Behind a code (`5 EUR 12`) another
    number is one of its own."""
    if at < len(words) and characters.fold(words[at]) in currency_names.AND:
        at += 1
    if at < len(words) and re.fullmatch(r"\d{2}", words[at], re.ASCII):
        told = at + 1 < len(words) and characters.fold(words[at + 1]) in currency_names.CENTS
        if told or not currency_names.is_code(currency):
            yield at + 1 + told, words[at], told


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


def _written(word: str, default: str) -> _Written | None:
    """The parts of a word that looks like an amount, None for any other."""
    match = GLUED.fullmatch(word.translate(APOSTROPHES))
    if match is None:
        return None
    if match["stop"] and not _is_shortened(match["before"]):
        return None
    digits, after, zeros, cents = match["number"], match["after"], 0, match["cents"] or ""
    if cents and not (digits.isdigit() and currency_names.meant(after, default)):
        return None  # 10€50: a sign between euros and cents
    sign = next((sign for sign in numerals.THOUSANDS if after.casefold().startswith(sign)), "")
    rest = after[len(sign) :]
    if sign and not currency_names.meant(after, default) and (not rest or currency_names.meant(rest, default)):
        zeros, after = numerals.THOUSANDS[sign], rest
    numeral = Numeral(digits, bool(match["whole"]), zeros, cents)
    return _Written(numeral, match["before"] or "", after, negative=bool(match["minus"] or match["minus2"]))


def _is_shortened(name: str) -> bool:
    """Whether the name of a currency may have a full stop behind it: `Rs.`, `kr.`. Behind a sign it is a decimal one: `$.50`."""
    return unicodedata.category(name[-1]) != "Sc"


def _next_group(part: _Written, digits: str, following: Sequence[str], default: str) -> _Written | None:
    group = _written(following[0], default) if part.alone and following else None
    if group is None or digits.count(" ") + 1 == MOST_GROUPS or group.before or group.negative:
        return None
    return group if numerals.GROUPED.fullmatch(f"{digits} {group.numeral.digits}") else None


def _spans(length: int, numeral: Numeral, named: tuple[str, ...], default: str, *, negative: bool) -> Iterator[Span]:
    if negative:
        yield Span(length, Meant(fault=Fault.NEGATIVE), named)
        return
    for each in meant(numeral, named, default):
        yield Span(length, each, named)


def meant(numeral: Numeral, named: Sequence[str], default: str) -> Iterator[Meant]:
    """Every way to mean a number, with the currencies named beside it."""
    currency = _currency(named, default)
    if isinstance(currency, Fault):
        yield Meant(fault=currency)
        return
    for number in numerals.meant(numeral):
        yield _minor(number.whole, number.decimals, currency, sure=number.sure)


def _currency(named: Sequence[str], default: str) -> str | Fault:
    possible: frozenset[str] | None = None
    for word in named:
        family = currency_names.meant(word, default) or currency_names.which(word)
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
    zeros = len(decimals) > max(places, MOST_DECIMALS) and not decimals.strip("0")
    decimals = decimals.rstrip("0")
    if zeros or len(decimals) > places:
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
    return exact if _tidy(prints(exact)).replace(" ", "") == written.replace(" ", "") else None


def _without(signs: Collection[str], written: str) -> str:
    """The field's text without a sign of its currency at either end."""
    longest_first = sorted((_tidy(sign) for sign in signs), key=len, reverse=True)
    if not longest_first:
        return written
    sign = "|".join(map(re.escape, longest_first))
    before = "|".join(re.escape(each) + r"\.?" * _is_shortened(each) for each in longest_first)
    match = re.fullmatch(rf"(?:(?:{before}) ?)?(.*?)(?: ?(?:{sign}))?", written, re.IGNORECASE)
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
