"""Calls to the gateway that a buyer's page brings about beside its tries: what became of one, and a form that is bought. Whoever has a link can
ask for them as often as they like; so they are counted for each link and address, one is made at a time of an order, and none takes the
place of another shop's."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import limits
from webapp.domain.errors import Busy, Unavailable
from webapp.services.runtime import counters
from webapp.services.runtime.counters import Per, Rule, What

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db import models
    from webapp.services.runtime.context import ServiceContext

LOOKS_OF_LINK = Rule(What.LOOK, Per.LINK, 20, timedelta(minutes=5))
"""Two for each try that a bank confirms, and one each time that the page comes to the front meanwhile. Above it the page shows what is known,
and the worker looks by itself."""
LOOKS_OF_IP = Rule(What.LOOK, Per.IP, 300, timedelta(minutes=10))
"""Twice as many as tries (`card_testing.TRIES_OF_IP`)."""
ONE_AT_A_TIME = Rule(What.LOOKING, Per.LINK, 1, timedelta(seconds=30))
"""Longer than a call can take; a process that dies in the middle of one holds nobody up for more."""


@contextlib.contextmanager
def admitted(context: ServiceContext, order: models.Order, ip: str) -> Iterator[None]:
    """Around one such call. Raises `TooMany` above a limit, `Busy` while another is made of this order or the gateway has no place; a
    refusal writes nothing."""
    who = counters.blinded(context, ip)
    subjects = {Per.LINK: order.id} | ({Per.IP: who} if who else {})
    rules = {
        rule.key(subjects[rule.per]): rule
        for rule in (LOOKS_OF_LINK, LOOKS_OF_IP, ONE_AT_A_TIME)
        if rule.per in subjects
    }
    with context.database.read() as session:
        for found in limits.standing(session, rules, context.now()).values():
            _refuse(rules[found.key], found, already=found.count)
    with context.database.write() as session:
        for key, rule in sorted(rules.items()):
            found = limits.count(session, key, context.now(), rule.window)
            _refuse(rule, found, already=found.count - 1)
    try:
        with context.gateway_slots.for_look(order.merchant_id):
            yield
    finally:
        with contextlib.suppress(Unavailable), context.database.write() as session:  # else its window ends
            limits.forget(session, ONE_AT_A_TIME.key(order.id))


def _refuse(rule: Rule, found: models.Limit, *, already: int) -> None:
    if already >= rule.most:
        raise (
            Busy("another request asks the gateway about this order") if rule is ONE_AT_A_TIME else rule.refusal(found)
        )
