"""No interleaving of buyer, merchant, gateway, crashes, lost answers and clock breaks what is promised of money.

Hypothesis drives the real services and prints the shortest run that breaks a promise. MACHINE_RUNS is the number of runs on SQLite
(200); PostgreSQL, whose answers take longer, gets a tenth.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.kit import BUYER, STRANGER, Killed
from tests.machine import promises
from tests.machine.gateway import Fate, Intent, Plastic, Refused, Way
from tests.machine.shop import SHOP, Arena, Mortal, drain, in_a_hurry
from webapp.domain import ids
from webapp.domain.actions import Action
from webapp.domain.errors import OrdoError
from webapp.domain.money import Money
from webapp.domain.outcome import Contest, Progress
from webapp.domain.states import SUCCESSFUL, UNSUCCESSFUL, State
from webapp.gateways.base import Notification
from webapp.services import aliases, checkout, inbox, orders, refunds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RUNS = int(os.environ.get("MACHINE_RUNS", "200"))
STEPS = 50
ORDERS = 5  # of one run: few, so that much happens to each
AMOUNT = 1000
BY = orders.By("office")

DEEDS = ("yes", "no", "cancel", "pay", "another_card", "resume", "work", "webhooks", "two_minutes", "a_week", "refund")
GOES = Fate()
FATES = [
    GOES,
    *(Fate(way) for way in Way),
    *(Fate(before=deed) for deed in DEEDS),
    *(Fate(after=deed) for deed in DEEDS),
]
fates: st.SearchStrategy[list[Fate]] = st.one_of(
    st.just([]), st.lists(st.one_of(st.just(GOES), st.sampled_from(FATES)), min_size=1, max_size=5)
)
deaths = st.one_of(st.none(), st.none(), st.integers(0, 6))
places = st.integers(0, 20)
plastics = st.sampled_from(Plastic)
DAY = 86_400
spans = st.sampled_from([1, 3, 11, 31, 65, 95, 130, 400, 2, 5, 35, 62, 125, 3600, 21_601, DAY, 3 * DAY, 8 * DAY])
weathers = st.sampled_from(["fair", "fair", "backend down", "banks slow"])
SENSIBLE = {
    State.OPEN: ["cancel"],
    State.PROCESSING: ["cancel"],
    State.AUTHORISED: ["capture", "void"],
    State.PAID: ["refund_part", "refund_rest"],
    State.PARTIALLY_REFUNDED: ["refund_part", "refund_rest"],
    **{state: ["reactivate"] for state in UNSUCCESSFUL},
}
BACK_OFFICE = [
    *("refund_part", "refund_rest", "refund_succeeds", "refund_fails"),
    *("dispute", "dispute_won", "dispute_lost"),
]


class Machine(RuleBasedStateMachine):
    """What anybody can do, in any order."""

    arena: ClassVar[Arena]

    def __init__(self) -> None:
        super().__init__()
        self.kit, self.gateway = self.arena.begin(self._meanwhile)
        self.world, self.clock = self.gateway.world, self.arena.clock
        self.ticked: dict[str, bool] = {}
        self.lost: list[Notification] = []
        self.placed: list[str] = []
        self.states: dict[str, State] = {}
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
            case "a_week":
                self.clock.forward(days=7)
            case "yes" | "no":
                self._at_gateway(self.current, deed)
            case "refund":
                self._at_gateway(self.current, "refund_part")
            case _:
                meant: dict[str, Callable[[], object]] = {
                    "cancel": lambda: orders.cancel(self.kit, SHOP, self.current),
                    "pay": lambda: self._pay(self.current, Plastic.WORKS, tick=True),
                    "another_card": lambda: checkout.another_card(self.kit, self.current),
                    "resume": lambda: checkout.resume(self.kit, self.current),
                    "work": lambda: drain(self.kit),
                    "webhooks": self._all_webhooks,
                }
                with contextlib.suppress(OrdoError):
                    meant[deed]()
        self.arena.database.dies_in = dies_in

    def _pay(self, order: str, plastic: Plastic, *, tick: bool) -> None:
        token = f"tok{next(self._numbers)}:{plastic}"
        self.ticked[token] = tick
        consent = {"wording": token, "version": "1", "language": "en"}
        checkout.start(self.kit, order, checkout.Submission(token, tick, consent, "Phone/1.0"))

    def _all_webhooks(self) -> None:
        for note in reversed(self.world.events):
            inbox.keep_gateway(self.kit, SHOP, note)
        self.world.events.clear()
        drain(self.kit)

    def _at_gateway(self, order: str, what: str) -> None:
        for intent in self.world.of_order(order):
            with contextlib.suppress(Refused):
                match what:
                    case "yes" | "no":
                        self.world.answer(intent, yes=what == "yes")
                    case "refund_part":
                        self.world.refund(intent, 300)
                    case "refund_rest":
                        self.world.refund(intent, intent.received - intent.returned)
                    case "refund_succeeds" | "refund_fails":
                        ends = Progress.SUCCEEDED if what == "refund_succeeds" else Progress.FAILED
                        self.world.end_refund(intent, ends)
                    case "capture":
                        self.world.capture(intent)
                    case "cancel":
                        self.world.cancel(intent)
                    case "dispute":
                        self.world.dispute(intent)
                    case "dispute_won" | "dispute_lost":
                        self.world.decide_dispute(intent, Contest.WON if what == "dispute_won" else Contest.LOST)

    # whom it concerns: whoever it makes sense for, and now and then anybody

    def _pick(self, place: int, *states: State) -> str:
        fitting = [order for order in self.placed if self.states[order] in states]
        among = fitting * 3 + self.placed
        self.current = among[place % len(among)]
        return self.current

    def _any(self, *states: State) -> bool:
        return any(state in states for state in self.states.values())

    # the merchant

    @initialize(action=st.sampled_from(Action), holds=st.booleans(), plastic=plastics, tick=st.booleans(), fated=fates)
    def first(self, action: Action, holds: bool, plastic: Plastic, tick: bool, fated: list[Fate]) -> None:
        self._place(action, holds=holds, phone=BUYER)
        self._do(lambda: self._pay(self.current, plastic, tick=tick), fated)

    @precondition(lambda self: len(self.placed) < ORDERS and not self._any(State.OPEN))
    @rule(action=st.sampled_from(Action), holds=st.booleans(), other=st.booleans(), plastic=plastics, fated=fates)
    def order(self, action: Action, holds: bool, other: bool, plastic: Plastic, fated: list[Fate]) -> None:
        self._place(action, holds=holds, phone=STRANGER if other else BUYER)
        self._do(lambda: self._pay(self.current, plastic, tick=True), fated)

    def _place(self, action: Action, *, holds: bool, phone: str) -> None:
        amount = None if action is Action.REGISTER else Money(AMOUNT, "EUR")
        request = orders.Request(action, amount, phone, "buyer@example.com", days=2, holds=holds and amount is not None)
        self.placed.append(orders.create(self.kit, SHOP, request, BY, send=False).id)
        self.current = self.placed[-1]
        self.states[self.current] = State.OPEN

    @rule(place=places, what=st.integers(0, 20))
    def merchant(self, place: int, what: int) -> None:
        order = self.current = self.placed[place % len(self.placed)]
        meant: dict[str, Callable[[], object]] = {
            "cancel": lambda: orders.cancel(self.kit, SHOP, order),
            "capture": lambda: orders.capture(self.kit, SHOP, order),
            "void": lambda: orders.void(self.kit, SHOP, order),
            "reactivate": lambda: orders.reactivate(self.kit, SHOP, order, send=False),
            "resend": lambda: orders.resend(self.kit, SHOP, order),
            "refund_part": lambda: refunds.request(self.kit, SHOP, order, Money(300, "EUR")),
            "refund_rest": lambda: refunds.request(self.kit, SHOP, order, None),
        }
        among = SENSIBLE.get(self.states[order], ["cancel"]) * 3 + list(meant)
        self._do(meant[among[what % len(among)]])

    @precondition(lambda self: len(self.placed) < ORDERS and self._any(*SUCCESSFUL))
    @rule(place=places, worked=st.booleans(), fated=fates, dies_in=deaths)
    def charge_again(self, place: int, worked: bool, fated: list[Fate], dies_in: int | None) -> None:
        source, made = self._pick(place, *SUCCESSFUL), []
        self._do(lambda: made.append(aliases.charge(self.kit, SHOP, source, Money(AMOUNT, "EUR"), BY).id))
        self.placed += made
        self.current = (made or [source])[0]
        if worked:
            self._do(lambda: drain(self.kit), fated, dies_in)

    # the buyer

    @precondition(lambda self: self._any(State.OPEN))
    @rule(place=places, plastic=plastics, tick=st.booleans())
    def pay(self, place: int, plastic: Plastic, tick: bool) -> None:
        order = self._pick(place, State.OPEN)
        self._do(lambda: self._pay(order, plastic, tick=tick))

    @rule(place=places, plastic=plastics, tick=st.booleans(), fated=fates, dies_in=deaths)
    def pay_unluckily(self, place: int, plastic: Plastic, tick: bool, fated: list[Fate], dies_in: int | None) -> None:
        order = self._pick(place, State.OPEN)
        self._do(lambda: self._pay(order, plastic, tick=tick), fated, dies_in)

    @precondition(lambda self: self._intents("asks", "slow"))
    @rule(place=places, yes=st.booleans(), comes_back=st.booleans(), fated=fates, dies_in=deaths)
    def answer(self, place: int, yes: bool, comes_back: bool, fated: list[Fate], dies_in: int | None) -> None:
        asking = self._intents("asks", "slow")
        intent = asking[place % len(asking)]
        self.current = intent.order
        self.world.answer(intent, yes=yes)
        if comes_back:
            self._do(lambda: checkout.resume(self.kit, intent.order), fated, dies_in)

    @precondition(lambda self: self._any(State.PROCESSING))
    @rule(place=places, fated=fates, dies_in=deaths)
    def another_card(self, place: int, fated: list[Fate], dies_in: int | None) -> None:
        order = self._pick(place, State.PROCESSING)
        self._do(lambda: checkout.another_card(self.kit, order), fated, dies_in)

    # the gateway

    def _intents(self, *statuses: str) -> list[Intent]:
        return [each for each in self.world.intents.values() if each.status in statuses]

    @precondition(lambda self: self.world.events)
    @rule(place=places, what=st.sampled_from(["once", "once", "repeated", "lost"]), fated=fates, dies_in=deaths)
    def webhook(self, place: int, what: str, fated: list[Fate], dies_in: int | None) -> None:
        place %= len(self.world.events)
        note = self.world.events[place] if what == "repeated" else self.world.events.pop(place)
        if what == "lost":
            self.lost.append(note)
            return
        inbox.keep_gateway(self.kit, SHOP, note)
        self._do(lambda: drain(self.kit), fated, dies_in)

    @precondition(lambda self: self._intents("held", "succeeded"))
    @rule(place=places, what=st.integers(0, 6))
    def back_office(self, place: int, what: int) -> None:
        among = self._intents("held", "succeeded")
        intent = among[place % len(among)]
        deeds = ["capture", "cancel"] if intent.status == "held" else BACK_OFFICE
        self._at_gateway(intent.order, deeds[what % len(deeds)])

    # the clock and the worker

    @rule(fated=fates, dies_in=deaths)
    def worker(self, fated: list[Fate], dies_in: int | None) -> None:
        self._do(lambda: drain(self.kit), fated, dies_in)

    @rule(seconds=spans, works=st.booleans(), weather=weathers, fated=fates, dies_in=deaths)
    def later(self, seconds: int, works: bool, weather: str, fated: list[Fate], dies_in: int | None) -> None:
        self.clock.forward(seconds=seconds)
        self.arena.backend.down = weather == "backend down"
        self.world.slow_refunds = weather == "banks slow"
        if works:
            self._do(lambda: drain(self.kit), fated, dies_in)

    # what is promised

    @invariant()
    def promises_hold(self) -> None:
        self.states = promises.always(self.kit, self.world, self.ticked)

    def teardown(self) -> None:
        """No more faults, and time enough for everything to settle."""
        self.arena.backend.down = self.world.slow_refunds = False
        self.arena.enable(self.kit)
        for intent in list(self.world.intents.values()):
            self.world.answer(intent, yes=True)
            for _ in intent.refunds:
                if any(each.progress is Progress.PENDING for each in intent.refunds):
                    self.world.end_refund(intent, Progress.SUCCEEDED)
        # Stripe tells again for three days; the daily sweep stands in for what it never told about money that was taken.
        for note in [*self.world.events, *self.lost]:
            if note.after_payment:
                inbox.keep_gateway(self.kit, SHOP, note)
        for days in (0.002, 0.002, 0.05, 0.3, 1, 6, 2, 5, 8, 8):
            self.clock.forward(days=days)
            drain(self.kit)
        for intent in list(self.world.intents.values()):
            if intent.received:
                self.world.emit(intent, "sweep", after=True)
                inbox.keep_gateway(self.kit, SHOP, self.world.events[-1])
        drain(self.kit)
        promises.always(self.kit, self.world, self.ticked)
        promises.settled(self.kit, self.world, self.ticked, self.arena.backend.told)


@pytest.fixture(params=["sqlite", "postgresql"])
def arena(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Arena]:
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ordo.db")
        made = Arena(in_a_hurry(f"sqlite:///{path}"))
        yield made
        made.close()
        return
    cluster, template = request.getfixturevalue("postgres")
    name = cluster.create(template)
    made = Arena(Mortal(cluster.url(name)))
    yield made
    made.close()
    cluster.drop(name)


def test_no_interleaving_breaks_a_promise(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count(1)
    # A run that is repeated makes the same ids, in the same order.
    monkeypatch.setattr(ids, "new", lambda prefix: f"{prefix}_{next(numbers):022d}")
    monkeypatch.setattr(ids, "reference", lambda: f"R{next(numbers)}")
    runs = RUNS if arena.database.is_sqlite else max(1, RUNS // 10)
    monkeypatch.setattr(Machine, "arena", arena, raising=False)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
