"""Every way to read a message: the sets of items that use each word exactly once and each role at most once, but for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.whatsapp.grammar.items import NAMED, Item, Items, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS = 4_000

Cover = tuple[Item, ...]


class TooMany(Exception):
    """More possibilities than anybody could mean."""


class Search:
    """A depth-first walk over the items. `steps` counts the work; it never passes `MOST_STEPS`."""

    def __init__(self, items: Items) -> None:
        self.items = items
        self.end = len(items.tokens)
        self.steps = 0
        self._dead: set[tuple[int, frozenset[Role]]] = set()

    def covers(self) -> list[Cover]:
        """Every way that uses each word once, or none. Raises TooMany."""
        return [cover for cover in self._from(0, frozenset()) if _fits(cover)]

    def _from(self, start: int, used: frozenset[Role]) -> Iterator[Cover]:
        if start == self.end:
            yield ()
            return
        if (start, used) in self._dead:
            return
        alive = False
        for item in self.items.at(start):
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise TooMany
            if item.fault or item.role in used:
                continue
            for rest in self._from(item.end, used if item.role is Role.REST else used | {item.role}):
                alive = True
                yield (item, *rest)
        if not alive:
            self._dead.add((start, used))


def _fits(cover: Cover) -> bool:
    """A reference may go without `ORDER=` or `#` only behind a verb that names an order."""
    verb = next((item.value for item in cover if item.role is Role.VERB), None)
    return verb in NAMED or not any(item.bare for item in cover if item.role is Role.REFERENCE)
