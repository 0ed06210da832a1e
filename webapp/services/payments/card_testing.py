"""Limits against card testing: somebody tries out stolen cards, or guesses what belongs to one, on a shop's links.

What counts is what a tester cannot avoid: declines, and tries that are started. The counts are in the database, so that all
processes share them; addresses and fingerprints stand there blinded. Declines are known only after the gateway has
answered: what is in flight at that moment, four requests a process at most, may still go over.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import limits, orders
from webapp.domain.errors import TooMany, Unavailable
from webapp.domain.outcome import Decline, Declined
from webapp.services.notifications import notify
from webapp.services.runtime import counters, timeline
from webapp.services.runtime.counters import Per, Rule, What

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db import models
    from webapp.db.session import Session
    from webapp.gateways.base import Gateway
    from webapp.services.runtime.context import ServiceContext


# Honest people are declined about one time in ten or less; a tester nearly always.
TRIES_OF_IP = Rule(What.TRY, Per.IP, 150, timedelta(minutes=10))
"""One payment every four seconds, ten minutes long, from one address: a concert hall's interval, not a café."""
TRIES_OF_LINK = Rule(What.TRY, Per.LINK, 10, timedelta(hours=1))
"""Three declines end an order by default; this leaves room for some that the buyer broke off at the bank, which is how a tester
learns of a card without a decline."""
DECLINES_OF_IP = Rule(What.DECLINE, Per.IP, 30, timedelta(hours=1))
"""With one in ten declined, 300 honest payments an hour from one address."""
DECLINES_OF_IP_A_DAY = Rule(What.DECLINE, Per.IP, 100, timedelta(days=1))
"""With one in ten declined, 1,000 honest payments a day from one address; a patient tester gets no further."""
DECLINES_OF_LINK = Rule(What.DECLINE, Per.LINK, 20, timedelta(days=1))
"""The most tries that a merchant can allow: only an order that is opened again and again gets here."""
DECLINES_OF_MERCHANT = Rule(What.DECLINE, Per.MERCHANT, 60, timedelta(minutes=30))
"""With one in ten declined, 600 payments in half an hour: one every three seconds. Whoever gets round the other limits with many
addresses and links stops here. The window is short, for it closes the shop's till as well."""
DECLINES_OF_CARD = Rule(What.DECLINE, Per.CARD, 10, timedelta(days=1))
"""Three links spent in full with one card, and one more. A security code has a thousand values."""
_PAGE = (TRIES_OF_IP, TRIES_OF_LINK)
_DECLINES = (DECLINES_OF_IP, DECLINES_OF_IP_A_DAY, DECLINES_OF_LINK, DECLINES_OF_MERCHANT, DECLINES_OF_CARD)
ALARM = "card_testing"


def admit(session: Session, context: ServiceContext, order: models.Order, ip: str) -> str | None:
    """Count a try that is about to start, in the caller's transaction on a locked order; who it is from, blinded.

    Raises `TooMany`, and then nothing was counted once the transaction is rolled back.
    """
    must_be_admitted(session, context, order, ip)
    who = counters.blinded(context, ip)
    subjects = _subjects(order, who)
    for key, rule in sorted((rule.key(subjects[rule.per]), rule) for rule in _PAGE if rule.per in subjects):
        found = limits.count(session, key, context.now(), rule.window)
        if found.count > rule.most:
            raise rule.refusal(found)
    return who


def must_be_admitted(session: Session, context: ServiceContext, order: models.Order, ip: str) -> None:
    """Count nothing. Raises `TooMany` where a limit is reached."""
    subjects = _subjects(order, counters.blinded(context, ip))
    by_key = {rule.key(subjects[rule.per]): rule for rule in (*_DECLINES, *_PAGE) if rule.per in subjects}
    standing = limits.standing(session, by_key, context.now()).values()
    full = [found for found in standing if found.count >= by_key[found.key].most]
    if full:
        last = max(full, key=lambda found: found.until)
        raise by_key[last.key].refusal(last)


def admit_card(context: ServiceContext, gateway: Gateway, merchant: str, token: str) -> None:
    """Refuse a card that was declined too often at this merchant, over all its links. Raises `TooMany`.

    Which card is behind the page's token only the gateway knows; it is asked only while there is such a card.
    """
    rule = DECLINES_OF_CARD
    with context.database.read() as session:
        if not limits.any_above(session, rule.key(f"{merchant}:"), rule.most, context.now()):
            return
    fingerprint = gateway.fingerprint(token)
    if not fingerprint:
        return
    key = rule.key(_card(context, merchant, fingerprint))
    with context.database.read() as session:
        found = limits.standing(session, [key], context.now()).get(key)
    if found is not None and found.count >= rule.most:
        raise rule.refusal(found)


def declined(
    session: Session, context: ServiceContext, order: models.Order, attempt: models.Attempt, declined: Declined
) -> None:
    """Count a decline, in the transaction that records it, and raise the alarm when it is the merchant's last one.

    A charge without the buyer is the merchant's own doing, and a bank or gateway that is out of order proves nothing: neither
    counts. A buyer who did not confirm at the bank has used up no try of the order, but counts here: a tester learns of a card that way too.
    """
    if attempt.payment_method_id is not None or declined.reason is Decline.PROCESSING_ERROR:
        return
    subjects = _subjects(order, attempt.ip)
    if declined.fingerprint:
        subjects[Per.CARD] = _card(context, order.merchant_id, declined.fingerprint)
    for key, rule in sorted((rule.key(subjects[rule.per]), rule) for rule in _DECLINES if rule.per in subjects):
        found = limits.count(session, key, context.now(), rule.window)
        if rule is DECLINES_OF_MERCHANT and found.count == rule.most:
            notify.alarm(session, context, order, why=ALARM, detail=str(rule.refusal(found)))


@contextlib.contextmanager
def told(context: ServiceContext, order_id: str) -> Iterator[None]:
    """Around a try: when a limit refuses it, the order's timeline says once that its buyer was turned away. No message is sent
    for it: a tester would have the shop flooded, and the decline that reached the merchant's limit has sent one."""
    try:
        yield
    except TooMany as error:
        why = ALARM if error.details["per"] is Per.MERCHANT else error.code
        with contextlib.suppress(Unavailable), context.database.write() as session:
            timeline.alarm(session, context, orders.lock(session, order_id), why=why, detail=str(error))
        raise


def _subjects(order: models.Order, ip: str | None) -> dict[Per, str]:
    subjects = {Per.LINK: order.id, Per.MERCHANT: order.merchant_id}
    return subjects | {Per.IP: ip} if ip else subjects


def _card(context: ServiceContext, merchant: str, fingerprint: str) -> str:
    return f"{merchant}:{context.sealer.blind(fingerprint, f'limits/card/{merchant}')}"
