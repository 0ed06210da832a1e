"""References of orders: what every door takes for one, and when two of them are the same."""

from __future__ import annotations

import re
import unicodedata

from webapp.domain import characters
from webapp.domain.errors import Invalid

LONGEST = 64  # characters: Lyra's orderId
LONGEST_KEY = 3 * LONGEST  # of one character, casefolding makes three at most
# They say in the chat where a text begins and ends.
QUOTATION_MARKS = '"“”„‟«»‹›「」『』'


def tidy(text: str) -> str:
    """A reference as it is kept. Raises `Invalid`: `reference_too_long`, `bad_reference` (nothing is left, or a quotation mark)."""
    seen = unicodedata.normalize("NFC", " ".join(characters.visible(text).split()))
    if len(seen) > LONGEST:
        raise Invalid("reference_too_long")
    if not seen or not key(seen) or any(mark in seen for mark in QUOTATION_MARKS):
        raise Invalid("bad_reference", reference=seen)
    return seen


def key(text: str) -> str:
    """What tells a reference from others: neither case nor the kind of its digits, dashes and spaces, nor the `#` before it, nor
    punctuation behind its words, all of which people leave out or add."""
    plain = unicodedata.normalize("NFC", re.sub("[\u200c\u200d]", "", characters.plain(text))).casefold()
    return " ".join(re.sub(r"[,;.!:?]+(?=\s|$)", "", plain).removeprefix("#").split())
