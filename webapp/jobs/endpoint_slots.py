"""How many callbacks may be on their way to an endpoint at once, so that endpoints that hang leave the others their threads.

Known here alone, of this process's own POSTs: a worker that starts learns it anew, with one POST to each endpoint.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

HANGS = 3.0  # seconds: an answer that takes longer is one of an endpoint that hangs
AGAIN = 10  # quick answers in a row, after which it is trusted again
FORGOTTEN = 3600.0  # seconds after which an endpoint that was told nothing is a new one


class Pace(Enum):
    """How an endpoint answers, as far as is known."""

    NEW = "new"
    QUICK = "quick"
    HANGING = "hanging"


@dataclass
class _Endpoint:
    merchant: str
    pace: Pace = Pace.NEW
    quick: int = 0  # answers in a row
    begun: dict[str, float] = field(default_factory=dict)  # when each POST began that is on its way, by its callback
    told: float = 0.0


class EndpointSlots:
    """Counts what is on its way, of at most `threads`. An endpoint that answers quickly has an eighth of them, one merchant's together
    have half. One that hangs, and one of which nothing is known, has one; all that hang have a quarter, and so have all new ones."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._share, self._merchant, self._few = (max(threads // part, 1) for part in (8, 2, 4))
        self._endpoints: dict[str, _Endpoint] = {}
        self._of_merchant = Counter[str]()
        self._of_pace = Counter[Pace]()

    @property
    def taken(self) -> int:
        """How many callbacks are on their way."""
        return self._of_merchant.total()

    def room(self, endpoint: str, merchant: str) -> int:
        """How many more may go to that endpoint."""
        known = self._endpoints.get(endpoint) or _Endpoint(merchant)
        quick = known.pace is Pace.QUICK
        return max(
            min(
                (self._share if quick else 1) - len(known.begun),
                self._merchant - self._of_merchant[merchant],
                self._threads - self.taken if quick else self._few - self._of_pace[known.pace],
                self._threads - self.taken,
            ),
            0,
        )

    def busy(self) -> list[str]:
        """Endpoints and merchants to which no more may go."""
        full = [name for name, count in self._of_merchant.items() if count >= self._merchant]
        return full + [name for name, known in self._endpoints.items() if not self.room(name, known.merchant)]

    def begin(self, endpoint: str, merchant: str, callback: str) -> None:
        """A callback is on its way."""
        self._forget()
        known = self._endpoints.setdefault(endpoint, _Endpoint(merchant))
        known.begun[callback] = known.told = time.monotonic()
        self._of_merchant[merchant] += 1
        self._of_pace[known.pace] += 1

    def end(self, endpoint: str, callback: str) -> None:
        """It is not any more: what came of it says how the endpoint answers."""
        known = self._endpoints[endpoint]
        hung = time.monotonic() - known.begun[callback] >= HANGS
        self.give_back(endpoint, callback)
        known.quick = 0 if hung else known.quick + 1
        if hung:
            self._turn(known, Pace.HANGING)
        elif known.pace is Pace.NEW or known.quick >= AGAIN:
            self._turn(known, Pace.QUICK)

    def give_back(self, endpoint: str, callback: str) -> None:
        """It was not sent after all."""
        known = self._endpoints[endpoint]
        del known.begun[callback]
        self._of_merchant[known.merchant] -= 1
        self._of_pace[known.pace] -= 1

    def look(self) -> None:
        """See which endpoints keep their callbacks waiting."""
        latest = time.monotonic() - HANGS
        for known in self._endpoints.values():
            if known.begun and known.pace is not Pace.HANGING and min(known.begun.values()) <= latest:
                known.quick = 0
                self._turn(known, Pace.HANGING)

    def _turn(self, known: _Endpoint, pace: Pace) -> None:
        self._of_pace[known.pace] -= len(known.begun)
        known.pace = pace
        self._of_pace[pace] += len(known.begun)

    def _forget(self) -> None:
        """Those that have nothing to be told, when they have become many."""
        if len(self._endpoints) < 10_000:
            return
        latest = time.monotonic() - FORGOTTEN
        old = [name for name, known in self._endpoints.items() if not known.begun and known.told < latest]
        for name in old:
            del self._endpoints[name]
