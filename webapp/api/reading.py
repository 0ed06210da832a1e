"""Bodies in: one JSON object (RFC 8259), and nothing that two programs could read in two ways.

Python's own parser is asked, which says what is wrong and where; what it lets pass is refused here: names that stand twice (RFC 8259, 4: what
becomes of them is unpredictable), NaN and Infinity, text that no database keeps, and card numbers, which this service must never see.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from webapp.domain import cards, characters
from webapp.domain.errors import Invalid

DEEPEST = 8
"""Objects and lists within each other; no body of this API has more than four."""


def document(body: bytes) -> dict[str, Any]:
    """The object of a body. Raises `Invalid`: empty_body, bad_json (`why`), not_an_object, repeated_name (`name`), too_deep, bad_text, card_number."""
    if not body.strip():
        raise Invalid("empty_body")
    try:
        found = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError:
        raise Invalid("too_deep", deepest=DEEPEST) from None
    except json.JSONDecodeError as error:
        raise Invalid("bad_json", why=f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:  # no UTF-8, or a number of thousands of digits
        raise Invalid("bad_json", why="it is not UTF-8, or has a number that is too long") from None
    if not isinstance(found, dict):
        raise Invalid("not_an_object")
    _check(found, 1)
    return found


def plain(text: str) -> None:
    """Raises as `document` does for a text: what else a request holds (its query, its headers) is looked at in the same way."""
    if not characters.is_storable(text):
        raise Invalid("bad_text")
    if cards.found_in(text):
        raise Invalid("card_number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise Invalid("repeated_name", name=cards.hidden(counts.most_common(1)[0][0])[:80])
    return made


def _no_number(name: str) -> NoReturn:
    raise Invalid("bad_json", why=f"{name} is no number of JSON")


def _check(value: Any, depth: int) -> None:
    match value:
        case str():
            plain(value)
        case dict() | list():
            if depth > DEEPEST:
                raise Invalid("too_deep", deepest=DEEPEST)
            for each in (*value, *value.values()) if isinstance(value, dict) else value:
                _check(each, depth + 1)
        case int() | float() if not isinstance(value, bool):
            if cards.found_in(str(value)):
                raise Invalid("card_number")
