"""How many requests of a process may wait for a gateway at once: the others still serve pages, and no shop's buyers take the places
of another's by asking what became of a payment."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING

from webapp.domain.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 0.1  # seconds: who waits longer holds a thread that could show a page


class GatewaySlots:
    """`most` requests in all. A try may have any of them; looks leave one to tries, and those of one merchant half of them to others."""

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._tries = 0
        self._looks: Counter[str] = Counter()

    @contextlib.contextmanager
    def for_try(self) -> Iterator[None]:
        """A place for a try to pay. Raises `Busy`: nothing was started."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._taken() < self._most, PATIENCE):
                raise Busy("too many requests wait for the gateway")
            self._tries += 1
        try:
            yield
        finally:
            with self._changed:
                self._tries -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def for_look(self, merchant: str) -> Iterator[None]:
        """A place for any other call that a buyer's page brings about. Raises `Busy`: nothing was started."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._may_look(merchant), PATIENCE):
                raise Busy("too many requests wait for the gateway")
            self._looks[merchant] += 1
        try:
            yield
        finally:
            with self._changed:
                self._looks[merchant] -= 1
                self._looks += Counter()  # without those of whom none is left
                self._changed.notify_all()

    def _taken(self) -> int:
        return self._tries + self._looks.total()

    def _may_look(self, merchant: str) -> bool:
        rest, half = max(1, self._most - 1), max(1, self._most // 2)
        return self._taken() < self._most and self._looks.total() < rest and self._looks[merchant] < half
