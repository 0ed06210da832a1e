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
