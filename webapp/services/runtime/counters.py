"""Counts with a limit: how often something may happen within a window, for an address, a link, a merchant or a card.

The counts are in the database, so that all processes share them; what is personal in their names is blinded.
"""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.db import limits
from webapp.domain.errors import TooMany, Unavailable

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.services.runtime.context import ServiceContext


class What(StrEnum):
    """What is counted."""

    TRY = "try"
    DECLINE = "decline"
    WRONG_LINK = "wrong_link"
    REPORT = "report"
    REPORT_DROPPED = "report_dropped"
    LOOK = "look"
    LOOKING = "looking"


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

    def refusal(self, found: models.Limit) -> TooMany:
        """The error that says when asking again is right."""
        return TooMany(f"limit of {self.most} ({self.what}) per {self.per}", found.until, per=self.per)


WRONG_LINKS_OF_IP = Rule(What.WRONG_LINK, Per.IP, 60, timedelta(minutes=1))
"""A link has 128 random bits and a signature, so this only spares the service the work; a crowd with an old poster passes."""
REPORTS_OF_IP = Rule(What.REPORT, Per.IP, 30, timedelta(minutes=1))
"""A page sends a handful; an extension that tries again and again is counted enough by then."""


def blinded(context: ServiceContext, ip: str) -> str | None:
    """What stands for an address: IPv6 by its /64, which is one household's. None for what is no address: no limit is per
    nobody."""
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False).network_address
    return context.sealer.blind(str(address), "limits/ip")


def wrong_link(context: ServiceContext, ip: str) -> None:
    """Count a link that is none. Raises `TooMany` above the limit, and then writes nothing."""
    _count(context, WRONG_LINKS_OF_IP, ip)


def report(context: ServiceContext, ip: str) -> None:
    """Count a browser's report. Raises `TooMany` above the limit, and then writes nothing."""
    _count(context, REPORTS_OF_IP, ip)


def _count(context: ServiceContext, rule: Rule, ip: str) -> None:
    who = blinded(context, ip)
    if who is None:
        return
    key = rule.key(who)
    with context.database.read() as session:
        found = limits.standing(session, [key], context.now()).get(key)
    if found is not None and found.count >= rule.most:
        raise rule.refusal(found)
    with (
        contextlib.suppress(Unavailable),
        context.database.write() as session,
    ):  # uncounted, the answer is right all the same
        found = limits.count(session, key, context.now(), rule.window)
        if found.count > rule.most:  # many at once
            raise rule.refusal(found)
