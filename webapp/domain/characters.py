"""Characters as people type and paste them, brought to the few that a rule has to know."""

from __future__ import annotations

import unicodedata

# Signs of other keyboards for those that rules know. The Arabic thousands separator is never a decimal one, as an apostrophe is not.
SAME = str.maketrans({
    "，": ",", "、": ",", "،": ",", "．": ".", "。": ".", "：": ":", "；": ";", "؛": ";", "！": "!", "／": "/", "٬": "'", "＇": "'",
    "＋": "+", "＝": "=", "＃": "#", "＠": "@", "％": "%", "٪": "%", "（": "(", "）": ")", "＄": "$", "￥": "¥", "￡": "£", "￦": "₩",
    "\N{MINUS SIGN}": "-",
})  # fmt: skip


def visible(text: str) -> str:
    """The text without what nobody sees: format characters (bidi marks, zero width) go, controls and every Unicode
    space become a space, half a surrogate pair becomes U+FFFD (it cannot be stored). Deliberately no NFKC, which turns
    `10²` into `102`."""
    return "".join(map(_visible, text))


def plain(text: str) -> str:
    """`visible`, and decimal digits of any script become ASCII, every dash and the minus sign become `-`, punctuation and signs of
    wide and Arabic keyboards the usual ones. The Arabic decimal separator stays, for it is nothing else."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain, text.translate(SAME)))


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


def _plain(character: str) -> str:
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.decimal(character))
        case "Pd":
            return "-"
    return _visible(character)
