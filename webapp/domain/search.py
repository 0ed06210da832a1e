"""Searching orders: one normalised text for each, and what is looked for in it, the same on every database.

A text is words, each behind two spaces: what is looked for with three signs or more may stand anywhere in a word, what is shorter at the
beginning of one, and either is found by trigrams (three signs that follow each other).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.domain import characters
from webapp.domain import phone as phones
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webapp.domain.money import Money

LONGEST = 80  # characters of what is looked for
MOST_WORDS = 8
MOST_OF_NUMBER = 2  # words with digits alone, of which each may be meant by itself: more are a phone, as it is spaced
GRAM = 3
RARE, MOST_RARE = 2, 4  # digits of a trigram that few texts have; how many such trigrams are enough
START = "  "
"""Before each word of a text."""

# Letters that are no other letter with an accent (Unicode Standard, 5.19), as people type them who do not have them.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
NUMBER = re.compile(r"[+(]?[\d\s().+/-]*\d[\d\s().+/-]*")
PRICE = re.compile(r"(?!0\d)\d[\d\s'.,]*[.,]\d+")
IDENTIFIER = re.compile(r"[A-Za-z]{2,8}_[A-Za-z0-9_]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Described:
    """What an order is found by. `phone` is E.164 (or WhatsApp's id of who hides theirs), `price` what is asked, if anything."""

    reference: str
    description: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    last4: str | None = None
    price: Money | None = None


@dataclass(frozen=True)
class Wanted:
    """What is looked for: an order is found by any of `ways`, of which each piece has to stand in its text; or by an `identifier`, which
    begins an id of the gateway's or is the order's own; or by a whole `phone` (E.164), where a buyer has it."""

    ways: tuple[tuple[str, ...], ...]
    identifier: str | None = None
    phone: str | None = None


def normalised(text: str) -> str:
    """The text without case, accents, the kind of its digits, dashes and wide letters, and what nobody sees; words parted by one space."""
    apart = unicodedata.normalize("NFKD", characters.plain(unicodedata.normalize("NFKC", text)).casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(LETTERS)
    return " ".join(unicodedata.normalize("NFC", bare).split())


def text(merchant: str, order: Described) -> str:
    """The text by which the merchant's order is found. It begins with the merchant's `tag`, so that what is common at one shop does not
    slow another's search."""
    numbers = [form.removeprefix("+") for form in phones.forms(order.phone)] if order.phone else []
    price = str(order.price.to_decimal()) if order.price else None
    parts = (order.reference, order.description, order.email, order.name, *numbers, order.last4, price)
    words = [word for part in parts if part for word in normalised(part).split()]
    return tag(merchant) + "".join(f"{START}{word}" for word in dict.fromkeys(words))


def tag(merchant: str) -> str:
    """Three capitals, which no word of a text has, from the merchant's id: two merchants' may be the same."""
    number = int.from_bytes(hashlib.blake2s(merchant.encode(), digest_size=8).digest())
    letters = []
    for _ in range(GRAM):
        number, letter = divmod(number, 26)
        letters.append(chr(ord("A") + letter))
    return "".join(letters)


def wanted(written: str, country: str, prices: Iterable[Money] = ()) -> Wanted | None:
    """What somebody in that country looks for who wrote this; None where nothing is. `prices` are what it may mean as an amount."""
    line = normalised(written[:LONGEST])
    words = line.split()[:MOST_WORDS]
    if not words:
        return None
    ways = [tuple(_piece(word) for word in words)]
    prices = tuple(prices)
    if prices and PRICE.fullmatch(line):
        ways = []
    elif NUMBER.fullmatch(line):
        numbers: list[tuple[str, ...]] = [(number,) for number in _numbers(written, line, country)]
        ways = numbers if numbers and len(words) > MOST_OF_NUMBER else ways + numbers
    ways += [(f"{START}{price.to_decimal()}",) for price in prices]
    typed = written.strip()
    phone = _phone(written, country) if NUMBER.fullmatch(line) else None
    return Wanted(_needed(ways), typed if IDENTIFIER.fullmatch(typed) else None, phone)


def grams(piece: str) -> Sequence[str]:
    """Trigrams of a piece by which texts are looked up: some of those with two digits, which the fewest texts have; else as few as have all its
    signs, but for one of the two spaces where it begins a word."""
    last = len(piece) - GRAM
    first = 1 if piece.startswith(START) and last else 0
    every = [piece[at : at + GRAM] for at in range(first, last + 1)]
    rare = [gram for gram in every if sum(map(str.isdigit, gram)) >= RARE][:MOST_RARE]
    return list(dict.fromkeys(rare or [*every[::GRAM], every[-1]]))


def holds(text: str, wanted: Wanted) -> bool:
    """Whether a text is found."""
    return any(all(piece in text for piece in way) for way in wanted.ways)


def name_of(details: Mapping[str, str] | None) -> str | None:
    """The buyer's name, where they gave one."""
    return (details or {}).get("name")


def _piece(word: str) -> str:
    return word if len(word) >= GRAM else f"{START}{word}"


def _needed(ways: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The ways without those by which nothing is found that another does not find."""
    needed: list[tuple[str, ...]] = []
    for way in sorted(dict.fromkeys(ways), key=lambda way: sum(map(len, way))):
        if not any(all(any(piece in longer for longer in way) for piece in other) for other in needed):
            needed.append(way)
    return tuple(needed)


def _numbers(written: str, line: str, country: str) -> list[str]:
    """The digits of a phone, or of a part of one, as they stand in a text: without what is dialled before them."""
    digits = re.sub(r"\D", "", line.replace("(0)", ""))
    found = [digits, digits.removeprefix("00"), digits.lstrip("0")]
    if phone := _phone(written, country):
        found += [form.removeprefix("+") for form in phones.forms(phone)]
    return [number for number in dict.fromkeys(found) if len(number) >= GRAM]


def _phone(written: str, country: str) -> str | None:
    with contextlib.suppress(Invalid):
        return phones.parse(written, country)
    return None
