"""Pages of a list in the address: where the reader is, and the ways to the pages before and after."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request

from webapp.domain.pages import Key, Page, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 400  # characters of a cursor
Kinds = tuple[type[datetime] | type[int] | type[str], ...]
"""What the parts of a list's key are."""
BIGGEST = 2**63


def place(kinds: Kinds) -> Place:
    """Where this request's address says that the page begins; a cursor that cannot be read is the first page."""
    return Place(read(request.args.get("after", ""), kinds), read(request.args.get("before", ""), kinds))


def links(page: Page[Any], at: str = "") -> tuple[str | None, str | None]:
    """The addresses of the pages before and after this one, with all else that this one's says; None where there is none. `at` is the
    list's path, where this request is for a part of its page."""
    previous = _address(at, "before", page.first) if page.has_previous and page.first else None
    following = _address(at, "after", page.last) if page.has_next and page.last else None
    return previous, following


def cursor(key: Key) -> str:
    """The name of a row's place, for an address."""
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def read(text: str, kinds: Kinds) -> Key | None:
    """The place that a cursor names; None for one that is empty, of another list, or nobody's."""
    if not text or len(text) > LONGEST:
        return None
    try:
        parts = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode())
        if not isinstance(parts, list) or len(parts) != len(kinds):
            return None
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        return None


def _part(part: Any, kind: type[datetime] | type[int] | type[str]) -> datetime | int | str:
    if kind is datetime:
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment.astimezone(UTC)
    if type(part) is not kind or (isinstance(part, int) and abs(part) >= BIGGEST):
        raise ValueError("a part of another kind")
    if isinstance(part, str) and ("\0" in part or not part.isprintable()):
        raise ValueError("a part that no row has")
    return part


def _address(at: str, name: str, key: Key) -> str:
    kept: Sequence[tuple[str, str]] = [
        (each, value) for each, value in request.args.items(multi=True) if each not in {"after", "before", "lang"}
    ]
    return f"{at or request.path}?{urlencode([*kept, (name, cursor(key))])}"
