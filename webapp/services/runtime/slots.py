"""How many requests of a process may do at once what takes long: the others still serve pages, and no shop takes the places of another."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING

from webapp.domain.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BRIEFLY = 0.1  # seconds: who waits longer holds a thread that could show a page
PATIENCE = (
    4.0  # seconds: by far longer than a gateway takes for a payment, and what a buyer waits for without giving up
)


class GatewaySlots:
    """Of requests that wait for a gateway: `most` in all. A try may have any of them; looks leave one to tries, and those of one merchant half of them to others.

    Of the tries that find no place, `waiting` wait some seconds for one; whoever comes while they do is turned away after a moment.
    """

    def __init__(self, most: int = 4, waiting: int = 0, patience: float = PATIENCE) -> None:
        self._most, self._waiting, self._patience = most, waiting, patience
        self._changed = threading.Condition()
        self._tries = 0
        self._looks: Counter[str] = Counter()

    @classmethod
    def of_threads(cls, threads: int, most: int | None = None) -> GatewaySlots:
        """As a process of so many threads has them, three quarters of these unless said: one thread at least neither waits for the gateway
        nor for a place, and shows pages."""
        most = min(most or threads * 3 // 4, threads - 1)
        return cls(max(1, most), max(0, threads - 1 - most))

    @contextlib.contextmanager
    def for_try(self) -> Iterator[None]:
        """A place for a try to pay. Raises `Busy`: nothing was started."""
        with self._changed:
            self._wait_for_a_place()
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
            if not self._changed.wait_for(lambda: self._may_look(merchant), BRIEFLY):
                raise Busy("too many requests wait for the gateway")
            self._looks[merchant] += 1
        try:
            yield
        finally:
            with self._changed:
                self._looks[merchant] -= 1
                self._looks += Counter()  # without those of whom none is left
                self._changed.notify_all()

    def _wait_for_a_place(self) -> None:
        may_wait = self._waiting > 0
        self._waiting -= may_wait
        try:
            if not self._changed.wait_for(lambda: self._taken() < self._most, self._patience if may_wait else BRIEFLY):
                raise Busy("too many requests wait for the gateway")
        finally:
            self._waiting += may_wait

    def _taken(self) -> int:
        return self._tries + self._looks.total()

    def _may_look(self, merchant: str) -> bool:
        rest, half = max(1, self._most - 1), max(1, self._most // 2)
        return self._taken() < self._most and self._looks.total() < rest and self._looks[merchant] < half


class ExportSlots:
    """Of answers that are written while they are read, for as long as whoever reads them takes: `most` in all, and one of a merchant's."""

    def __init__(self, most: int = 2) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._merchants: set[str] = set()

    def take(self, merchant: str) -> Callable[[], None]:
        """A place, and what gives it back, however often that is called. Raises `Busy`: nothing was started."""
        with self._lock:
            if merchant in self._merchants or len(self._merchants) >= self._most:
                raise Busy("as many exports as may be are being read")
            self._merchants.add(merchant)
        mine = [merchant]

        def give_back() -> None:
            with self._lock:
                while mine:
                    self._merchants.discard(mine.pop())

        return give_back
