"""A gateway in memory, for a machine that needs thousands of calls a second: what `webapp.gateways.base` promises, and what the
gateways' own documents say of intents, idempotency keys, 3-D Secure, holds, saved cards, refunds and disputes.

`World` is the truth, and what people do there without us; `Memory` is the line to it, on which a call may get lost.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tests.kit import Killed
from webapp.domain.errors import Busy, GatewayRefused, NotSent
from webapp.domain.outcome import (
    ActionNeeded,
    Authorised,
    Books,
    Cancelled,
    Card,
    Contest,
    Decline,
    Declined,
    Disputed,
    Done,
    MoneyBack,
    Outcome,
    Pending,
    Progress,
    Unknown,
    Untried,
)
from webapp.gateways.base import CardForm, Notification, Purchase, SavedMeans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY_LIFE = timedelta(hours=24)  # how long an idempotency key is remembered
HOLD = timedelta(days=7)
T = TypeVar("T")


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


class Way(StrEnum):
    """What becomes of a call on its way. FAILED is an error 500, which is the answer to its key for a day."""

    GOES = "goes"
    NOT_SENT = "not sent"
    BUSY = "busy"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    LOST_BEFORE = "lost before"
    LOST_AFTER = "lost after"
    FAILED_BEFORE = "failed before"
    FAILED_AFTER = "failed after"


@dataclass(frozen=True)
class Fate:
    """Of one call: its way, and what somebody else does just before it arrives or just after it was carried out."""

    way: Way = Way.GOES
    before: str = ""
    after: str = ""


class Refused(Exception):
    """HTTP 400: nothing was done."""


class Failed(Exception):
    """HTTP 500, told again to whoever comes with the same key."""


@dataclass
class Means:
    """A card as it was handed over by a page; `token` is what the page was given for it."""

    id: str
    plastic: Plastic
    token: str
    customer: str | None = None
    seen: bool = False  # saved with the buyer present


@dataclass
class Intent:
    """One payment, or (amount 0) one registration. `status`: new, asks, slow, held, succeeded, cancelled."""

    id: str
    order: str
    customer: str
    amount: int
    currency: str
    holds: bool
    status: str = "new"
    saves: bool = False
    absent: bool = False
    means: Means | None = None
    declined: Declined | None = None
    until: datetime | None = None
    received: int = 0
    refunds: list[MoneyBack] = field(default_factory=list)
    disputes: list[Disputed] = field(default_factory=list)

    @property
    def returned(self) -> int:
        """What has gone back or is on its way, in minor units."""
        return sum(each.amount for each in self.refunds if each.progress is not Progress.FAILED)

    @property
    def contested(self) -> bool:
        """Whether a bank keeps the money away."""
        return any(each.contest is not Contest.WON for each in self.disputes)


class World:
    """The gateway's own side: its books, its events, and what buyers, banks and its back office do there."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.intents: dict[str, Intent] = {}
        self.means: dict[str, Means] = {}
        self.events: list[Notification] = []
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
            self.cancel(found)
        return found

    def outcome(self, intent: Intent) -> Outcome:
        """The one reading of an intent."""
        means = intent.means
        mark = means.id if means else ""
        match intent.status:
            case "new":
                return intent.declined or Untried(intent.id)
            case "asks":
                return ActionNeeded(intent.id, f"{intent.id}_secret", mark)
            case "slow":
                return Pending(intent.id)
            case "cancelled":
                return Cancelled(intent.id)
        assert means is not None
        card = Card("visa", "4242", 12, 2034, f"fp_{means.plastic}")
        said = (card, means.id if intent.saves else None, intent.customer)
        if intent.status == "held":
            return Authorised(intent.id, intent.amount, intent.currency, *said, until=_sure(intent.until), mark=mark)
        return Done(intent.id, intent.received, intent.currency, *said, mark=mark)

    def open(self, purchase: Purchase) -> Intent:
        intent = Intent(
            self.id("pi" if purchase.amount else "seti"),
            purchase.order,
            purchase.customer,
            purchase.amount,
            purchase.currency,
            purchase.holds,
        )
        self.intents[intent.id] = intent
        return intent

    def confirm(self, intent: Intent, token: str, *, save: bool) -> None:
        """Try the card that a page's one-time token stands for."""
        if intent.status not in {"new", "asks"} or token in self._spent:
            raise Refused(f"{intent.id} is {intent.status}, or {token} was used")
        self._spent.add(token)
        means = Means(self.id("pm"), Plastic(token.partition(":")[2]), token)
        self.means[means.id] = means
        self.attempt(intent, means, saves=save or not intent.amount)

    def attempt(self, intent: Intent, means: Means, *, saves: bool, absent: bool = False) -> None:
        intent.means, intent.saves, intent.absent, intent.declined = means, saves, absent, None
        if means.plastic in {Plastic.ASKS, Plastic.ASKS_ALWAYS, Plastic.ASKS_THEN_DECLINES}:
            if absent and not (means.seen and means.plastic is Plastic.ASKS):
                self.decline(intent, Decline.AUTHENTICATION_REQUIRED)
            elif absent:
                self.succeed(intent)
            else:
                intent.status = "asks"
                self.emit(intent, "payment_intent.requires_action")
        elif means.plastic is Plastic.SLOW:
            intent.status = "slow"
            self.emit(intent, "payment_intent.processing")
        else:
            self.decide(intent)

    def decide(self, intent: Intent) -> None:
        """The bank says yes or no, as the card does."""
        plastic = _sure(intent.means).plastic
        if plastic in {Plastic.DECLINES, Plastic.ASKS_THEN_DECLINES} or (
            plastic is Plastic.FAILS_LATER and intent.amount
        ):
            self.decline(intent, Decline.GENERIC)
        else:
            self.succeed(intent)

    def answer(self, intent: Intent, *, yes: bool) -> None:
        """The buyer answers the bank, or a bank that took its time decides."""
        if intent.status == "asks" and yes:
            _sure(intent.means).seen = True
            self.decide(intent)
        elif intent.status in {"asks", "slow"}:
            self.succeed(intent) if yes else self.decline(intent, Decline.AUTHENTICATION_FAILED)

    def decline(self, intent: Intent, reason: Decline) -> None:
        intent.declined = Declined(intent.id, reason, str(reason), _sure(intent.means).id)
        intent.status, intent.means = "new", None
        self.emit(intent, "payment_intent.payment_failed")

    def succeed(self, intent: Intent) -> None:
        means = _sure(intent.means)
        if intent.saves:
            means.customer = means.customer or intent.customer
        if intent.holds and intent.amount:
            intent.status, intent.until = "held", self.now() + HOLD
            self.emit(intent, "payment_intent.amount_capturable_updated")
        else:
            self.take(intent)

    def take(self, intent: Intent) -> None:
        assert intent.received == 0, "money of one intent was taken twice"
        intent.status, intent.received = "succeeded", intent.amount
        self.emit(intent, "payment_intent.succeeded")

    def cancel(self, intent: Intent) -> None:
        if intent.status not in {"new", "asks", "held"}:
            raise Refused(f"{intent.id} is {intent.status}")
        intent.status = "cancelled"
        self.emit(intent, "payment_intent.canceled")

    def capture(self, intent: Intent) -> None:
        if intent.status != "held":
            raise Refused(f"{intent.id} is {intent.status}")
        self.take(intent)

    def refund(self, intent: Intent, amount: int, ours: str = "") -> MoneyBack:
        if amount < 1 or amount > intent.received - intent.returned or intent.contested:
            raise Refused(f"{intent.id} does not let {amount} go back")
        progress = Progress.PENDING if self.slow_refunds else Progress.SUCCEEDED
        made = MoneyBack(self.id("re"), amount, progress, ours)
        intent.refunds.append(made)
        self.emit(intent, "refund.created", after=True)
        return made

    def end_refund(self, intent: Intent, progress: Progress) -> None:
        """The newest refund that may still end so ends so: one that succeeded may fail days later."""
        for place, each in reversed(list(enumerate(intent.refunds))):
            if each.progress is not Progress.FAILED and each.progress is not progress:
                intent.refunds[place] = MoneyBack(each.id, each.amount, progress, each.refund, "bank")
                self.emit(intent, "refund.updated", after=True)
                return

    def dispute(self, intent: Intent) -> None:
        left = intent.received - intent.returned
        if left and not intent.disputes:
            intent.disputes.append(Disputed(self.id("du"), left, "fraudulent", Contest.OPEN))
            self.emit(intent, "charge.dispute.created", after=True)

    def decide_dispute(self, intent: Intent, contest: Contest) -> None:
        for place, each in enumerate(intent.disputes):
            if each.contest is Contest.OPEN:
                intent.disputes[place] = Disputed(each.id, each.amount, each.reason, contest)
                self.emit(intent, "charge.dispute.closed", after=True)


class Memory:
    """`webapp.gateways.base.Gateway`: a line to `World`, on which each call has its fate; nothing said: it goes."""

    def __init__(self, world: World, meanwhile: Callable[[str], None]) -> None:
        self.world = world
        self.fates: deque[Fate] = deque()
        self._meanwhile = meanwhile

    def _call(self, do: Callable[[], T], key: str = "", *, again: bool = False) -> T:
        """Raises `Failed` for what got no answer."""
        fate = self.fates.popleft() if self.fates else Fate()
        self._happens(fate.before)
        match fate.way:
            case Way.NOT_SENT:
                raise NotSent("not sent")
            case Way.BUSY:
                raise Busy("busy")
            case Way.KILLED_BEFORE:
                raise Killed
            case Way.LOST_BEFORE:
                raise Failed("lost before")
            case Way.FAILED_BEFORE:
                self._keep(key, Failed("failed before"))
                raise Failed("failed before")
        answer = self._keyed(do, key, again=again)
        self._happens(fate.after)
        match fate.way:
            case Way.KILLED_AFTER:
                raise Killed
            case Way.LOST_AFTER:
                raise Failed("lost after")
            case Way.FAILED_AFTER:
                self._keep(key, Failed("failed after"))
                raise Failed("failed after")
        return answer

    def _happens(self, deed: str) -> None:
        if deed:
            waiting, self.fates = self.fates, deque()
            self._meanwhile(deed)
            self.fates = waiting

    def _keyed(self, do: Callable[[], T], key: str, *, again: bool) -> T:
        kept = self.world.answers.get(key)
        if kept is None or self.world.now() - kept[0] > KEY_LIFE:
            answer = do()
            self._keep(key, answer)
            return answer
        if isinstance(kept[1], Failed):
            if not again:
                raise Failed("answered the same 500")
            return self._keyed(do, f"{key}:again", again=False)
        return cast("T", kept[1])

    def _keep(self, key: str, answer: Any) -> None:
        if key:
            self.world.answers.setdefault(key, (self.world.now(), answer))

    def takes(self, amount: int, currency: str) -> None:
        pass

    def card_form(self, purchase_amount: int, currency: str, *, saves: bool, language: str) -> CardForm:
        raise NotImplementedError

    def verify(self, body: bytes, signature: str) -> Notification:
        raise NotImplementedError

    def check(self, *, webhook_url: str, live: bool) -> list[str]:
        raise NotImplementedError

    def customer(self, *, buyer: str, phone: str, email: str | None) -> str:
        return self._harmless(lambda: self.world.id("cus"), f"customer:{buyer}:{phone}:{email}")

    def open(self, purchase: Purchase) -> str:
        key = f"{purchase.order}:{purchase.generation}:{purchase.customer}"
        return self._harmless(lambda: self.world.open(purchase).id, key)

    def submit(self, intent: str, *, token: str, save: bool, key: str, return_url: str, mandate: str) -> Outcome:  # noqa: ARG002  # a page's
        def confirm() -> Outcome:
            found = self.world.get(intent)
            self.world.confirm(found, token, save=save)
            return self.world.outcome(found)

        return self._confirms(intent, confirm, key)

    def _confirms(self, intent: str, confirm: Callable[[], Outcome], key: str) -> Outcome:
        try:
            return self._takes(confirm, key)
        except Refused as error:
            truth = self.lookup(intent)
            if isinstance(truth, Untried | Declined):
                raise GatewayRefused(str(error)) from error
            return truth

    def lookup(self, intent: str) -> Outcome:
        try:
            return self._takes(lambda: self.world.outcome(self.world.get(intent)))
        except (NotSent, Busy, Refused) as error:
            return Unknown(str(error))

    def cancel(self, intent: str) -> Outcome:
        return self._or_truth(intent, self.world.cancel)

    def capture(self, intent: str, *, key: str) -> Outcome:
        return self._or_truth(intent, self.world.capture, key)

    def _or_truth(self, intent: str, do: Callable[[Intent], None], key: str = "") -> Outcome:
        def done() -> Outcome:
            found = self.world.get(intent)
            do(found)
            return self.world.outcome(found)

        try:
            return self._takes(done, key)
        except Refused:
            return self.lookup(intent)

    def refund(self, intent: str, amount: int, currency: str, *, refund: str) -> MoneyBack | Unknown:  # noqa: ARG002  # the intent's
        try:
            return self._takes(lambda: self.world.refund(self.world.get(intent), amount, refund), refund, again=True)
        except Refused as error:
            raise GatewayRefused(str(error)) from error

    def books(self, intent: str) -> Books:
        def read() -> Books:
            found = self.world.get(intent)
            return Books(found.received, found.currency, tuple(found.refunds), tuple(found.disputes))

        return self._learns(read)

    def charge(self, purchase: Purchase, means: SavedMeans, *, key: str) -> Outcome:
        def made() -> Outcome:
            saved = self.world.means.get(means.means)
            if saved is None or saved.customer != means.customer:
                raise Refused(f"{means.means} is not {means.customer}'s")
            intent = self.world.open(purchase)
            intent.customer = means.customer
            self.world.attempt(intent, saved, saves=False, absent=True)
            return self.world.outcome(intent)

        try:
            return self._takes(made, key, again=True)
        except Refused as error:
            raise GatewayRefused(str(error)) from error

    def pay_with(self, intent: str, means: SavedMeans, *, key: str, return_url: str) -> Outcome:  # noqa: ARG002  # a page's
        def confirm() -> Outcome:
            found, saved = self.world.get(intent), self.world.means.get(means.means)
            if found.status not in {"new", "asks"} or saved is None or saved.customer != found.customer:
                raise Refused(f"{intent} is {found.status}, or {means.means} is not its customer's")
            self.world.attempt(found, saved, saves=False)
            return self.world.outcome(found)

        return self._confirms(intent, confirm, key)

    def find(self, order: str, customer: str) -> list[Outcome]:
        of_order = self.world.of_order
        return self._learns(
            lambda: [self.world.outcome(each) for each in of_order(order) if each.customer == customer and each.amount]
        )

    def recent(self, since: datetime) -> Iterator[tuple[str, Outcome]]:  # noqa: ARG002  # all of a run is recent
        world = self.world
        found = self._learns(
            lambda: [(each.order, world.outcome(world.get(each.id))) for each in [*world.intents.values()]]
        )
        return iter(found)

    def saved(self, means: str) -> Card | None:
        def read() -> Card | None:
            found = self.world.means.get(means)
            return (
                Card("visa", "4242", 12, 2034, f"fp_{found.plastic}") if found is not None and found.customer else None
            )

        return self._learns(read)

    def fingerprint(self, token: str) -> str:
        return f"fp_{token.partition(':')[2]}"

    def forget(self, means: SavedMeans) -> None:
        self._harmless(lambda: setattr(self.world.means[means.means], "customer", None))

    def _takes(self, do: Callable[[], T], key: str = "", *, again: bool = False) -> T | Unknown:
        try:
            return self._call(do, key, again=again)
        except Failed as error:
            return Unknown(str(error))

    def _harmless(self, do: Callable[[], T], key: str = "") -> T:
        try:
            return self._call(do, key, again=True)
        except Failed as error:
            raise Busy(str(error)) from error

    def _learns(self, do: Callable[[], T]) -> T:
        try:
            return self._call(do)
        except (Failed, NotSent) as error:
            raise Busy(str(error)) from error


def _sure(thing: Any) -> Any:
    assert thing is not None
    return thing
