"""Card numbers in free text: they must never be kept, so a text that holds one is refused (PCI DSS, requirement 3)."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from webapp.domain import characters

if TYPE_CHECKING:
    from collections.abc import Iterator

# Digits, with up to three separators between two groups: `4242 4242 4242 4242`, `4242 - 4242 - …`, `4242.4242.…`, `4242x4242x…`.
RUN = re.compile(r"\+?\d+(?:[ ._/:,;|*x-]{1,3}\d+)*", re.IGNORECASE)

# What the schemes issue, by leading digits and length: Diners, American Express, and the 16 to 19 of all others.
ISSUED = (
    re.compile(r"3(?:0[0-5]|[689])\d+", re.ASCII),
    re.compile(r"3[47]\d+", re.ASCII),
    re.compile(r"[2-689]\d+", re.ASCII),
)
HIDDEN = "•••• •••• •••• ••••"
"""What stands in the place of a card number that was taken out of a text."""

LENGTHS = ({14}, {15}, {16, 17, 18, 19})


def found_in(text: str) -> bool:
    """Whether a run of digits looks like a card number and passes its check digit (ISO/IEC 7812-1, annex B).

    Every stretch of whole groups is looked at, so an expiry date or a security code beside the number hides nothing; none that
    begins with a `+`, which is a phone number with, perhaps, an amount behind it.
    A long number that passes by chance is refused too: one in ten of those that look like a card's. The place of a number
    that was taken out counts as one.
    """
    return HIDDEN in text or any(_holds_card(run[0]) for run in RUN.finditer(_plain(text)))


def hidden(text: str) -> str:
    """The text without the card numbers in it; the very same text where there is none."""
    if not found_in(text):
        return text
    return RUN.sub(lambda run: HIDDEN if _holds_card(run[0]) else run[0], _plain(text))


def _plain(text: str) -> str:
    return " ".join(characters.plain(text).split())


def _holds_card(run: str) -> bool:
    return any(_is_card(digits) for digits in _stretches(run))


def _stretches(run: str) -> Iterator[str]:
    groups = re.findall(r"\d+", run)
    starts = list(accumulate(map(len, groups), initial=0))
    digits = "".join(groups)
    longest = max(max(lengths) for lengths in LENGTHS)
    for first, start in enumerate(starts):
        if first == 0 and run.startswith("+"):
            continue
        for end in starts[first + 1 : first + 1 + longest]:
            if 14 <= end - start <= longest:
                yield digits[start:end]


def _is_card(digits: str) -> bool:
    issued = any(
        len(digits) in lengths and form.fullmatch(digits) for form, lengths in zip(ISSUED, LENGTHS, strict=True)
    )
    return issued and passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
