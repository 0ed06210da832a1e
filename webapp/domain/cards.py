"""Card numbers in what people write: they must never be kept, so each is taken out where a text comes in (PCI DSS, requirement 3).

What is one is told by three things together: what the schemes issue (leading digits and length), the check digit (ISO/IEC 7812-1,
annex B), and how the digits are grouped. A card's are written as they are printed, in one block, regularly (one by one, in
pairs), or in three groups or more that the same sign parts; a price and a phone behind it are none of these, though one in ten of
them has the check digit.

Not looked for: other numbers than digits spelled out in words (`quarante-deux`); two groups that are as a phone and a price; a number
split over several messages or fields but those of an address, for put together every price and phone would hold one; numbers of fewer
than 14 digits, which hardly any bank issues and phone numbers look like.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from webapp.domain import card_groups, spelled_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HIDDEN = "•••• •••• •••• ••••"
"""What stands in the place of a card number that was taken out of a text."""

SHORTEST, LONGEST = 14, 19
DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))  # the sum of the digits of twice each
DIGITS = re.compile(r"\d+", re.ASCII)
LONG = frozenset(range(16, 20))
# What the schemes issue, by leading digits and length.
ISSUED = (
    (re.compile("4"), frozenset({16, 19})),  # Visa
    (re.compile("[5689]"), LONG),  # Mastercard, Maestro, Discover, UnionPay, RuPay, and schemes of one country
    (re.compile("22(?:2[1-9]|[3-9])|2[3-6]|27(?:[01]|20)"), frozenset({16})),  # Mastercard
    (re.compile("220[0-4]"), LONG),  # Mir
    (re.compile("35(?:2[89]|[3-8])"), LONG),  # JCB
    (re.compile("3(?:0[0-5]|095|[689])"), LONG | {14, 15}),  # Diners
    (re.compile("3[47]"), frozenset({15})),  # American Express
)
BLANK = "\u115f\u1160\u3164\uffa0"  # letters without a width; other signs without one are told by their category
UNSEEN = {"Cf", "Mn", "Me"}
WORDS = 32  # characters between two groups, where words stand there: `4242, then 4242, and at last …`
# Of a string in JSON (RFC 8259, 7), JavaScript and Python, and what JavaScript's `escape` makes (ECMA-262, B.2.1.1).
ESCAPES = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|u\{0*([0-9a-fA-F]{1,4})\}|([\\/\"'])|[nrtbf])"
    r"|%u([0-9a-fA-F]{4})"
)
# Letters that look like a 0 or a 1, in a group of such letters and digits alone: 4OOO, 5l05.
LOOKALIKE = re.compile(r"(?<![^\W_])[\dOoОоΟοlIІӀ]{2,}(?![^\W_])")
DIGIT_OF = str.maketrans("OoОоΟοlIІӀ", "0000001111")
# What stands before the digits of a group and is none of them: the number of a line of a list, and the way abroad of a phone.
BESIDE = re.compile(r"(?<!\S)\(?\d[.):]\)?(?=\s)|(?<![\d.,])00(?=\d)")
DECODED = 3  # times that a text is decoded: %2520 is a space that was encoded twice


def found_in(text: str) -> bool:
    """Whether a card number stands in the text, in whatever digits and with whatever between them; also percent-encoded, and with
    the escapes of JSON and HTML. The place of a number that was taken out counts as one.

    Every stretch of whole groups is looked at, so an expiry date or a security code beside the number hides nothing. One that
    begins with a `+` and is a phone number is none. A long number that passes by chance is taken for a card's: one in ten of
    those that look like one.
    """
    return HIDDEN in text or hidden(text) != text


def hidden(text: str) -> str:
    """The text without the card numbers in it; the very same text where there is none."""
    if len(text) < SHORTEST:
        return text
    kept = _without(text)
    for _ in range(DECODED):
        decoded = _decoded(text)
        if decoded == text:
            break
        text, found = decoded, _without(decoded)
        kept = found if found != decoded else kept
    return kept


def cleaned(value: Any, identifiers: Mapping[str, re.Pattern[str]]) -> Any:
    """A JSON document without the card numbers in its texts, keys and numbers, at whatever depth.

    `identifiers` names fields whose values nobody writes, each with the form that they have: one that has it is left as it is, for
    it is compared with others.
    """
    match value:
        case str():
            return hidden(value)
        case dict():
            return {
                hidden(key): each
                if key in identifiers and isinstance(each, str) and identifiers[key].fullmatch(each)
                else cleaned(each, identifiers)
                for key, each in value.items()
            }
        case list():
            return [cleaned(each, identifiers) for each in value]
        case int() | float():
            return HIDDEN if found_in(str(value)) else value
    return value


def passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B."""
    return (sum(map(int, digits[-1::-2])) + sum(DOUBLED[digit] for digit in digits[-2::-2])) % 10 == 0


def _decoded(text: str) -> str:
    """Once more what it was before a program encoded it for an address, for HTML or as a string of code."""
    if "\\" in text or "%u" in text:
        text = ESCAPES.sub(_unescaped, text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "%" in text:
        text = unquote(text)
    return html.unescape(text) if "&" in text else text


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3] or escape[4] or escape[6]
    return chr(int(code, 16)) if code else escape[5] or " "


def _without(text: str) -> str:
    parts, done = [], 0
    for start, end in _merged(sorted({*_written(text), *_spelled(text)})):
        parts += [text[done:start], HIDDEN]
        done = end
    return "".join((*parts, text[done:])) if parts else text


def _written(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers in digits stand in the text, as it is and as it may be meant."""
    if sum(map(str.isdigit, LOOKALIKE.sub(_looked_through, text))) < SHORTEST:
        return
    plain, places = _plain(text)
    plain = card_groups.without_others(plain)
    beside = BESIDE.sub(lambda found: " +" if found[0] == "00" else " " * len(found[0]), plain)
    alike = LOOKALIKE.sub(_looked_through, plain)
    for reading in {plain, beside, alike}:
        for start, end in _spans(reading):
            yield places[start], places[end - 1] + 1


def _looked_through(found: re.Match[str]) -> str:
    return found[0].translate(DIGIT_OF)


def _spelled(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand whose digits are spelled out."""
    for digits, words in spelled_digits.runs(text, SHORTEST):
        for start in range(len(digits) - SHORTEST + 1):
            for length in range(SHORTEST, min(LONGEST, len(digits) - start) + 1):
                number = digits[start : start + length]
                if passes_luhn(number) and _is_issued(number):
                    yield words[start][0], words[start + length - 1][1]


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text with digits of all kinds as ASCII and without signs that have no width, and the place in the text of each sign. A
    raised or circled digit beside a plain one, which may be a footnote's, is parted from it."""
    if text.isascii():
        return text, range(len(text))
    signs: list[str] = []
    places: list[int] = []
    before = None
    for place, sign in enumerate(text):
        if sign in BLANK or unicodedata.category(sign) in UNSEEN:
            continue
        value = unicodedata.digit(sign, None)
        kind = None if value is None else sign.isdecimal()
        if kind is not None and before is not None and kind != before:
            signs.append(" ")
            places.append(place)
        signs.append(sign if value is None else str(value))
        places.append(place)
        before = kind
    return "".join(signs), places


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _spans(plain: str) -> Iterator[tuple[int, int]]:
    """Where the numbers begin and end, by their beginnings."""
    groups = [(found.start(), found.end()) for found in DIGITS.finditer(plain)]
    digits = "".join(plain[start:end] for start, end in groups)
    offsets = list(accumulate((end - start for start, end in groups), initial=0))
    gaps = [plain[left[1] : right[0]] for left, right in pairwise(groups)]
    ended = list(accumulate((not _goes_on(gap) for gap in gaps), initial=0))
    sums = _sums(digits)
    for first, start in enumerate(offsets[:-1]):
        for last in range(bisect_left(offsets, start + SHORTEST), len(offsets)):
            end = offsets[last]
            if end - start > LONGEST or ended[last - 1] > ended[first]:
                break
            checked = sums[(end - 1) % 2]
            if (checked[end] - checked[start]) % 10 or not _is_issued(number := digits[start:end]):
                continue
            sizes = tuple(right - left for left, right in pairwise(offsets[first : last + 1]))
            between = gaps[first : last - 1]
            left, right = groups[first][0], groups[last - 1][1]
            abroad = plain[left - 1 : left] == "+"
            if card_groups.may_be_one(number, sizes, between, abroad=abroad):
                yield left, right


def _sums(digits: str) -> tuple[Sequence[int], Sequence[int]]:
    """What `passes_luhn` adds up, from the first digit to each place: where the check digit's place is even, and where it is odd. So each of the
    many numbers in a long text costs two looks."""
    values = [(int(digit), DOUBLED[digit]) for digit in digits]
    even, odd = (
        list(accumulate((value[place % 2 != parity] for place, value in enumerate(values)), initial=0))
        for parity in (0, 1)
    )
    return even, odd


def _goes_on(gap: str) -> bool:
    """Whether a number may go on behind this gap: any marks, one letter (`4242x4242`), or a few words."""
    if not card_groups.LETTER.search(gap) or len(gap) == 1:
        return True
    return len(gap) <= WORDS and not card_groups.LETTER.match(gap) and not card_groups.LETTER.match(gap[-1])


def _is_issued(digits: str) -> bool:
    return any(len(digits) in lengths and begins.match(digits) for begins, lengths in ISSUED)
