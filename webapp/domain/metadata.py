"""What an order backend keeps with an order for itself: names and texts, kept and given back as they came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.domain import cards, characters
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 20
KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
LONGEST = 500  # characters of a value


def checked(given: Mapping[str, object]) -> dict[str, str]:
    """The same, as it is kept. Raises `Invalid`: `bad_metadata`, `card_number`; `field` is then where (`metadata.KEY`)."""
    if len(given) > MOST:
        raise Invalid("bad_metadata", f"metadata has {len(given)} keys, and at most {MOST} are kept", field="metadata")
    return {_key(key): _value(key, value) for key, value in given.items()}


def _key(key: str) -> str:
    if not KEY.fullmatch(key):
        name = characters.printable(characters.cut(key, 40))
        message = f"the key “{name}” of metadata is not 1 to 40 of the characters A-Z a-z 0-9 _ . -"
        raise Invalid("bad_metadata", message if not cards.found_in(key) else "", field="metadata")
    if cards.found_in(key):
        raise Invalid("card_number", "a key of metadata holds a card number", field="metadata")
    return key


def _value(key: str, value: object) -> str:
    field = f"metadata.{key}"
    if not isinstance(value, str):
        raise Invalid("bad_metadata", f"{field} is not a text", field=field)
    if len(value) > LONGEST:
        raise Invalid("bad_metadata", f"{field} is longer than {LONGEST} characters", field=field)
    if not characters.is_storable(value):
        raise Invalid("bad_metadata", f"{field} holds NUL or half a character", field=field)
    if cards.found_in(value):
        raise Invalid("card_number", f"{field} holds a card number, which is kept nowhere", field=field)
    return value
