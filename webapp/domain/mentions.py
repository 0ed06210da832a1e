"""Whether a text or a document names a person: their phone in any way of writing it, their addresses, or words that are known to be about them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

import phonenumbers

from webapp.domain import characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORTEST = 3  # signs of a word that says anything
SHORTEST_NUMBER = 6  # digits
_BETWEEN = r"[\s().\-/\u00a0\u202f]{0,3}"  # digits of a phone
_WAMID = re.compile(r"wamid\.([A-Za-z0-9+/=_-]+)")


class Mentions:
    """`phones` are E.164 or WhatsApp's digits, `words` whatever else tells who somebody is: found in any case, as whole words."""

    def __init__(self, phones: Iterable[str], words: Iterable[str]) -> None:
        numbers = {number for phone in phones for number in _numbers(phone)}
        texts = {" ".join(characters.plain(word).casefold().split()) for word in words}
        parts = [_BETWEEN.join(number) + r"(?!\d)" for number in sorted(numbers)]
        parts += [
            rf"(?<!\w){re.escape(text)}(?!\w)".replace(r"\ ", r"\s+") for text in sorted(texts) if len(text) >= SHORTEST
        ]
        self._found = re.compile("|".join(parts)) if parts else None

    def within(self, *values: Any) -> bool:
        """Whether any of them, texts or documents, names the person."""
        return self._found is not None and any(self._found.search(text) for value in values for text in _texts(value))


def _numbers(phone: str) -> Iterator[str]:
    """What is the same in all ways to write a number: its digits without the country's, and all of them for one that is no phone's."""
    try:
        number = str(phonenumbers.parse(f"+{phone.removeprefix('+')}").national_number)
    except phonenumbers.NumberParseException:
        number = phone.removeprefix("+")
    if len(number) >= SHORTEST_NUMBER and number.isdecimal():
        yield number


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, each in value.items():
                yield from _texts(name)
                yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)
        case str():
            yield characters.plain(value).casefold()
            yield from map(_decoded, _WAMID.findall(value))


def _decoded(wamid: str) -> str:
    """A message's id at WhatsApp, in which the phone stands in base64."""
    try:
        return base64.b64decode(
            wamid + "=" * (-len(wamid) % 4), altchars=b"-_" if set(wamid) & set("-_") else None
        ).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""
