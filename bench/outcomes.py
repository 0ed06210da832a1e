"""How fast the gateway's news is recorded, and what a repeat of it costs, with a gateway that answers from memory.

A first event moves the order to paid: order, try, timeline, callback and receipt in one transaction. A repeat looks the truth up and
changes nothing.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from bench import databases, spent
from tests.kit import BUYER
from tests.machine.shop import SHOP, Arena, Mortal
from tests.machine.world import Plastic
from webapp.db import models, work
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.gateways.base import Notification
from webapp.services import inbox
from webapp.services.orders import lifecycle
from webapp.services.payments import checkout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webapp.services.runtime.context import ServiceContext

TITLE = "outcomes applied per second, one at a time; a repeat's cost as a ratio to a first one's"
EVENTS = 200
LEASE = timedelta(seconds=60)


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each database and way."""
    yield "", "first/s", "repeat/s", "repeat:first", "ms of CPU", "statements", "transactions"
    with databases.each() as found:
        for name, url in found:
            arena = Arena(Mortal(url))
            yield _line(f"{name}, apply", arena, _follow)
            yield _line(f"{name}, inbox", arena, _through_the_inbox)
            arena.close()


def _line(name: str, arena: Arena, tell: Callable[[ServiceContext, list[str], str], None]) -> Sequence[str]:
    context, intents = _paying(arena)
    seconds, server = [], spent.server(str(context.database.url))
    costs, statements, transactions = [], [], []
    for turn in ("first", "repeat"):
        asked = databases.Asked()
        begun, before = time.perf_counter(), spent.milliseconds(server)
        tell(context, intents, turn)
        seconds.append(time.perf_counter() - begun)
        costs.append(f"{(spent.milliseconds(server) - before) / EVENTS:.2f}")
        asked.end()
        statements.append(f"{asked.statements / EVENTS:.1f}")
        transactions.append(f"{asked.transactions / EVENTS:.1f}")
    first, repeat = seconds
    counted = " + ".join(costs), " + ".join(statements), " + ".join(transactions)
    return name, f"{EVENTS / first:.0f}", f"{EVENTS / repeat:.0f}", f"{repeat / first:.2f}", *counted


def _paying(arena: Arena) -> tuple[ServiceContext, list[str]]:
    """As many orders whose bank has said yes, which nobody here knows yet; and their intents."""
    context, gateway = arena.begin(lambda _deed: None)
    wanted = lifecycle.Request(Action.PAYMENT, Money(1000, "EUR"), BUYER)
    for number in range(EVENTS):
        order = lifecycle.create(context, SHOP, wanted, send=False)
        submission = checkout.Submission(f"tok{number}:{Plastic.SLOW}", False, None, "")
        checkout.start(context, order.id, submission)
    for intent in gateway.world.intents.values():
        gateway.world.answer(intent, yes=True)
    return context, list(gateway.world.intents)


def _follow(context: ServiceContext, intents: list[str], _turn: str) -> None:
    for intent in intents:
        checkout.follow(context, SHOP, intent)


def _through_the_inbox(context: ServiceContext, intents: list[str], turn: str) -> None:
    """Stored, claimed, worked on and finished, as the door and the worker do it; claimed by twenties."""
    for intent in intents:
        inbox.keep_gateway(context, SHOP, Notification(f"{turn}:{intent}", "payment_intent.succeeded", intent, None))
    while True:
        with context.database.write() as session:
            lease, rows = work.claim(session, models.InboxEvent, now=context.now(), lease=LEASE, limit=20)
        if not rows:
            return
        for row in rows:
            inbox.work_on(context, row, lease)
