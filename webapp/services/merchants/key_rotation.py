"""Changing the installation's keys: what still needs a former one, and sealing anew what a former one has sealed (docs/operator/keys.md)."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import merchants, models, sealed
from webapp.services.accounts import operators, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

ROWS = 200  # of one step


@dataclass(frozen=True)
class SealedRows:
    """Of one column: how many rows each key opens, by its number (0: the newest), and how many none does (None)."""

    column: str
    by_key: Counter[int | None]


@dataclass(frozen=True)
class Signed:
    """What a key that signed until some moment is still needed for: sessions, and links of orders that can still be paid."""

    sessions_until: datetime
    open_links: int
    links_until: datetime | None

    @property
    def until(self) -> datetime:
        """When the last of them is over."""
        return max(self.sessions_until, self.links_until or self.sessions_until)


def sealed_rows(context: ServiceContext) -> Iterator[SealedRows]:
    """What each encryption key is still needed for, column by column."""
    for place in sealed.places():
        found: Counter[int | None] = Counter()
        for batch in _batches(context, place):
            found.update(context.sealer.key_of(value) for _, value in batch)
        yield SealedRows(place.name, found)


def signed(context: ServiceContext, until: datetime) -> Signed:
    """What a secret key is still needed for that no process has signed with since `until`."""
    count, last = 0, None
    with context.database.read() as session:
        for merchant in merchants.every(session):
            links = sealed.open_links(session, merchant.id, until)
            count += links.count
            last = max(filter(None, (last, links.until)), default=None)
    return Signed(until + sessions.ABSOLUTE, count, last)


def seal_anew(context: ServiceContext) -> int:
    """Seal with the newest key what a former one has sealed, in small steps; how many rows. What somebody changes meanwhile is theirs,
    and sealed with the newest key too. Harmless to repeat, and to do twice at once. What no key opens stays as it is (`sealed_rows`)."""
    done = sum(_seal_anew(context, place, batch) for place in sealed.places() for batch in _batches(context, place))
    if done:
        log.info("%s rows were sealed anew, with the newest of ENCRYPTION_KEYS", done)
    return done


def _batches(context: ServiceContext, place: sealed.Place) -> Iterator[list[tuple[str, str]]]:
    key = ""
    while True:
        with context.database.read() as session:
            batch = list(sealed.after(session, place, key, ROWS))
        if not batch:
            return
        yield batch
        key = batch[-1][0]


def _seal_anew(context: ServiceContext, place: sealed.Place, batch: list[tuple[str, str]]) -> int:
    new = [(key, value, made) for key, value in batch if (made := context.sealer.sealed_anew(value)) is not None]
    if not new:
        return 0
    with context.database.write() as session:
        done = [key for key, value, made in new if sealed.exchange(session, place, key, value, made)]
        if place.column.table is models.Operator.__table__:
            for key in done:
                operators.blind_anew(session, context, key)
    return len(done)
