"""Numbers as people write them, before they are money: which digits are whole and which are decimals, and how sure that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The Arabic decimal separator is nothing else; a comma or a point may also part groups.
DECIMAL = ".,\N{ARABIC DECIMAL SEPARATOR}"
# 1234,56 and .5 are not the same: a number begins with a digit. Groups of three by space, apostrophe, comma or point.
PLAIN = re.compile(rf"(\d+)(?:[{DECIMAL}](\d+)|'(\d{{2}}))?")
GROUPED = re.compile(rf"([1-9]\d{{0,2}}(?:([ '.,])\d{{3}})(?:\2\d{{3}})*)(?:(?!\2)[{DECIMAL}](\d+))?")
# 1,00,000: lakhs and crores, as India groups.
LAKHS = re.compile(r"([1-9]\d?(?:,\d{2})+,\d{3})(?:\.(\d+))?")
# Words and signs that multiply: `15 mil`, `50k`, `1万円`, `2 lakh`. How many zeros each adds.
THOUSANDS = {"k": 3, "mil": 3, "tys": 3, "bin": 3, "rb": 3, "ribu": 3, "lakh": 5, "lakhs": 5, "万": 4}


@dataclass(frozen=True)
class Numeral:
    """The digits of a number, its groups parted as they were written. `whole`: written so that no decimals can follow (`10,-`);
    `zeros` are added by a word behind (`15 mil`); `cents` stand behind the currency (`10 € 50`), and are certain if a word says so."""

    digits: str
    whole: bool = False
    zeros: int = 0
    cents: str = ""
    certain: bool = True


@dataclass(frozen=True)
class Number:
    """One way to mean a numeral: its digits before and behind the decimal mark. `sure` is False where it may not be meant so."""

    whole: str
    decimals: str = ""
    sure: bool = True


def meant(numeral: Numeral) -> Iterator[Number]:
    """Every way to mean a numeral; none for what is no number."""
    for number in _written(numeral):
        if numeral.cents:
            if not number.decimals:
                yield Number(number.whole, numeral.cents, number.sure and numeral.certain)
        elif numeral.zeros:
            # Nobody writes a price so in every country: it is asked about.
            if len(number.decimals) <= numeral.zeros:
                yield Number((number.whole + number.decimals.ljust(numeral.zeros, "0")).lstrip("0") or "0", sure=False)
        else:
            yield number


def _written(numeral: Numeral) -> Iterator[Number]:
    lakhs = LAKHS.fullmatch(numeral.digits)
    if lakhs:
        yield Number(lakhs[1].replace(",", ""), lakhs[2] or "")
        return
    plain, grouped = PLAIN.fullmatch(numeral.digits), GROUPED.fullmatch(numeral.digits)
    lone = plain is not None and grouped is not None
    if plain and not (lone and numeral.whole) and (len(plain[1]) == 1 or not plain[1].startswith("0")):
        yield Number(plain[1], plain[2] or plain[3] or "")
    if grouped:
        digits = re.sub(r"\D", "", grouped[1])
        yield Number(digits, grouped[3] or "", sure=not lone or numeral.whole)
