"""The line to `world`: `webapp.gateways.base.Gateway` for a machine that needs thousands of calls a second. A call may be refused,
get lost, or kill the process that makes it, and others may do something while it is on its way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tests.kit import Killed
from tests.machine.world import Intent, Refused, World
from webapp.domain.errors import Busy, GatewayRefused, NotSent, UnknownCustomer
from webapp.domain.outcome import (
    ActionNeeded,
    Authorised,
    Card,
    Declined,
    Done,
    GatewayPayment,
    GatewayRefund,
    Outcome,
    Pending,
    Unconfirmed,
    Unknown,
)
from webapp.gateways.base import Notification, Purchase, SavedPaymentMethod, Saver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from webapp.domain.money import Money

KEY_LIFE = timedelta(hours=24)  # how long an idempotency key is remembered
T = TypeVar("T")


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


class Failed(Exception):
    """HTTP 500, told again to whoever comes with the same key."""


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

    @property
    def card_brands(self) -> tuple[str, ...]:
        return ()

    def validate_amount(self, amount: int, currency: str) -> None:
        pass

    def validate_refund(self, amount: int, currency: str) -> None:
        pass

    def prepare(
        self,
        amount: int,
        currency: str,
        *,
        saves: bool,
        manual_capture: bool,
        language: str,
        purchase: Purchase | None = None,
    ) -> dict[str, object]:
        raise NotImplementedError

    def verify(self, body: bytes, signature: str) -> Notification:
        raise NotImplementedError

    def check(self, *, webhook_url: str, live: bool) -> list[str]:
        raise NotImplementedError

    def customer(self, *, buyer: str, phone: str | None, email: str | None, gone: str | None = None) -> str:
        return self._harmless(lambda: self.world.id("cus"), f"customer:{buyer}:{phone}:{email}:{gone}")

    def delete_customer(self, customer: str) -> None:
        self._harmless(lambda: self.world.delete(customer), "")

    def open(self, purchase: Purchase) -> str:
        def opened() -> str:
            self._must_be_known(purchase.customer)
            return self.world.open(purchase).id

        return self._harmless(opened, f"{purchase.order}:{purchase.generation}:{purchase.customer}")

    def _must_be_known(self, customer: str) -> None:
        if customer in self.world.deleted:
            raise UnknownCustomer(customer)

    def submit(self, intent: str, *, token: str, save: bool, key: str, return_url: str, mandate: str) -> Outcome:  # noqa: ARG002  # a page's
        def confirm() -> Outcome:
            found = self.world.get(intent)
            self._must_be_known(found.customer)
            self.world.confirm(found, token, save=save)
            return self.world.outcome(found)

        return self._confirms(intent, confirm, key)

    def _confirms(self, intent: str, confirm: Callable[[], Outcome], key: str) -> Outcome:
        try:
            return self._takes(confirm, key)
        except Refused as error:
            truth = self.lookup(intent)
            if isinstance(truth, Unconfirmed | Declined):
                raise GatewayRefused(str(error)) from error
            return (
                replace(truth, earlier=True) if isinstance(truth, Done | Authorised | Pending | ActionNeeded) else truth
            )

    def lookup(self, intent: str) -> Outcome:
        try:
            return self._takes(lambda: self.world.outcome(self.world.get(intent)))
        except (NotSent, Busy, Refused) as error:
            return Unknown(str(error))

    def cancel(self, intent: str) -> Outcome:
        return self._or_truth(intent, self.world.cancel)

    def capture(self, intent: str, part: Money | None = None, *, key: str) -> Outcome:
        return self._or_truth(intent, lambda found: self.world.capture(found, part.amount if part else None), key)

    def _or_truth(self, intent: str, do: Callable[[Intent], None], key: str = "") -> Outcome:
        def done() -> Outcome:
            found = self.world.get(intent)
            do(found)
            return self.world.outcome(found)

        try:
            return self._takes(done, key)
        except Refused:
            return self.lookup(intent)

    def refund(self, intent: str, amount: int, currency: str, *, refund: str) -> GatewayRefund | Unknown:  # noqa: ARG002  # the intent's
        try:
            return self._takes(lambda: self.world.refund(self.world.get(intent), amount, refund), refund, again=True)
        except Refused as error:
            raise GatewayRefused(str(error)) from error

    def retrieve_payment(self, intent: str) -> GatewayPayment:
        def read() -> GatewayPayment:
            found = self.world.get(intent)
            return GatewayPayment(found.received, found.currency, tuple(found.refunds), tuple(found.disputes))

        return self._learns(read)

    def charge(self, purchase: Purchase, payment_method: SavedPaymentMethod, *, key: str) -> Outcome:
        def made() -> Outcome:
            saved = self.world.payment_methods.get(payment_method.id)
            if saved is None or saved.customer != payment_method.customer:
                raise Refused(f"{payment_method.id} is not {payment_method.customer}'s")
            intent = self.world.open(purchase)
            intent.customer = payment_method.customer
            self.world.attempt(intent, saved, saves=False, absent=True)
            return self.world.outcome(intent)

        try:
            return self._takes(made, key, again=True)
        except Refused as error:
            raise GatewayRefused(str(error)) from error

    def pay_with(self, intent: str, payment_method: SavedPaymentMethod, *, key: str, return_url: str) -> Outcome:  # noqa: ARG002  # a page's
        def confirm() -> Outcome:
            found, saved = self.world.get(intent), self.world.payment_methods.get(payment_method.id)
            if found.status not in {"new", "asks"} or saved is None or saved.customer != found.customer:
                raise Refused(f"{intent} is {found.status}, or {payment_method.id} is not its customer's")
            self.world.charged[saved.id] += 1
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

    def saved(self, payment_method: str) -> Card | None:
        def read() -> Card | None:
            found = self.world.payment_methods.get(payment_method)
            return found.card if found is not None and found.customer else None

        return self._learns(read)

    def changed(self, since: datetime) -> Iterator[str]:  # noqa: ARG002  # as above
        return iter(
            self._learns(lambda: [each.id for each in self.world.payment_methods.values() if not each.customer])
        )

    def saver(self, intent: str) -> Saver | None:  # noqa: ARG002  # no backup is restored
        raise AssertionError("an order was forgotten")

    def fingerprint(self, token: str) -> str:
        return f"fp_{token.partition(':')[2]}"

    def forget(self, payment_method: SavedPaymentMethod) -> None:
        self._harmless(lambda: self.world.detach(self.world.payment_methods[payment_method.id]))

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
