"""What the office's list of orders costs among a thousand orders, and among a million (or as many as `ORDERS` says): milliseconds of processors for
each page, the least of several times in turns, and the ratio; of its sums likewise, beside those among ten thousand, for they add up so many
orders at most; and how much memory an export of ten thousand orders takes, and one of all.

One merchant has all of the orders; with `SHOPS=1000` so many have their share. `LISTS=search` asks for those alone that have the word in their names.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import resource
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from bench import databases, filler, growth, spent
from tests.kit.opening import shop_on
from tests.walk.world import World
from webapp.db.session import Database
from webapp.domain.actors import CONSOLE
from webapp.services.orders import exports, order_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from tests.kit import Shop

TITLE = "milliseconds of processors for lists of orders in the office, and of their sums (goal: at most twice as much among a million)"
FEW, SOME, MANY = 1000, 10_000, int(os.environ.get("ORDERS") or 1_000_000)
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
    "import, of none": "import=imp_none",
    "dates": "since={since}",
    "dates by amount": "since={since}&sort=lowest",
    "search: a phone": "q=07+40+00+00+07",
    "search: last 4 digits": "q=4242",
    "search: 4 digits, of few": "q=0123",
    "search: 3 digits": "q=512",
    "search: 2 signs": "q=fi",
    "search: a word that all have": "q=pizzas",
    "search: a word of the oldest three in ten": "q=kebabs",
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
    with databases.each() as few, databases.each() as some, databases.each() as many, growth.surroundings() as outside:
        for (name, small), (_, middle), (_, large) in zip(few, some, many, strict=True):
            urls = {small: FEW, middle: SOME, large: MANY}
            with contextlib.ExitStack() as stack:
                shops = [stack.enter_context(shop_on(url, *outside)) for url in urls]
                for shop, (url, count) in zip(shops, urls.items(), strict=True):
                    filler.fill(shop.context, shop.id, url, count, shops=min(growth.SHOPS, count // 10))
                yield from lines(name, [World(shop) for shop in shops], list(urls))


def lines(name: str, worlds: Sequence[World], urls: Sequence[str]) -> Iterator[Sequence[str]]:
    """Those of one kind of database."""
    few, some, many = worlds
    yield name, f"{FEW:,}", f"{MANY:,}", "ratio", f"sums {SOME:,}", f"{MANY:,}", "ratio"
    since = (few.shop.clock() - timedelta(days=7)).date()
    for what, query in LISTS.items():
        if os.environ.get("LISTS", "") in what:
            asked = query.format(since=since)
            pages = _compared((few, many), f"/office/orders?{asked}")
            yield what, *pages, *_compared((some, many), f"/office/orders/totals?{asked}")
    took = [f"{memory(world.shop, url):.1f}" for world, url in zip(worlds, urls, strict=True)]
    yield "export, MB more", took[0], took[2], "", took[1], took[2], ""


def _compared(worlds: tuple[World, World], path: str) -> Sequence[str]:
    took: tuple[list[float], list[float]] = ([], [])
    servers = [spent.server(str(world.shop.context.database.url)) for world in worlds]
    for turn in range(TIMES + 1):
        for world, times, server in zip(worlds, took, servers, strict=True):
            begun = spent.milliseconds(server)
            world.get(path)
            if turn:
                times.append(spent.milliseconds(server) - begun)
    first, second = map(min, took)
    return f"{first:.1f}", f"{second:.1f}", f"{second / first:.2f}"


def memory(shop: Shop, url: str) -> float:
    """How much a process of its own grows, in MB, that reads out all orders of the shop."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_exported, args=(shop, url, theirs))
    process.start()
    theirs.close()
    before, after = ours.recv()
    process.join()
    return float(after - before) / 1024


def _exported(shop: Shop, url: str, told: Connection) -> None:
    context = replace(shop.context, database=Database(url)).acting_as(CONSOLE)
    pieces = exports.of_list(context, shop.id, order_list.Search(), exports.Format.CSV)
    for _ in islice(pieces, 2):  # what is learnt the first time is not counted
        pass
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in pieces:
        pass
    told.send((before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
