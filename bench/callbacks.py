"""How fast callbacks are written, each in the transaction of its order's change, and delivered, by one worker's thread to an order backend that
answers from memory.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from bench import databases
from tests.kit import BUYER
from tests.machine.shop import SHOP, Arena, Mortal
from webapp.db import models, work
from webapp.domain.actions import Action
from webapp.domain.actors import CLOCK
from webapp.domain.money import Money
from webapp.jobs import queues
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.services.runtime.context import ServiceContext

TITLE = "callbacks written and delivered per second, one at a time"
COUNT = 300
LEASE = timedelta(seconds=60)
DELIVERED = next(kind for kind in queues.QUEUES if kind.model is models.Callback)


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each database."""
    yield "", "written/s", "delivered/s"
    with databases.each() as found:
        for name, url in found:
            arena = Arena(Mortal(url))
            context, _ = arena.begin(lambda _deed: None)
            yield name, f"{COUNT / _written(context):.0f}", f"{COUNT / _delivered(context.acting_as(CLOCK)):.0f}"
            arena.close()


def _written(context: ServiceContext) -> float:
    """Seconds that it takes to cancel so many orders, which is the shortest change that order backends are told of."""
    wanted = lifecycle.Request(Action.PAYMENT, Money(1000, "EUR"), BUYER)
    orders = [lifecycle.create(context, SHOP, wanted, send=False).id for _ in range(COUNT)]
    begun = time.perf_counter()
    for order in orders:
        lifecycle.cancel(context, SHOP, order)
    return time.perf_counter() - begun


def _delivered(context: ServiceContext) -> float:
    """Seconds until all have arrived: claimed by twenties, as a worker does."""
    begun = time.perf_counter()
    while True:
        with context.database.write() as session:
            lease, rows = work.claim(session, models.Callback, now=context.now(), lease=LEASE, limit=20)
        if not rows:
            return time.perf_counter() - begun
        for row in rows:
            DELIVERED.carry_out(context, row, lease)
