"""Everybody who has to do with a payment order, in any order: the buyer, the merchant, the gateway, the clock, the worker, and what
goes wrong. Each rule drives the real services; `promises` says what none of them may break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.kit import BUYER, STRANGER
from tests.machine.doing import AMOUNT, DEEDS, Doing
from tests.machine.memory import Fate, Way
from tests.machine.shop import SCHEDULED, SHOP, drain
from tests.machine.world import Intent, Plastic
from webapp.db import models
from webapp.db import refunds as refund_rows
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.errors import TooMany
from webapp.domain.money import Money
from webapp.domain.states import SUCCESSFUL, UNSUCCESSFUL, State
from webapp.domain.statuses import RefundState
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, checkout, refunds
from webapp.services.payments.questions import Unanswered
from webapp.services.payments.refunds import REFUNDABLE

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS = 5  # of one run: few, so that much happens to each
MANY = 6  # news that nobody was told of: the gateway's back office rests until somebody was
GOES = st.just(Fate())
_fate = st.one_of(
    *(GOES, GOES, st.builds(Fate, st.sampled_from(Way))),
    *(st.builds(Fate, before=st.sampled_from(DEEDS)), st.builds(Fate, after=st.sampled_from(DEEDS))),
)
fates: st.SearchStrategy[list[Fate]] = st.one_of(
    *(st.just([]), st.just([])),
    st.lists(st.builds(Fate, st.sampled_from(Way)), min_size=1, max_size=1),
    st.lists(_fate, min_size=1, max_size=4),
)
deaths = st.one_of(st.none(), st.integers(0, 5))
actions = st.sampled_from([*Action, Action.PAYMENT, Action.ASK_REGISTER_PAY])
places = st.integers(0, 20)
plastics = st.sampled_from([*[Plastic.WORKS] * 3, Plastic.ASKS, *Plastic])
DAY = 86_400
spans = st.sampled_from([0, 0, 0, 1, 2, 5, 11, 31, 35, 62, 65, 95, 125, 130, 400, 3600, 21_601, DAY, 3 * DAY, 8 * DAY])
weathers = st.sampled_from(["fair", "fair", "backend down", "banks slow"])
MERCHANT = ("cancel", "cancel", "cancel", "capture", "void", "reactivate", "resend", "refund")
GOOD = {Plastic.WORKS, Plastic.WORKS_TOO}
BACK_OFFICE = [
    *("refund_part", "refund_rest", "refund_succeeds", "refund_fails"),
    *("dispute", "dispute_won", "dispute_lost"),
]


class Machine(Doing):
    """What anybody can do, in any order."""

    # the merchant

    @initialize(action=actions, manual_capture=st.booleans(), plastic=plastics, tick=st.booleans(), fated=fates)
    def first(self, action: Action, manual_capture: bool, plastic: Plastic, tick: bool, fated: list[Fate]) -> None:
        self._place(action, manual_capture=manual_capture, phone=BUYER)
        self._do(lambda: self._pay(self.current, plastic, tick=tick), fated)

    @precondition(lambda self: len(self.orders) < ORDERS and self._count(State.OPEN) < 2)
    @rule(action=actions, manual_capture=st.booleans(), other=st.booleans(), plastic=plastics, fated=fates)
    def order(self, action: Action, manual_capture: bool, other: bool, plastic: Plastic, fated: list[Fate]) -> None:
        self._place(action, manual_capture=manual_capture, phone=STRANGER if other else BUYER)
        self._do(lambda: self._pay(self.current, plastic, tick=True), fated)

    def _place(self, action: Action, *, manual_capture: bool, phone: str) -> None:
        amount = None if action is Action.REGISTER else Money(AMOUNT, "EUR")
        request = lifecycle.Request(
            action, amount, phone, "buyer@example.com", days=2, manual_capture=manual_capture and amount is not None
        )
        self.current = lifecycle.create(self.context, SHOP, request, send=False).id

    @rule(place=places, what=st.sampled_from(MERCHANT), works=st.booleans(), fated=fates, dies_in=deaths)
    def merchant(self, place: int, what: str, works: bool, fated: list[Fate], dies_in: int | None) -> None:
        order = self._pick(place, State.PROCESSING)
        meant: dict[str, Callable[[], object]] = {
            "cancel": lambda: lifecycle.cancel(self.context, SHOP, order),
            "capture": lambda: lifecycle.capture(self.context, SHOP, order),
            "void": lambda: lifecycle.void(self.context, SHOP, order),
            "reactivate": lambda: self._reactivate(order),
            "resend": lambda: lifecycle.resend(self.context, SHOP, order),
            "refund": lambda: self._refund(order, None),
        }
        self._do(meant[what])
        if works:
            self._do(lambda: drain(self.context), fated, dies_in)

    @precondition(lambda self: self._count(*REFUNDABLE))
    @rule(place=places, amount=st.sampled_from([300, 800, None]))
    def refund(self, place: int, amount: int | None) -> None:
        order = self._pick(place, *REFUNDABLE)
        self._do(lambda: self._refund(order, Money(amount, "EUR") if amount else None))

    @precondition(lambda self: self._count(State.AUTHORISED))
    @rule(place=places, takes=st.booleans())
    def end_hold(self, place: int, takes: bool) -> None:
        order = self._pick(place, State.AUTHORISED)
        self._do(lambda: (lifecycle.capture if takes else lifecycle.void)(self.context, SHOP, order))

    @precondition(lambda self: self._count(*UNSUCCESSFUL))
    @rule(place=places)
    def reactivate(self, place: int) -> None:
        order = self._pick(place, *UNSUCCESSFUL)
        self._do(lambda: self._reactivate(order))

    def _reactivate(self, order: str) -> None:
        again = lifecycle.reactivate(self.context, SHOP, order, send=False)
        assert (again.state, again.pending_transition, again.expires_at > self.clock()) == (State.OPEN, None, True)

    def _refund(self, order: str, amount: Money | None) -> None:
        refunds.request(self.context, SHOP, order, amount)
        with self.context.database.read() as session:
            assert refund_rows.spoken_for(session, order) <= AMOUNT, "more was promised back than was taken"

    @precondition(lambda self: len(self.orders) < ORDERS and self._aliased())
    @rule(place=places, worked=st.booleans(), fated=fates, dies_in=deaths)
    def charge_again(self, place: int, worked: bool, fated: list[Fate], dies_in: int | None) -> None:
        aliased, made = self._aliased(), []
        source = aliased[place % len(aliased)]
        alias = self._alias(source.alias_id or source.charges_alias_id)
        self._do(lambda: made.append(self._charge(source.id)))
        self.current = (made or [source.id])[0]
        assert not made or alias.status == "active", "a revoked alias is charged"
        if worked:
            self._do(lambda: drain(self.context), fated, dies_in)
        payment_method = self.world.payment_methods[alias.payment_method_id]
        if (
            made
            and worked
            and not fated
            and dies_in is None
            and payment_method.plastic in GOOD
            and payment_method.customer
        ):
            assert self._row(self.current).state in SUCCESSFUL, "nothing was wrong, and the card was not charged"

    def _charge(self, source: str) -> str:
        """The merchant is asked when the same was charged a moment ago, and says yes."""
        try:
            return aliases.charge(self.context, SHOP, source, Money(AMOUNT, "EUR")).id
        except Unanswered as asked:
            return aliases.charge(self.context, SHOP, source, Money(AMOUNT, "EUR"), answered=asked.answers).id

    def _aliased(self) -> list[Any]:
        return [order for order in self.orders.values() if order.alias_id or order.charges_alias_id]

    def _alias(self, alias: str) -> models.Alias:
        with self.context.database.read() as session:
            return session.get_one(models.Alias, alias)

    @precondition(lambda self: self._aliased())
    @rule(place=places, who=st.sampled_from([actors.user("usr_1"), actors.buyer("buy_1"), actors.GATEWAY]))
    def revoke(self, place: int, who: actors.Actor) -> None:
        aliased = self._aliased()
        source = aliased[place % len(aliased)]
        alias = self._alias(source.alias_id or source.charges_alias_id)
        self.current = source.id
        if who is actors.GATEWAY:
            self.world.detach(self.world.payment_methods[alias.payment_method_id])
        else:
            self._do(lambda: aliases.revoke(self.context.acting_as(who), SHOP, alias.id))

    # the buyer

    @precondition(lambda self: self._count(State.OPEN))
    @rule(place=places, plastic=plastics, tick=st.booleans())
    def pay(self, place: int, plastic: Plastic, tick: bool) -> None:
        order = self._pick(place, State.OPEN)
        before, intents = self.orders[order], self.world.of_order(order)
        fresh = before.state == State.OPEN and not before.pending_transition and before.expires_at > self.clock()
        fresh = fresh and all(each.status == "new" or each.ended_by == "us" for each in intents)
        limited = False

        def pays() -> None:
            nonlocal limited
            try:
                self._pay(order, plastic, tick=tick)
            except TooMany:
                limited = True

        self._do(pays)
        if fresh and plastic in GOOD and not limited:
            paid = self._row(order).state
            assert paid in SUCCESSFUL | {State.AUTHORISED}, ("nothing was wrong, and nothing was paid", paid, intents)

    @precondition(lambda self: self._count(State.OPEN, State.PROCESSING))
    @rule(place=places, plastic=plastics, tick=st.booleans(), fated=fates, dies_in=deaths)
    def pay_unluckily(self, place: int, plastic: Plastic, tick: bool, fated: list[Fate], dies_in: int | None) -> None:
        order = self._pick(place, State.OPEN)
        self._do(lambda: self._pay(order, plastic, tick=tick), fated, dies_in)

    @precondition(lambda self: self._aliased() and self._tappable())
    @rule(place=places, works=st.sampled_from([True, True, False]), fated=fates, dies_in=deaths)
    def tap(self, place: int, works: bool, fated: list[Fate], dies_in: int | None) -> None:
        """In the chat the buyer says yes to a card saved before; the worker pays with it."""
        tappable = self._tappable()
        order = self.current = tappable[place % len(tappable)]
        self._do(lambda: self._tap(order))
        if works:
            self._do(lambda: drain(self.context), fated, dies_in)

    def _tappable(self) -> list[str]:
        return [row.id for row in self.orders.values() if (row.action, row.state) == (Action.PAYMENT, State.OPEN)]

    @precondition(lambda self: self._intents("asks", "slow"))
    @rule(place=places, yes=st.booleans(), comes_back=st.booleans(), fated=fates, dies_in=deaths)
    def answer(self, place: int, yes: bool, comes_back: bool, fated: list[Fate], dies_in: int | None) -> None:
        asking = self._intents("asks", "slow")
        intent = asking[place % len(asking)]
        self.current = intent.order
        self.world.answer(intent, yes=yes)
        if comes_back:
            self._do(lambda: checkout.resume(self.context, intent.order), fated, dies_in)

    @precondition(lambda self: self._count(State.PROCESSING))
    @rule(place=places, plastic=st.one_of(st.none(), plastics), tick=st.booleans(), fated=fates, dies_in=deaths)
    def another_card(
        self, place: int, plastic: Plastic | None, tick: bool, fated: list[Fate], dies_in: int | None
    ) -> None:
        order = self._pick(place, State.PROCESSING)
        if plastic is None:
            self._do(lambda: checkout.another_card(self.context, order), fated, dies_in)
        else:
            self._do(lambda: checkout.another_card(self.context, order))
            self._do(lambda: self._pay(order, plastic, tick=tick), fated, dies_in)

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
        self._tell(note)
        self._do(lambda: drain(self.context), fated, dies_in)

    @precondition(lambda self: len(self.world.events) < MANY and self._intents("held", "succeeded"))
    @rule(place=places, what=st.integers(0, 6))
    def back_office(self, place: int, what: int) -> None:
        among = self._intents("held") * 3 + self._intents("succeeded")
        intent = among[place % len(among)]
        deeds = ["capture_part", "capture", "cancel"] if intent.status == "held" else BACK_OFFICE
        self._at_gateway(intent.order, deeds[what % len(deeds)])

    @precondition(lambda self: self.world.intents and not self.world.deleted)
    @rule(place=places)
    def customer_deleted(self, place: int) -> None:
        customers = list(dict.fromkeys(each.customer for each in self.world.intents.values()))
        self.world.delete(customers[place % len(customers)])

    # the clock and the worker

    @rule(seconds=spans, works=st.sampled_from([True, True, False]), weather=weathers, fated=fates, dies_in=deaths)
    def later(self, seconds: int, works: bool, weather: str, fated: list[Fate], dies_in: int | None) -> None:
        self.clock.forward(seconds=seconds)
        self.arena.backend.down = weather == "backend down"
        self.world.slow_refunds = weather == "banks slow"
        if works:
            self._do(lambda: drain(self.context), fated, dies_in)

    # what is promised

    @invariant()
    def promises_hold(self) -> None:
        self.orders = self.promises.always()

    def teardown(self) -> None:
        """No more faults, and time enough for everything to settle: first without the daily sweep, then by it."""
        self.arena.backend.down = self.world.slow_refunds = False
        self.arena.enable(self.context)
        for place, intent in enumerate(list(self.world.intents.values())):
            if intent.status == "slow" or place % 3:  # some buyers never answer
                self.world.answer(intent, yes=place % 3 == 1)
            for _ in intent.refunds:
                if any(each.progress is RefundState.PENDING for each in intent.refunds):
                    self.world.end_refund(intent, RefundState.SUCCEEDED)
        for note in [*self.world.events, *self.lost]:  # Stripe tells again for three days
            if note.after_payment:
                self._tell(note)
        for days in (0.002, 0.002, 0.05, 0.3, 1, 6, 2, 5, 8, 8):
            self.clock.forward(days=days)
            for intent in self._intents("slow"):  # also those that only the worker's last look began
                self.world.answer(intent, yes=True)
            drain(self.context, without=SCHEDULED)
        self.promises.always()
        self.promises.settled(self.arena.backend.told, self.unheard)
        drain(self.context)
        self.promises.always()
        self.promises.settled(self.arena.backend.told, set())
        self.promises.agreed()
