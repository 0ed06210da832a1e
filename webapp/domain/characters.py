"""Characters as people type and paste them, brought to the few that a rule has to know."""

from __future__ import annotations

import unicodedata


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
