"""How fast the chat is: messages that the grammar reads, and messages handled from the signed webhook to the last answer sent, with a
WhatsApp that answers from memory.

An order is the most work: order, timeline, two messages out. A refusal is one message out. Beside the rates stands what one message asks of the
database: statements, and transactions that wrote; and the processor's time of one, this process's and its database's. Twenty come at once, and
the next as much later as Meta has a pair wait for so many, so that all are answered.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import itertools
import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench import databases, spent
from tests.kit import BUYER, OPERATOR
from tests.machine.shop import SHOP, Arena, Mortal
from tests.whatsapp.grammar_table import rows
from webapp.db import models, send_quotas, work
from webapp.domain import actors
from webapp.jobs.queues import QUEUES
from webapp.services import inbox
from webapp.whatsapp import grammar, inbound
from webapp.whatsapp.client import Accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.services.runtime.context import ServiceContext

TITLE = "messages per second, one at a time: read by the grammar; taken at the door, worked on and answered"
MESSAGES, TOGETHER, ROUNDS = 200, 20, 5
LEASE = timedelta(seconds=60)
SECRET = "an-app-secret"  # noqa: S105  # nobody's


class Silent:
    """A WhatsApp that takes everything at once."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def send(self, payload: dict[str, Any]) -> Accepted:
        return Accepted(f"wamid.out.{next(self._numbers)}", str(payload.get("to", "")).removeprefix("+") or None)

    def mark_read(self, _wamid: str) -> None:
        return


def run() -> Iterator[Sequence[str]]:
    """A line for the grammar; then a header, and a line for each database and kind of message."""
    yield _read()
    yield "", "door/s", "worker/s", "end to end/s", "ms of CPU", "statements", "transactions"
    with databases.each() as found:
        for name, url in found:
            arena = Arena(Mortal(url))
            for kind, text in (
                ("order", f"10 EUR {BUYER} REGISTER buyer@example.com ORDER=C{{}}"),
                ("refusal", "10 EUR 0612"),
            ):
                yield _line(f"{name}, {kind}", arena, text)
            arena.close()


def _read() -> Sequence[str]:
    """Every message of the table of tests, right and wrong."""
    table = rows()
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        for _, context, message, _ in table:
            grammar.read(message, context)
    seconds = time.perf_counter() - begun
    return "the table's messages", f"{ROUNDS * len(table) / seconds:.0f}"


def _line(name: str, arena: Arena, text: str) -> Sequence[str]:
    context, _ = arena.begin(lambda _deed: None)
    silent = Silent()
    context = dataclasses.replace(context, whatsapp=lambda _merchant: silent)  # type: ignore[arg-type,return-value]  # it does as one
    webhooks = [_webhook(context, number, text.format(number)) for number in range(MESSAGES)]
    asked, server = databases.Asked(), spent.server(str(context.database.url))
    before = spent.milliseconds(server)
    door = worker = 0.0
    for some in (webhooks[since:][:TOGETHER] for since in range(0, MESSAGES, TOGETHER)):
        begun = time.perf_counter()
        for body, signature in some:
            if not inbound.signed(body, signature, (SECRET,)):
                raise AssertionError("the door would refuse it")
            inbox.keep_whatsapp(context, SHOP, inbound.split(body))
        taken = time.perf_counter()
        for model in (models.InboxEvent, models.Message):
            _drain(context, model)
        door, worker = door + taken - begun, worker + time.perf_counter() - taken
        arena.clock.forward(seconds=TOGETHER * send_quotas.EVERY)
    asked.end()
    cost = spent.milliseconds(server) - before
    return (
        name,
        f"{MESSAGES / door:.0f}",
        f"{MESSAGES / worker:.0f}",
        f"{MESSAGES / (door + worker):.0f}",
        f"{cost / MESSAGES:.2f}",
        f"{asked.statements / MESSAGES:.1f}",
        f"{asked.transactions / MESSAGES:.1f}",
    )


def _webhook(context: ServiceContext, number: int, text: str) -> tuple[bytes, str]:
    """A body of Meta's with one message, and its signature."""
    with context.database.read() as session:
        merchant = session.get_one(models.Merchant, SHOP)
    message = {
        "id": f"wamid.in.{number}",
        "from": OPERATOR[1:],
        "timestamp": str(int(context.now().timestamp())),
        "type": "text",
        "text": {"body": text},
    }
    value = {"metadata": {"phone_number_id": merchant.phone_number_id}, "contacts": [], "messages": [message]}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    return body, f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"


def _drain(context: ServiceContext, model: Any) -> None:
    """As the worker does: claimed by twenties."""
    kind = next(kind for kind in QUEUES if kind.model is model)
    while True:
        with context.database.write() as session:
            lease, found = work.claim(session, model, now=context.now(), lease=LEASE, limit=20)
        if not found:
            return
        for row in found:
            kind.carry_out(context.acting_as(actors.CLOCK), row, lease)
