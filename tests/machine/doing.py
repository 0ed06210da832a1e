"""How everybody does things to the real services, and what others do while one of them waits for the gateway."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from tests.kit import Killed
from tests.machine.memory import Fate
from tests.machine.promises import Promises
from tests.machine.shop import SHOP, Arena, drain
from tests.machine.world import Intent, Plastic, Refused
from webapp.db import models, orders
from webapp.domain.errors import OrdoError
from webapp.domain.states import State
from webapp.domain.statuses import DisputeState, RefundState
from webapp.gateways.base import Notification
from webapp.services import inbox
from webapp.services.orders import lifecycle
from webapp.services.payments import checkout, saved_card_pay

if TYPE_CHECKING:
    from collections.abc import Callable

AMOUNT = 1000
DEEDS = (
    *("yes", "no", "cancel", "pay", "another_card", "resume", "work", "webhooks", "two_minutes", "a_week", "refund"),
    *("another_worker", "refund_told", "pay_asking", "tap"),
)


class Doing(RuleBasedStateMachine):
    """How anything is done, whom it concerns, and what happens meanwhile."""

    arena: ClassVar[Arena]

    def __init__(self) -> None:
        super().__init__()
        self.context, self.gateway = self.arena.begin(self._meanwhile)
        self.world, self.clock = self.gateway.world, self.arena.clock
        self.ticked: dict[str, bool] = {}
        self.promises = Promises(self.arena.database, self.world, self.ticked)
        self.lost: list[Notification] = []
        self.unheard: set[str] = set()
        self.orders: dict[str, Any] = {}
        self.current = ""
        self._numbers = itertools.count(1)

    # how things are done

    def _do(self, deed: Callable[[], object], fated: list[Fate] | None = None, dies_in: int | None = None) -> None:
        """A process does something. It may be refused, and it may be killed."""
        self.gateway.fates.clear()
        self.gateway.fates.extend(fated or [])
        self.arena.database.dies_in = dies_in
        with contextlib.suppress(OrdoError, Killed):
            deed()
        self.gateway.fates.clear()
        self.arena.database.dies_in = None

    def _meanwhile(self, deed: str) -> None:
        """Another process does something while this one waits for the gateway."""
        dies_in, self.arena.database.dies_in = self.arena.database.dies_in, None
        match deed:
            case "two_minutes":
                self.clock.forward(minutes=2)
            case "another_worker":  # which finds the lease of this one run out
                self.clock.forward(minutes=3)
                drain(self.context)
            case "a_week":
                self.clock.forward(days=7)
            case "yes" | "no":
                self._at_gateway(self.current, deed)
            case "refund":
                self._at_gateway(self.current, "refund_part")
            case "refund_told":
                self._at_gateway(self.current, "refund_part")
                self._all_webhooks()
            case _:
                meant: dict[str, Callable[[], object]] = {
                    "cancel": lambda: lifecycle.cancel(self.context, SHOP, self.current),
                    "pay": lambda: self._pay(self.current, Plastic.WORKS, tick=True),
                    "tap": lambda: self._tap(self.current),
                    "pay_asking": lambda: self._pay(self.current, Plastic.ASKS, tick=False),
                    "another_card": lambda: checkout.another_card(self.context, self.current),
                    "resume": lambda: checkout.resume(self.context, self.current),
                    "work": lambda: drain(self.context),
                    "webhooks": self._all_webhooks,
                }
                with contextlib.suppress(OrdoError):
                    meant[deed]()
        self.arena.database.dies_in = dies_in

    def _pay(self, order: str, plastic: Plastic, *, tick: bool) -> None:
        before = self._row(order)
        takes_a_try = before.state == State.OPEN and not before.pending_transition and before.expires_at > self.clock()
        token = f"tok{next(self._numbers)}:{plastic}"
        self.ticked[token] = tick
        consent = {"wording": token, "version": "1", "language": "en"}
        checkout.start(self.context, order, checkout.Submission(token, tick, consent, "Phone/1.0"))
        assert takes_a_try, (
            "a try at what takes none",
            order,
            before.state,
            before.pending_transition,
            before.expires_at,
        )

    def _tap(self, order: str) -> None:
        with self.context.database.write() as session:
            row = orders.lock(session, order)
            alias = saved_card_pay.card(session, row, self.clock())
            if alias is not None:
                saved_card_pay.pay(session, self.context, row, alias.id)

    def _row(self, order: str) -> models.Order:
        with self.context.database.read() as session:
            return orders.get(session, order)

    def _tell(self, note: Notification) -> None:
        """The gateway tells, and believes that it was heard."""
        inbox.keep_gateway(self.context, SHOP, note)
        with self.context.database.read() as session:
            if note.intent and orders.by_intent(session, SHOP, note.intent) is None:
                self.unheard.add(note.intent)

    def _all_webhooks(self) -> None:
        notes = self.world.events[::-1]
        self.world.events.clear()
        for note in notes:
            self._tell(note)
        drain(self.context)

    def _at_gateway(self, order: str, what: str) -> None:
        world = self.world
        meant: dict[str, Callable[[Intent], object]] = {
            "yes": lambda intent: world.answer(intent, yes=True),
            "no": lambda intent: world.answer(intent, yes=False),
            "refund_part": lambda intent: world.refund(intent, 300),
            "refund_rest": lambda intent: world.refund(intent, intent.received - intent.returned),
            "refund_succeeds": lambda intent: world.end_refund(intent, RefundState.SUCCEEDED),
            "refund_fails": lambda intent: world.end_refund(intent, RefundState.FAILED),
            "capture": world.capture,
            "capture_part": lambda intent: world.capture(intent, AMOUNT - 300),
            "cancel": lambda intent: world.cancel(intent, by="office"),
            "dispute": world.dispute,
            "dispute_won": lambda intent: world.decide_dispute(intent, DisputeState.WON),
            "dispute_lost": lambda intent: world.decide_dispute(intent, DisputeState.LOST),
        }
        for intent in world.of_order(order):
            with contextlib.suppress(Refused):
                meant[what](intent)

    # whom it concerns: whoever it makes sense for, and now and then anybody

    def _pick(self, place: int, *states: State) -> str:
        fitting = [order.id for order in self.orders.values() if order.state in states]
        same = [order for order in fitting if order == self.current]
        among = same * 3 + fitting * 3 + list(self.orders)
        self.current = among[place % len(among)]
        return self.current

    def _count(self, *states: State) -> int:
        return sum(order.state in states for order in self.orders.values())
