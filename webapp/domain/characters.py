"""Characters as people type and paste them, brought to the few that a rule has to know."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
DEEPEST = 30  # levels of JSON that are kept; Meta's messages have about 8


def visible(text: str) -> str:
    """The text without what nobody sees: format characters (bidi marks, zero width) go, controls and every Unicode
    space become a space, half a surrogate pair becomes U+FFFD (it cannot be stored). Deliberately no NFKC, which turns
    `10²` into `102`."""
    return "".join(map(_visible, text))


def plain(text: str) -> str:
    """`visible`, and decimal digits of any script become ASCII, every dash and the minus sign become `-`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain, text))


def printable(text: str) -> str:
    """The text in one line that does nothing to whoever shows it: line ends, control and format characters, and spaces that are not the
    plain one, as Python's escapes (`\\n`, `\\x1b`, `\\u202e`)."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and how much is left out."""
    return text if len(text) <= longest else f"{text[:longest]} … and {len(text) - longest} characters more"


def disturbs(text: str) -> bool:
    """Whether the text has signs that end a line, do something to who shows it, or turn the writing of what stands around it (Unicode
    Standard Annex 9, 2.1 and 2.2); marks of direction, joiners and every letter do not."""
    return any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in TURNING for sign in text)


def is_storable(text: str) -> bool:
    """Whether every database keeps the text: NUL and half a surrogate pair fit in none."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def storable(value: Any, depth: int = 0) -> Any:
    """The same JSON as a database keeps it: U+FFFD for what `is_storable` refuses, nothing for infinite numbers and for what is nested
    without a bottom."""
    if depth > DEEPEST:
        return None
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {storable(key): storable(each, depth + 1) for key, each in value.items()}
        case list():
            return [storable(each, depth + 1) for each in value]
        case float():
            return value if math.isfinite(value) else None
    return value


def fold(word: str) -> str:
    """Case and accents do not matter: `Débiter`, `DEBITER` and `debiter` are one word."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)).casefold()


def odd_digits(text: str) -> str:
    """The first word with a number that is not read the same everywhere: digits of a second script, or a sign such as `²` or `½`;
    empty where there is none."""
    scripts = set()
    for word in text.split():
        for character in word:
            if character.isdecimal():
                scripts.add(ord(character) - unicodedata.decimal(character))
            if len(scripts) > 1 or (character.isnumeric() and not character.isdecimal()):
                return word
    return ""


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cs":
            return "\ufffd"
    return character


def _plain(character: str) -> str:
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd":
            return "-"
    return "-" if character == "\N{MINUS SIGN}" else _visible(character)
