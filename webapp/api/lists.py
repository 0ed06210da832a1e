"""Lists: a page, and a cursor to the next one.

A cursor names the last row of a page by what the list is sorted by, so what comes or goes meanwhile neither repeats a row nor hides one, and the
last page is read as fast as the first. It is opaque: nothing but its own list reads it, and another merchant's shows nothing of that merchant.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from webapp.api.fields import Part
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row")
IDENTITY = re.compile(r"[A-Za-z0-9_]{1,40}", re.ASCII)
Place = tuple[datetime, str]
"""Where a list goes on: a row's moment, and its id, for many rows may be of one instant."""


class Page(Part):
    """The part of a list that is asked for; a list with filters inherits from it."""

    limit: int = Field(20, ge=1, le=100, description="How many, at most.")
    after: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")

    @property
    def place(self) -> Place | None:
        """Where to go on. Raises `Invalid` (bad_cursor)."""
        return read(self.after)


def page(found: Sequence[Row], limit: int, place: Callable[[Row], Place]) -> tuple[Sequence[Row], str | None]:
    """The rows of a page, and the cursor to the next one, if there is one; `found` is one row more than `limit`, where there are as many."""
    rows = found[:limit]
    return rows, cursor(place(rows[-1])) if len(found) > limit else None


def cursor(place: Place) -> str:
    """The name of a place, for who goes on there."""
    moment, identity = place
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), identity]).encode()).decode().rstrip("=")


def read(given: str | None) -> Place | None:
    """Where a list goes on. Raises `Invalid` (bad_cursor)."""
    if given is None:
        return None
    try:
        padded = given + "=" * (-len(given) % 4)
        moment, identity = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
        place = datetime.fromisoformat(moment).astimezone(UTC), identity
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise Invalid("bad_cursor") from None
    if not isinstance(identity, str) or not IDENTITY.fullmatch(identity) or cursor(place) != given:
        raise Invalid("bad_cursor")
    return place
