"""What every door of the product costs among a thousand past orders, and among a million (or as many as `ORDERS` says): milliseconds of processors
(of this process and of PostgreSQL's, whatever else the machine does), the least of several times, and the ratio; at the end likewise of groups of
doors. One merchant has all of the orders; with `SHOPS=1000` so many have their share. `DOORS=webhook` walks through those alone that have the word
in their names.

Gateway, WhatsApp and order backends are the simulated ones, so what they take is in both. `HEAVY` are linear in what they touch, by nature: they are
measured once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench import databases, filler, spent
from tests.kit.gateway import gateway_in
from tests.kit.opening import shop_on
from tests.kit.recorders import Outside
from tests.walk import DOORS
from tests.walk.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.kit import TestGateway

TITLE = "milliseconds of processors of every route, chat verb, webhook, job and command among few past orders and among many (goal: at most twice as much)"
FEW, MANY = 1000, int(os.environ.get("ORDERS") or 1_000_000)
SHOPS = int(os.environ.get("SHOPS") or 1)
TIMES = 5
HEAVY = {
    *(
        "task reconciliation",
        "task card_comparison?first",
        "task retention",
        "$ reconcile",
        "$ costs",
        "$ backup",
        "job erasures",
    ),
    "GET /office/orders/totals",  # of 10,000 orders at most: `office` compares them
    "GET /office/callbacks/again",  # of 10,000 callbacks at most, which are counted by their endpoints
}
NOTABLE = 1.5  # ratios above it are looked at once more before they are printed


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each door."""
    logging.disable(logging.CRITICAL)
    with databases.each() as few, databases.each() as many, surroundings() as (gateway, outside):
        for (name, small), (_, large) in zip(few, many, strict=True):
            with shop_on(small, gateway, outside) as one, shop_on(large, gateway, outside) as other:
                filler.fill(one.context, one.id, small, FEW, shops=min(SHOPS, FEW // 10))
                filler.fill(other.context, other.id, large, MANY, shops=SHOPS)
                yield f"{name}, {SHOPS} shop{'s' if SHOPS > 1 else ''}", f"{FEW:,}", f"{MANY:,}", "ratio"
                yield from lines(World(one), World(other, past=MANY // 200 * 100 + 45))


@contextlib.contextmanager
def surroundings() -> Iterator[tuple[TestGateway, Outside]]:
    made = Outside()
    with tempfile.TemporaryDirectory() as folder, gateway_in(Path(folder)) as gateway:
        yield gateway, made
    made.served.stop()


def lines(few: World, many: World) -> Iterator[Sequence[str]]:
    """One for each door, and at the end one for each group of doors: what they cost together, and which of them grows most."""
    wanted = os.environ.get("DOORS", "")
    groups: dict[str, list[tuple[float, float, str]]] = {}
    failed = []
    for name in (each for each in DOORS if wanted in each):
        try:
            first, second = _measured(few, many, name)
        except (
            AssertionError
        ) as error:  # of what it answered: the others are measured all the same, and then it is raised
            failed.append(ValueError(name, *error.args))
            yield name, "failed"
            continue
        yield name, f"{first:.1f}", f"{second:.1f}", f"{second / first:.2f}"
        groups.setdefault(_group(name), []).append((first, second, name))
    for group, found in groups.items():
        first, second = sum(each[0] for each in found), sum(each[1] for each in found)
        worst = max(found, key=lambda each: each[1] / each[0])
        most = f"{worst[1] / worst[0]:.2f} {worst[2]}"
        yield f"{len(found)} of {group}", f"{first:.1f}", f"{second:.1f}", f"{second / first:.2f}", most
    if failed:
        raise ExceptionGroup("doors that could not be gone through", failed)


def _measured(few: World, many: World, name: str) -> tuple[float, float]:
    """Milliseconds among few and among many; the smaller ratio of two where one is notable."""
    first, second = _both(few, many, name)
    if second / first > NOTABLE and name not in HEAVY:
        again = _both(few, many, name)
        first, second = min((first, second), again, key=lambda pair: pair[1] / pair[0])
    return first, second


def _group(name: str) -> str:
    """The kind of a door, by its name: its first word; of a route its method and the first part of its path; those that are linear apart."""
    kind, _, path = name.partition(" ")
    if name in HEAVY:
        return "linear"
    return f"{kind} /{path.split('/')[1].partition('?')[0]}" if path.startswith("/") else kind


def _both(few: World, many: World, name: str) -> tuple[float, float]:
    """In turns, so that what else the machine does is in both."""
    turns = 1 if name in HEAVY else TIMES
    took: tuple[list[float], list[float]] = ([], [])
    servers = [spent.server(str(world.shop.context.database.url)) for world in (few, many)]
    for turn in range(turns + (turns > 1)):
        for world, times, server in zip((few, many), took, servers, strict=True):
            through = DOORS[name](world)
            begun = spent.milliseconds(server)
            through()
            if turn or turns == 1:  # what is learnt the first time is not measured
                times.append(spent.milliseconds(server) - begun)
    return min(took[0]), min(took[1])
