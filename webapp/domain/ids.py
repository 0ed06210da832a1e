"""Identifiers: 131 bits of the system's CSPRNG, so that one cannot be guessed (W3C, Good Practices for Capability URLs)."""

from __future__ import annotations

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTH = 22
UNMISTAKABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(prefix: str) -> str:
    """`ord_4fJ…`: a prefix that says what it names, and 22 letters and digits that a double click selects whole."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def alike(prefix: str, other: str) -> str:
    """`al_4fJ…` for `ord_4fJ…`: what is made once for the other has an id that can be told from it, by whoever has lost the row."""
    return f"{prefix}_{other.partition('_')[2]}"


def invitation() -> str:
    """`7K2M-9QXD-4T8B`: a code that a person copies from a page into a message, 58 bits."""
    signs = "".join(secrets.choice(UNMISTAKABLE) for _ in range(12))
    return "-".join(signs[place : place + 4] for place in range(0, 12, 4))


def reference() -> str:
    """An order reference for people who gave none: six signs, none of which is taken for another when read aloud."""
    return "".join(secrets.choice(UNMISTAKABLE) for _ in range(6))
