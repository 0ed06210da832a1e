"""What is counted of a shop's orders by day: how far they came with the buyer, what was taken and given back, and why cards were declined.

A day is one of the shop's time zone. Money is in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from webapp.domain.statuses import RefundState
from webapp.domain.timeline import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping


class Step(IntEnum):
    """How far an order came with its buyer; one that came to a step has come to all before it: a link that was opened was delivered, by
    whatever way. PAID: paid, held or saved."""

    CREATED = 0
    SENT = 1
    DELIVERED = 2
    READ = 3
    OPENED = 4
    TRIED = 5
    PAID = 6


NOWHERE = -1
"""The step of an order that is none of the buyer's: a charge of a saved card."""

STEPS: Mapping[EventKind, Step] = {
    EventKind.CREATED: Step.CREATED,
    EventKind.SENT: Step.SENT,
    EventKind.LINK_MAILED: Step.SENT,
    EventKind.REMINDER_SENT: Step.SENT,
    EventKind.REMINDER_MAILED: Step.SENT,
    EventKind.DELIVERED: Step.DELIVERED,
    EventKind.REMINDER_DELIVERED: Step.DELIVERED,
    EventKind.READ: Step.READ,
    EventKind.REMINDER_READ: Step.READ,
    EventKind.OPENED: Step.OPENED,
    EventKind.SUBMITTED: Step.TRIED,
    EventKind.AUTHORISED: Step.PAID,
    EventKind.PAID: Step.PAID,
    EventKind.REGISTERED: Step.PAID,
}


class Measure(StrEnum):
    """REACHED: orders that were made on that day, by the step (`Step`, in lower case) that they have come to since. TAKEN and REFUNDED: by
    currency, on the day it happened; a refund that came back is taken off. DECLINED: tries, by reason (`domain.outcome.Decline`)."""

    REACHED = "reached"
    TAKEN = "taken"
    REFUNDED = "refunded"
    DECLINED = "declined"


@dataclass(frozen=True)
class Change:
    """By how much a measure of a day changes; `part` is the step, the currency or the reason. `of_creation`: the day is the order's own, on
    which it was made, not the one on which this happened."""

    measure: Measure
    part: str
    count: int
    amount: int = 0
    of_creation: bool = False


def reached(before: int, kind: EventKind) -> tuple[int, list[Change]]:
    """How far an order has come that had come to `before`, and what that changes."""
    now = max(before, STEPS.get(kind, NOWHERE))
    return now, [
        Change(Measure.REACHED, Step(step).name.lower(), 1, of_creation=True) for step in range(before + 1, now + 1)
    ]


def taken(amount: int, currency: str) -> Change:
    """Money came in."""
    return Change(Measure.TAKEN, currency, 1, amount)


def other(kind: EventKind, data: Mapping[str, Any], currency: str) -> list[Change]:
    """What a line of the timeline changes besides. `was` in a refund's line is what the refund had been."""
    match kind:
        case EventKind.REFUND_SUCCEEDED:
            return [Change(Measure.REFUNDED, currency, 1, int(data["amount"]))]
        case EventKind.REFUND_FAILED if data.get("was") == RefundState.SUCCEEDED:
            return [Change(Measure.REFUNDED, currency, -1, -int(data["amount"]))]
        case EventKind.DECLINED | EventKind.ATTEMPTS_EXHAUSTED if data.get("reason"):
            return [Change(Measure.DECLINED, str(data["reason"])[:40], 1)]
    return []
