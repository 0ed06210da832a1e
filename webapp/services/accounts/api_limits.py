"""How often a key of the API may be used: so many requests a minute, whichever processes answer them.

The count is in the database. A process takes a part of it at a time and spends that by itself, so that reading stays reading; what it has taken
and not spent when the minute is over is lost to others, one part of sixty at most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.db import limits
from webapp.services.runtime.budgets import Budget

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext

WINDOW = timedelta(minutes=1)
PARTS = 60


class Kind(StrEnum):
    """What is counted: requests that change nothing, and those that do."""

    READ = "read"
    WRITE = "write"


MOST = {Kind.READ: 6_000, Kind.WRITE: 3_000}
"""In each window, which begins with the first of them."""


@dataclass(frozen=True)
class Allowance:
    """Whether the request may be answered (`allowed`), how many are `remaining` of `limit` in this window, and how many seconds it lasts still."""

    limit: int
    remaining: int
    reset_seconds: int
    allowed: bool


def take(context: ServiceContext, key_id: str, kind: Kind) -> Allowance:
    """Count one more request by that key. Raises `Unavailable`."""
    name, now, most = f"api:{kind}:{key_id}", context.now(), MOST[kind]
    while (found := context.budgets.spend(name, now)) is None:
        with context.database.write() as session:
            counted = limits.count(session, name, now, WINDOW, most // PARTS)
        before = counted.count - most // PARTS
        mine = max(0, min(most // PARTS, most - before))
        context.budgets.add(name, Budget(counted.until, mine, max(0, most - counted.count)))
    left, allowed = found
    return Allowance(most, left.mine + left.shared, _seconds(left.until - now), allowed)


def _seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))
