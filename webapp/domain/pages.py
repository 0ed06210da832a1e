"""Pages of a list, both ways: where one goes on, and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

Row = TypeVar("Row")
Key = tuple[datetime | int | str, ...]
"""By what a list is sorted, of one row: enough to tell it from every other row, so the id stands last."""


@dataclass(frozen=True)
class Place:
    """Where a page begins: behind the row `after`, or ends: in front of the row `before`. Neither: the first page."""

    after: Key | None = None
    before: Key | None = None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of a page, in the order of the list; `first` and `last` are the keys of its ends."""

    rows: Sequence[Row]
    first: Key | None
    last: Key | None
    has_previous: bool
    has_next: bool
