"""Numbers as people write amounts of money, in every way that each can be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.domain import money
from webapp.domain.money import Money
from webapp.whatsapp.grammar import words
from webapp.whatsapp.grammar.commands import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# 1234,56 and .5 are not the same: a number begins with a digit. Groups of three by space, apostrophe, comma or point.
PLAIN = re.compile(r"(\d+)(?:[.,](\d+))?")
GROUPED = re.compile(r"([1-9]\d{0,2}(?:([ '.,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](\d+))?")
APOSTROPHES = str.maketrans("’ʼ´", "'''")
# In one word: an optional sign, currency, number, currency: `10`, `€10`, `EUR10.50`, `-10€`, `10€50`.
GLUED = re.compile(
    r"(?P<minus>-?)(?P<before>[^\d\s.,'+-]*)(?P<minus2>-?)(?P<number>\d[\d.,']*)(?P<after>[^\d\s]*)(?P<cents>\d{2})?"
)


@dataclass(frozen=True)
class Meant:
    """One way to mean a number: money, or why it is none. `sure` is False where a separator before three digits could
    have been meant as a decimal one."""

    money: Money | None = None
    fault: Refusal | None = None
    sure: bool = True


@dataclass(frozen=True)
class Written:
    """A word that holds a number, with the currencies written around it."""

    number: str
    before: str
    after: str
    negative: bool

    @property
    def alone(self) -> bool:
        """Whether digits may follow in the next word: `1 234`."""
        return not self.after and self.number.isdigit()


def written(word: str) -> Written | None:
    """The parts of a word that looks like an amount, None for any other."""
    match = GLUED.fullmatch(word.translate(APOSTROPHES))
    if match is None:
        return None
    number, after = match["number"], match["after"]
    if match["cents"]:
        # 10€50: a sign between euros and cents.
        if not number.isdigit() or not words.currencies(after):
            return None
        number += f",{match['cents']}"
    return Written(number, match["before"], after, negative=bool(match["minus"] or match["minus2"]))


def meant(number: str, named: Sequence[str], default: str) -> Iterator[Meant]:
    """Every way to mean a number whose groups are parted by spaces, with the currencies named beside it."""
    currency = _currency(named, default)
    if isinstance(currency, Refusal):
        yield Meant(fault=currency)
        return
    whole = PLAIN.fullmatch(number)
    grouped = GROUPED.fullmatch(number)
    lone = whole is not None and grouped is not None
    if whole and (len(whole[1]) == 1 or not whole[1].startswith("0")):
        yield _minor(whole[1], whole[2] or "", currency, sure=True)
    if grouped:
        yield _minor(re.sub(r"\D", "", grouped[1]), grouped[3] or "", currency, sure=not lone)


def _currency(named: Sequence[str], default: str) -> str | Refusal:
    possible: frozenset[str] | None = None
    for word in named:
        family = words.currencies(word)
        if not family:
            return Refusal.UNKNOWN_CURRENCY
        possible = family if possible is None else possible & family
    if possible is None or default in possible:
        return default
    if len(possible) == 1:
        return min(possible)
    return Refusal.AMBIGUOUS_CURRENCY if possible else Refusal.TWO_CURRENCIES


def _minor(whole: str, decimals: str, currency: str, *, sure: bool) -> Meant:
    places = money.exponent(currency)
    decimals = decimals.rstrip("0")
    if len(decimals) > places:
        return Meant(fault=Refusal.TOO_MANY_DECIMALS, sure=sure)
    amount = int(whole + decimals.ljust(places, "0"))
    if amount > money.MAXIMUM:
        return Meant(fault=Refusal.TOO_LARGE, sure=sure)
    return Meant(Money(amount, currency), sure=sure) if amount else Meant(fault=Refusal.ZERO_AMOUNT, sure=sure)
