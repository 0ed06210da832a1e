"""What the office's list of orders costs among a thousand orders, and among a million (or as many as `ORDERS` says): milliseconds of each page
and of its sums, the least of several times in turns, and the ratio; and the memory that an export takes, of few orders and of many.

One merchant has all of the orders. `LISTS=search` asks for those alone that have the word in their names.
"""

from __future__ import annotations

import logging
import os
import time
import tracemalloc
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from bench import databases, filler, growth
from tests.kit.opening import shop_on
from tests.walk.world import World
from webapp.domain.actors import CONSOLE
from webapp.services.orders import exports, order_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.kit import Shop

TITLE = "milliseconds of lists of orders in the office, and of their sums (goal: at most twice as much among a million)"
FEW, MANY = 1000, int(os.environ.get("ORDERS") or 1_000_000)
TIMES = 7
LISTS = {
    "first page": "",
    "sorted: oldest": "sort=oldest",
    "sorted: highest amount": "sort=highest",
    "sorted: changed": "sort=changed",
    "state: paid, of nine in ten": "state=paid",
    "state: open, of a few": "state=open",
    "state: voided, of none": "state=voided",
    "states: expired and open": "state=expired+open",
    "state by amount": "state=expired&sort=highest",
    "action": "action=REGISTER_PAY",
    "action, of none": "action=REGISTER",
    "channel, of none": "channel=email",
    "made by nobody": "by=user_none",
    "dates": "since={since}",
    "dates by amount": "since={since}&sort=lowest",
    "search: a phone": "q=07+00+00+00+07",
    "search: last 4 digits": "q=4242",
    "search: 4 digits, of few": "q=0123",
    "search: 3 digits": "q=512",
    "search: 2 signs": "q=fi",
    "search: a word that all have": "q=pizzas",
    "search: words that none has": "q=zzz+qqq",
    "search: digits that none has": "q=99999999",
    "search: e-mail": "q=buyer17@example.com",
    "search: amount": "q=12.50",
    "search: amount, of none": "q=98.76",
    "search: reference": "q=FILLED33",
    "search: gateway's id": "q=pi_filled77",
    "search and state": "q=pizzas&state=open",
}


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each list; then the export's memory."""
    logging.disable(logging.CRITICAL)
    with databases.each() as few, databases.each() as many, growth.surroundings() as (gateway, outside):
        for (name, small), (_, large) in zip(few, many, strict=True):
            with shop_on(small, gateway, outside) as one, shop_on(large, gateway, outside) as other:
                filler.fill(one.context, one.id, small, FEW)
                filler.fill(other.context, other.id, large, MANY)
                yield name, f"{FEW:,}", f"{MANY:,}", "ratio", f"sums {FEW:,}", f"{MANY:,}", "ratio"
                worlds = World(one), World(other, past=MANY // 200 * 100 + 45)
                since = (one.clock() - timedelta(days=7)).date()
                for what, query in LISTS.items():
                    if os.environ.get("LISTS", "") in what:
                        yield _line(worlds, what, query.format(since=since))
                yield "export, MB", f"{_memory(one, FEW):.1f}", f"{_memory(other, 40 * FEW):.1f}", "", "", "", ""


def _line(worlds: tuple[World, World], what: str, query: str) -> Sequence[str]:
    cells = [what]
    for path in ("", "/totals"):
        took: tuple[list[float], list[float]] = ([], [])
        for turn in range(TIMES + 1):
            for world, times in zip(worlds, took, strict=True):
                begun = time.perf_counter()
                world.get(f"/office/orders{path}?{query}")
                if turn:
                    times.append((time.perf_counter() - begun) * 1000)
        first, second = map(min, took)
        cells += [f"{first:.1f}", f"{second:.1f}", f"{second / first:.2f}"]
    return cells


def _memory(shop: Shop, orders: int) -> float:
    """The most that reading so many orders out takes."""
    context = shop.context.acting_as(CONSOLE)
    pieces = exports.of_list(context, shop.id, order_list.Search(), exports.Format.CSV)
    tracemalloc.start()
    for _ in islice(pieces, orders // exports.PAGE):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20
