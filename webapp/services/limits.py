"""Limits against card testing: somebody tries out stolen cards, or guesses what belongs to one, on a shop's links.

What counts is what a tester cannot avoid: declines, and tries that are started. The counts are in the database, so that all
processes share them; addresses and fingerprints stand there blinded. Declines are known only after the gateway has
answered: what is in flight at that moment, four requests a process at most, may still go over.
"""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.db import limits as rows
from webapp.db import orders as order_rows
from webapp.domain.errors import TooMany, Unavailable
from webapp.domain.outcome import Decline, Declined
from webapp.services import notify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db import models
    from webapp.db.session import Session
    from webapp.gateways.base import Gateway
    from webapp.services.kit import Kit


class What(StrEnum):
    """What is counted."""

    TRY = "try"
    DECLINE = "decline"
    WRONG_LINK = "wrong_link"
    REPORT = "report"


class Per(StrEnum):
    """For whom: an address, an order (which is its link), a merchant, a card within a merchant."""

    IP = "ip"
    LINK = "link"
    MERCHANT = "merchant"
    CARD = "card"


@dataclass(frozen=True)
class Rule:
    """`most` are let through within `window`, which begins with the first of them."""

    what: What
    per: Per
    most: int
    window: timedelta

    def key(self, subject: str) -> str:
        """The name of the count."""
        return f"{self.what}:{self.per}:{int(self.window.total_seconds())}:{subject}"


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
WRONG_LINKS_OF_IP = Rule(What.WRONG_LINK, Per.IP, 60, timedelta(minutes=1))
"""A link has 128 random bits and a signature, so this only spares the service the work; a crowd with an old poster passes."""
REPORTS_OF_IP = Rule(What.REPORT, Per.IP, 30, timedelta(minutes=1))
"""A page sends a handful; an extension that tries again and again is counted enough by then."""

_PAGE = (TRIES_OF_IP, TRIES_OF_LINK)
_DECLINES = (DECLINES_OF_IP, DECLINES_OF_IP_A_DAY, DECLINES_OF_LINK, DECLINES_OF_MERCHANT, DECLINES_OF_CARD)
ALARM = "card_testing"


def blinded(kit: Kit, ip: str) -> str | None:
    """What stands for an address: IPv6 by its /64, which is one household's. None for what is no address: no limit is per
    nobody."""
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False).network_address
    return kit.vault.blind(str(address), "limits/ip")


def admit(session: Session, kit: Kit, order: models.Order, ip: str) -> str | None:
    """Count a try that is about to start, in the caller's transaction on a locked order; who it is from, blinded.

    Raises `TooMany`, and then nothing was counted once the transaction is rolled back.
    """
    who = blinded(kit, ip)
    subjects = _subjects(order, who)
    by_key = {rule.key(subjects[rule.per]): rule for rule in _DECLINES if rule.per in subjects}
    standing = rows.standing(session, by_key, kit.now()).values()
    full = [found for found in standing if found.count >= by_key[found.key].most]
    if full:
        last = max(full, key=lambda found: found.until)
        raise _refused(by_key[last.key], last)
    for key, rule in sorted((rule.key(subjects[rule.per]), rule) for rule in _PAGE if rule.per in subjects):
        found = rows.count(session, key, kit.now(), rule.window)
        if found.count > rule.most:
            raise _refused(rule, found)
    return who


def admit_card(kit: Kit, gateway: Gateway, merchant: str, token: str) -> None:
    """Refuse a card that was declined too often at this merchant, over all its links. Raises `TooMany`.

    Which card is behind the page's token only the gateway knows; it is asked only while there is such a card.
    """
    rule = DECLINES_OF_CARD
    with kit.database.read() as session:
        if not rows.any_above(session, rule.key(f"{merchant}:"), rule.most, kit.now()):
            return
    fingerprint = gateway.fingerprint(token)
    if not fingerprint:
        return
    key = rule.key(_card(kit, merchant, fingerprint))
    with kit.database.read() as session:
        found = rows.standing(session, [key], kit.now()).get(key)
    if found is not None and found.count >= rule.most:
        raise _refused(rule, found)


def declined(session: Session, kit: Kit, order: models.Order, attempt: models.Attempt, declined: Declined) -> None:
    """Count a decline, in the transaction that records it, and raise the alarm when it is the merchant's last one.

    A charge without the buyer is the merchant's own doing, and a bank or gateway that is out of order proves nothing: neither
    counts.
    """
    if attempt.means is not None or declined.reason is Decline.PROCESSING_ERROR:
        return
    subjects = _subjects(order, attempt.ip)
    if declined.fingerprint:
        subjects[Per.CARD] = _card(kit, order.merchant_id, declined.fingerprint)
    for key, rule in sorted((rule.key(subjects[rule.per]), rule) for rule in _DECLINES if rule.per in subjects):
        found = rows.count(session, key, kit.now(), rule.window)
        if rule is DECLINES_OF_MERCHANT and found.count == rule.most:
            notify.alarm(session, kit, order, why=ALARM, detail=str(_refused(rule, found)))


@contextlib.contextmanager
def told(kit: Kit, order_id: str) -> Iterator[None]:
    """Around a try: when a limit refuses it, the order's timeline says once that its buyer was turned away. No message is sent
    for it: a tester would have the shop flooded, and the decline that reached the merchant's limit has sent one."""
    try:
        yield
    except TooMany as error:
        why = ALARM if error.details["per"] is Per.MERCHANT else error.code
        with contextlib.suppress(Unavailable), kit.database.write() as session:
            order_rows.alarm(session, order_rows.lock(session, order_id), kit.now(), why=why, detail=str(error))
        raise


def wrong_link(kit: Kit, ip: str) -> None:
    """Count a link that is none. Raises `TooMany` above the limit, and then writes nothing."""
    _count(kit, WRONG_LINKS_OF_IP, ip)


def report(kit: Kit, ip: str) -> None:
    """Count a browser's report. Raises `TooMany` above the limit, and then writes nothing."""
    _count(kit, REPORTS_OF_IP, ip)


def _count(kit: Kit, rule: Rule, ip: str) -> None:
    who = blinded(kit, ip)
    if who is None:
        return
    key = rule.key(who)
    with kit.database.read() as session:
        found = rows.standing(session, [key], kit.now()).get(key)
    if found is not None and found.count >= rule.most:
        raise _refused(rule, found)
    with (
        contextlib.suppress(Unavailable),
        kit.database.write() as session,
    ):  # uncounted, the answer is right all the same
        found = rows.count(session, key, kit.now(), rule.window)
        if found.count > rule.most:  # many at once
            raise _refused(rule, found)


def _subjects(order: models.Order, ip: str | None) -> dict[Per, str]:
    subjects = {Per.LINK: order.id, Per.MERCHANT: order.merchant_id}
    return subjects | {Per.IP: ip} if ip else subjects


def _card(kit: Kit, merchant: str, fingerprint: str) -> str:
    return f"{merchant}:{kit.vault.blind(fingerprint, f'limits/card/{merchant}')}"


def _refused(rule: Rule, found: models.Limit) -> TooMany:
    return TooMany(f"limit of {rule.most} ({rule.what}) per {rule.per}", found.until, per=rule.per)
