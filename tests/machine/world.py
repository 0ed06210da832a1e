"""A gateway's own side, in memory: intents, 3-D Secure, holds, saved cards, refunds and disputes, as the gateways' own documents tell
of them, and what buyers, banks and the merchant do there without us. `memory` is the line to it."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from webapp.domain import outcome as says
from webapp.domain.outcome import Decline, GatewayDispute, GatewayRefund
from webapp.domain.statuses import DisputeState, RefundState
from webapp.gateways.base import Notification, Purchase

if TYPE_CHECKING:
    from collections.abc import Callable

HOLD = timedelta(days=7)


class Plastic(StrEnum):
    """The buyers' cards, by what they do."""

    WORKS = "works"
    WORKS_TOO = "works_too"
    DECLINES = "declines"
    ASKS = "asks"  # the buyer, until it was saved with the buyer present
    ASKS_ALWAYS = "asks_always"
    ASKS_THEN_DECLINES = "asks_then_declines"
    FAILS_LATER = "fails_later"  # can be saved, not charged
    SLOW = "slow"  # the bank decides later


class Refused(Exception):
    """HTTP 400: nothing was done."""


@dataclass
class Means:
    """A card as it was handed over by a page; `token` is what the page was given for it."""

    id: str
    plastic: Plastic
    token: str
    customer: str | None = None
    seen: bool = False  # saved with the buyer present

    @property
    def card(self) -> says.Card:
        return says.Card("visa", "4242", 12, 2034, f"fp_{self.plastic}")


@dataclass
class Intent:
    """One payment, or (amount 0) one registration. `status`: new, asks, slow, held, succeeded, cancelled. `absent`: charged without
    the buyer. What was `received` is less than `amount` where the back office took a part of what was held."""

    id: str
    order: str
    customer: str
    amount: int
    currency: str
    manual_capture: bool
    status: str = "new"
    saves: bool = False
    absent: bool = False
    payment_method_id: Means | None = None
    declined: says.Declined | None = None
    until: datetime | None = None
    received: int = 0
    tried: bool = False
    ended_by: str = ""  # us, office, time
    refunds: list[GatewayRefund] = field(default_factory=list)
    disputes: list[GatewayDispute] = field(default_factory=list)

    @property
    def returned(self) -> int:
        """What has gone back or is on its way, in minor units."""
        return sum(each.amount for each in self.refunds if each.progress is not RefundState.FAILED)

    @property
    def contested(self) -> bool:
        """Whether a bank keeps the money away."""
        return any(each.contest is not DisputeState.WON for each in self.disputes)


class World:
    """The gateway's own side: its books, its events, and what buyers, banks and its back office do there."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.intents: dict[str, Intent] = {}
        self.payment_methods: dict[str, Means] = {}
        self.events: list[Notification] = []
        self.charged: Counter[str] = Counter()  # saved means, by id
        self.declines: Counter[str] = Counter()  # of orders
        self.deleted: set[str] = set()  # customers
        self.slow_refunds = False
        self.answers: dict[str, tuple[datetime, Any]] = {}
        self._spent: set[str] = set()
        self._numbers = itertools.count(1)

    def id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers)}"

    def emit(self, intent: Intent, kind: str, *, after: bool = False) -> None:
        note = Notification(self.id("evt"), kind, intent.id, None, after_payment=after)
        self.events.append(note)

    def of_order(self, order: str) -> list[Intent]:
        """The order's intents, oldest first."""
        return [self.get(each.id) for each in self.intents.values() if each.order == order]

    def get(self, intent: str) -> Intent:
        found = self.intents.get(intent)
        if found is None:
            raise Refused(f"no such intent {intent}")
        if found.status == "held" and found.until and found.until <= self.now():
            self.cancel(found, by="time")
        return found

    def outcome(self, intent: Intent) -> says.Outcome:
        """The one reading of an intent."""
        payment_method = intent.payment_method_id
        mark = payment_method.id if payment_method else ""
        match intent.status:
            case "new":
                return intent.declined or says.Unconfirmed(intent.id)
            case "asks":
                return says.ActionNeeded(intent.id, {"secret": f"{intent.id}_secret"}, gateway_attempt_ref=mark)
            case "slow":
                return says.Pending(intent.id, mark)
            case "cancelled":
                return says.Cancelled(intent.id)
        assert payment_method is not None
        said = (intent.currency, payment_method.card, payment_method.id if intent.saves else None, intent.customer)
        if intent.status == "held":
            return says.Authorised(intent.id, intent.amount, *said, until=_sure(intent.until), gateway_attempt_ref=mark)
        return says.Done(intent.id, intent.received, *said, gateway_attempt_ref=mark)

    def open(self, purchase: Purchase) -> Intent:
        intent = Intent(
            self.id("pi" if purchase.amount else "seti"),
            purchase.order,
            purchase.customer,
            purchase.amount,
            purchase.currency,
            purchase.manual_capture,
        )
        self.intents[intent.id] = intent
        return intent

    def confirm(self, intent: Intent, token: str, *, save: bool) -> None:
        """Try the card that a page's one-time token stands for."""
        if intent.status not in {"new", "asks"} or token in self._spent:
            raise Refused(f"{intent.id} is {intent.status}, or {token} was used")
        self._spent.add(token)
        payment_method = Means(self.id("pm"), Plastic(token.partition(":")[2]), token)
        self.payment_methods[payment_method.id] = payment_method
        self.attempt(intent, payment_method, saves=save or not intent.amount)

    def attempt(self, intent: Intent, payment_method: Means, *, saves: bool, absent: bool = False) -> None:
        intent.payment_method_id, intent.saves, intent.absent, intent.declined, intent.tried = (
            payment_method,
            saves,
            absent,
            None,
            True,
        )
        self.charged[payment_method.id] += absent
        if payment_method.plastic in {Plastic.ASKS, Plastic.ASKS_ALWAYS, Plastic.ASKS_THEN_DECLINES}:
            if absent and not (payment_method.seen and payment_method.plastic is Plastic.ASKS):
                self.decline(intent, Decline.AUTHENTICATION_REQUIRED)
            elif absent:
                self.succeed(intent)
            else:
                intent.status = "asks"
                self.emit(intent, "payment_intent.requires_action")
        elif payment_method.plastic is Plastic.SLOW:
            intent.status = "slow"
            self.emit(intent, "payment_intent.processing")
        else:
            self.decide(intent)

    def decide(self, intent: Intent) -> None:
        """The bank says yes or no, as the card does."""
        plastic = _sure(intent.payment_method_id).plastic
        if plastic in {Plastic.DECLINES, Plastic.ASKS_THEN_DECLINES} or (
            plastic is Plastic.FAILS_LATER and intent.amount
        ):
            self.decline(intent, Decline.GENERIC)
        else:
            self.succeed(intent)

    def answer(self, intent: Intent, *, yes: bool) -> None:
        """The buyer answers the bank, or a bank that took its time decides."""
        if intent.status == "asks" and yes:
            _sure(intent.payment_method_id).seen = True
            self.decide(intent)
        elif intent.status in {"asks", "slow"}:
            self.succeed(intent) if yes else self.decline(intent, Decline.AUTHENTICATION_FAILED)

    def decline(self, intent: Intent, reason: Decline) -> None:
        intent.declined = says.Declined(intent.id, reason, str(reason), _sure(intent.payment_method_id).id)
        intent.status, intent.payment_method_id = "new", None
        # Who does not confirm at the bank was not declined by it.
        self.declines[intent.order] += reason is not Decline.AUTHENTICATION_FAILED
        self.emit(intent, "payment_intent.payment_failed")

    def succeed(self, intent: Intent) -> None:
        payment_method = _sure(intent.payment_method_id)
        if intent.saves:
            payment_method.customer = payment_method.customer or intent.customer
        if intent.manual_capture and intent.amount:
            intent.status, intent.until = "held", self.now() + HOLD
            self.emit(intent, "payment_intent.amount_capturable_updated")
        else:
            self.take(intent)

    def take(self, intent: Intent, amount: int | None = None) -> None:
        assert intent.received == 0, "money of one intent was taken twice"
        intent.status, intent.received = "succeeded", intent.amount if amount is None else amount
        self.emit(intent, "payment_intent.succeeded")

    def cancel(self, intent: Intent, *, by: str = "us") -> None:
        if intent.status not in {"new", "asks", "held"}:
            raise Refused(f"{intent.id} is {intent.status}")
        intent.status, intent.ended_by = "cancelled", by
        self.emit(intent, "payment_intent.canceled")

    def capture(self, intent: Intent, amount: int | None = None) -> None:
        if intent.status != "held":
            raise Refused(f"{intent.id} is {intent.status}")
        self.take(intent, amount)

    def refund(self, intent: Intent, amount: int, ours: str = "") -> GatewayRefund:
        if amount < 1 or amount > intent.received - intent.returned or intent.contested:
            raise Refused(f"{intent.id} does not let {amount} go back")
        progress = RefundState.PENDING if self.slow_refunds else RefundState.SUCCEEDED
        made = GatewayRefund(self.id("re"), amount, progress, ours)
        intent.refunds.append(made)
        self.emit(intent, "refund.created", after=True)
        return made

    def end_refund(self, intent: Intent, progress: RefundState) -> None:
        """The newest refund that may still end so ends so: one that succeeded may fail days later."""
        for place, each in reversed(list(enumerate(intent.refunds))):
            if each.progress is not RefundState.FAILED and each.progress is not progress:
                intent.refunds[place] = GatewayRefund(each.id, each.amount, progress, each.refund, "bank")
                self.emit(intent, "refund.updated", after=True)
                return

    def dispute(self, intent: Intent) -> None:
        left = intent.received - intent.returned
        if left and not intent.disputes:
            intent.disputes.append(GatewayDispute(self.id("du"), left, "fraudulent", DisputeState.OPEN))
            self.emit(intent, "charge.dispute.created", after=True)

    def detach(self, payment_method: Means) -> None:
        """The card is kept for nobody any more."""
        if payment_method.customer:
            payment_method.customer = None
            self.events.append(
                Notification(self.id("evt"), "payment_method.detached", None, None, payment_method_id=payment_method.id)
            )

    def delete(self, customer: str) -> None:
        """The customer is deleted in the back office, and no card is kept for it any more."""
        self.deleted.add(customer)
        for payment_method in self.payment_methods.values():
            if payment_method.customer == customer:
                self.detach(payment_method)

    def decide_dispute(self, intent: Intent, contest: DisputeState) -> None:
        for place, each in enumerate(intent.disputes):
            if each.contest is DisputeState.OPEN:
                intent.disputes[place] = GatewayDispute(each.id, each.amount, each.reason, contest)
                self.emit(intent, "charge.dispute.closed", after=True)


def _sure(thing: Any) -> Any:
    assert thing is not None
    return thing
