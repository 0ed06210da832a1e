"""Characters as people type and paste them, brought to the few that a rule has to know."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
DEEPEST = 30  # levels of JSON that are kept; Meta's messages have about 8

# Joiners show how letters are tied: Persian کوچه‌ی, Sinhala ශ්‍රී, 👩‍🍳. Elsewhere nobody sees them, and they hide words from rules.
ZWNJ, ZWJ = "\u200c", "\u200d"
VIRAMA = 9  # the canonical combining class of the sign that ties consonants of Indic scripts
# Flags of regions (England's) are a black flag and invisible letters; nothing else is written with those.
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
ARROWS = {"\u2194", "\u2195"}  # in sequences of emoji; mathematical signs otherwise

# Signs of other keyboards for those that rules know. The Arabic thousands separator is never a decimal one, as an apostrophe is not.
SAME = str.maketrans({
    "，": ",", "、": ",", "،": ",", "．": ".", "。": ".", "：": ":", "；": ";", "؛": ";", "！": "!", "／": "/", "٬": "'", "＇": "'",
    "＋": "+", "＝": "=", "＃": "#", "＠": "@", "％": "%", "٪": "%", "（": "(", "）": ")", "＄": "$", "￥": "¥", "￡": "£", "￦": "₩",
    "\N{MINUS SIGN}": "-",
})  # fmt: skip


def visible(text: str) -> str:
    """The text without what nobody sees: format characters (bidi marks, zero width) go but for the joiners that words and emoji are
    written with, controls and every Unicode space become a space, half a surrogate pair becomes U+FFFD (it cannot be stored).
    Deliberately no NFKC, which turns `10²` into `102`."""
    if text.isascii() and text.isprintable():
        return text
    flags = [match.span() for match in FLAG.finditer(text)]
    seen = [
        each if _ties(each) or any(start < at < end for start, end in flags) else _visible(each)
        for at, each in enumerate(text)
    ]
    return _tied("".join(seen))


def plain(text: str) -> str:
    """`visible`, and decimal digits of any script become ASCII, every dash and the minus sign become `-`, punctuation and signs of
    wide and Arabic keyboards the usual ones. The Arabic decimal separator stays, for it is nothing else."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain, visible(text).translate(SAME)))


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
    """The first word with a number that is not read the same everywhere: digits of two scripts in it, a sign such as `²` or `½`, or
    ideographs alone; empty where there is none. `1万` is a number as it is printed on prices."""
    return next(filter(_odd, text.split()), "")


def _odd(word: str) -> bool:
    scripts = {ord(each) - unicodedata.decimal(each) for each in word if each.isdecimal()}
    signs = any(each.isnumeric() and unicodedata.category(each) in {"No", "Nl"} for each in word)
    return len(scripts) > 1 or signs or (word.isnumeric() and not scripts)


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cs":
            return "\ufffd"
    return character


def _ties(character: str) -> bool:
    return character in {ZWNJ, ZWJ}


def _tied(text: str) -> str:
    """Without joiners that tie nothing."""
    if ZWNJ not in text and ZWJ not in text:
        return text
    last = len(text) - 1
    return "".join(
        each
        for at, each in enumerate(text)
        if not _ties(each) or (at > 0 and _joins(text[at - 1], each, text[at + 1] if at < last else " "))
    )


def _joins(before: str, joiner: str, after: str) -> bool:
    """Whether a joiner stands where words are written with one (RFC 5892, appendix A.1 and A.2), or between emoji."""
    if unicodedata.combining(before) == VIRAMA:
        return not _ties(after)
    if unicodedata.combining(after) == VIRAMA:
        return unicodedata.category(before).startswith(("L", "M"))
    if joiner == ZWJ and _pictures(before) and (_pictures(after) or after in ARROWS):
        return True
    # Arabic letters tie to their neighbours; signs of vowels may stand between.
    return unicodedata.bidirectional(after) == "AL" and unicodedata.bidirectional(before) in {"AL", "NSM"}


def _pictures(character: str) -> bool:
    skin = "\U0001f3fb" <= character <= "\U0001f3ff"
    return skin or character == "\ufe0f" or unicodedata.category(character) == "So"


def _plain(character: str) -> str:
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd":
            return "-"
    return character
