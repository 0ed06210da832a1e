"""What is left of a document (JSON) when the person in it is erased: what is known to be no person's. Members that are not known here go, so
that one which comes later goes too until it is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDS = {"alias", "attempt", "callback", "message", "refund"}
_CODES = {"code", "currency", "elsewhere", "failed", "over", "reason", "standing", "to", "was", "why"}
EVENT = frozenset({*_IDS, *_CODES, "amount", "card", "number", "refunded", "tries", "until"})
"""Members of a timeline's line (`OrderEvent.data`): ids, amounts, codes and the card as it may be shown. Not `detail`, `here` and `there`, which
are sentences."""
CALLBACK = frozenset(
    {
        *("order", "reference", "state", "action", "amount", "currency", "captured", "refunded", "tax_rate", "card"),
        *("alias", "consent", "charged_alias", "capture_before", "dispute", "channel", "return_url"),
    }
)
"""Members of a callback's `data`."""
PARTS = {
    "buyer": frozenset(),
    "message": frozenset({"id", "channel", "purpose"}),
    "refund": frozenset({"id", "amount", "currency", "state", "requested_by", "created_at"}),
}
"""Members of those that have a part of a person in them. They keep their shape, which receivers read."""
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:+-]{0,63}")
"""A code, an id, a time: no sentence, no address, no phone."""


def event(data: Mapping[str, Any]) -> dict[str, Any]:
    """A line of a timeline without what may be a person's."""
    return {name: value for name, value in data.items() if name in EVENT and (name == "card" or _is_word(value))}


def callback(document: Mapping[str, Any]) -> dict[str, Any]:
    """A callback's document in its own shape, with nothing in the place of what may be a person's."""
    data = document.get("data")
    told = (
        {name: value if name in CALLBACK else _emptied(name, value) for name, value in data.items()} if data else data
    )
    return {**document, "data": told}


def _emptied(name: str, value: Any) -> Any:
    match value:
        case dict() if name in PARTS:
            return {each: told if each in PARTS[name] else None for each, told in value.items()}
        case dict():
            return {}
        case list():
            return []
    return None


def _is_word(value: Any) -> bool:
    return not isinstance(value, str | dict | list) or (isinstance(value, str) and _WORD.fullmatch(value) is not None)
