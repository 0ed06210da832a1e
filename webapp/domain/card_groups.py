"""How the digits of a card number are grouped where people write one, and how they are not: as a price and a phone."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

import phonenumbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

LETTER = re.compile(r"[^\W\d_]")
# The lengths of the groups of a printed number, by how many digits it has.
PRINTED: Mapping[int, tuple[tuple[int, ...], ...]] = {
    14: ((4, 6, 4),),
    15: ((4, 6, 5),),
    16: ((4, 4, 4, 4),),
    19: ((4, 4, 4, 4, 3), (6, 13)),
}
# The same where somebody has left gaps out; not 12-4 and 10-5, which are a phone and a price.
JOINED: Mapping[int, tuple[tuple[int, ...], ...]] = {
    14: ((4, 10),),
    15: ((4, 11),),
    16: ((4, 12), (8, 8), (4, 4, 8), (4, 8, 4), (8, 4, 4)),
}
TWO_PHONES = (3,) * 6  # of nine digits each, as in Spain and Poland; no card has 18 in threes
ALONE = 2  # digits of a group that a word may part from the next, each time the same one
BY_HAND = 6  # digits of a group, at most, where somebody groups them without looking at the card
MOST_PHONE = 15  # digits of a phone number (E.164)
SHORTEST = 15  # digits, where the groups are of any sizes
LONGEST_GROUP = 6  # digits of a group, where the groups are of any sizes
DIALLED_0 = re.compile(r"0[1-9]\d{7,10}$")  # a phone as it is dialled in its country, with the 0 before it

IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]{4}){2,7}(?:[ -]?[A-Z\d]{1,3})?\b", re.ASCII | re.IGNORECASE)
# What a program drew or computed: a UUID (RFC 9562), or 16, 20, 24 or 32 bytes in hexadecimal digits, as Meta's app secrets are. Three of ten thousand
# would pass for a card's. One that has letters enough to be no number with a few beside it.
RANDOM = re.compile(
    r"(?<![^\W_])(?=(?:[\d-]*[a-f]){4})"
    r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:[0-9a-f]{8}){4}(?:[0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{32})?)(?![^\W_])",
    re.ASCII | re.IGNORECASE,
)
PAIRS_TWICE = re.compile(r"(?<!\d)0[1-9](?:[ .-]\d\d){4}[ ,;/\n]+0[1-9](?:[ .-]\d\d){4}(?!\d)", re.ASCII)
WRAPPED = re.compile(r"\r?\n")  # where a line ends within a group


def without_others(text: str) -> str:
    """A text of the same length without the digits that are surely others: of random identifiers, of bank accounts, and of two phones one
    behind the other."""
    text = RANDOM.sub(lambda found: "x" * len(found[0]), text)
    for other in (IBAN, PAIRS_TWICE):
        text = other.sub(lambda found: "x" * len(found[0]) if _is_other(found[0]) else found[0], text)
    return text


def _is_other(found: str) -> bool:
    """Phones in pairs are, and accounts whose check digits are right (ISO 13616-1: 97-10 of ISO/IEC 7064)."""
    account = "".join(filter(str.isalnum, found)).upper()
    return account.isdecimal() or int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1


def may_be_one(digits: str, sizes: tuple[int, ...], gaps: Sequence[str], *, abroad: bool) -> bool:
    """Whether digits that pass for a card's by themselves are one's by the sizes of their groups and what is between them. `abroad`: a `+`
    stands before them, which excuses a phone number."""
    if sizes == TWO_PHONES or (abroad and _is_phone(digits)):
        return False
    marks = set(gaps)
    return _is_grouped(sizes, marks) or _is_wrapped(sizes, gaps) or _is_parted(digits, sizes, marks, abroad=abroad)


def _is_grouped(sizes: tuple[int, ...], gaps: Set[str]) -> bool:
    """In one block, as cards are printed, or regularly: one by one, or in groups that are alike with gaps that are alike; of more
    digits than a phone has, also pairs with any gaps. Where words stand in the gaps, as cards are printed, or digits and pairs with the
    same words in each."""
    length = sum(sizes)
    if len(sizes) == 1 or sizes in PRINTED.get(length, ()):
        return True
    regular = sizes[0] <= BY_HAND and set(sizes[:-1]) == {sizes[0]} and sizes[-1] <= sizes[0]
    if any(len(LETTER.findall(gap)) > 1 for gap in gaps):
        return regular and sizes[0] <= ALONE and len(gaps) == 1
    if sizes in JOINED.get(length, ()):
        return not any("+" in gap for gap in gaps)
    return regular and (sizes[0] == 1 or len(gaps) == 1 or (sizes[0] == 2 and length > MOST_PHONE))


def _is_wrapped(sizes: tuple[int, ...], gaps: Sequence[str]) -> bool:
    """As cards are printed, but that lines end within groups."""
    whole = [sizes[0]]
    for gap, size in zip(gaps, sizes[1:], strict=True):
        if WRAPPED.fullmatch(gap):
            whole[-1] += size
        else:
            whole.append(size)
    return len(whole) > 1 and tuple(whole) in PRINTED.get(sum(sizes), ())


def _is_parted(digits: str, sizes: tuple[int, ...], gaps: Set[str], *, abroad: bool) -> bool:
    """In three groups or more of any sizes, with the same marks between all, but for 14 digits (as of a SIRET); and no phone stands at the
    beginning, behind a `+`, or at the end, where it begins with a 0. Many short groups are a phone's, but for some beside three of four."""
    if (
        len(digits) < SHORTEST
        or len(sizes) <= ALONE
        or len(gaps) > 1
        or max(sizes) > LONGEST_GROUP
        or any(map(LETTER.search, gaps))
    ):
        return False
    if sizes.count(4) < 3 and (min(sizes) < ALONE or sum(size <= ALONE for size in sizes) > ALONE):
        return False
    starts = list(accumulate(sizes))[:-1]
    if any(DIALLED_0.match(digits, start) for start in starts):
        return False
    return not (abroad and any(_is_phone(digits[:start]) for start in starts))


def _is_phone(digits: str) -> bool:
    """Whether digits behind a `+` are a phone number, which has 15 at most (E.164)."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False
