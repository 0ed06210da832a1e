"""What is promised of money, whatever happens: after every step, and once everything has settled."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tests.machine.world import Intent, World
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.states import FINAL, MONEY, STEPS, UNSUCCESSFUL, Event, State, standing
from webapp.domain.statuses import RefundState
from webapp.services.orders.lifecycle import TOLD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.machine.shop import Mortal

EVENTS = {str(event) for event in Event}
# In an order of our own: PostgreSQL's changes as rows are written, and a run that is repeated has to be the same.
_ORDERS = select(models.Order.__table__).order_by(models.Order.id)
_ALIASES = select(models.Alias.__table__).order_by(models.Alias.id)
_CONSENTS = select(models.Consent.__table__).order_by(models.Consent.id)
_EVENTS = (
    select(models.OrderEvent.order_id, models.OrderEvent.kind)
    .where(models.OrderEvent.kind.in_(EVENTS))
    .order_by(models.OrderEvent.id)
)
_CALLBACKS = select(
    *(models.Callback.order_id, models.Callback.id, models.Callback.sequence),
    *(models.Callback.type, models.Callback.body, models.Callback.state),
).order_by(models.Callback.sequence)


class Promises:
    """Kept for one run: `ticked` says of each token whether its buyer agreed to have the card saved."""

    def __init__(self, database: Mortal, world: World, ticked: dict[str, bool]) -> None:
        self._database, self._world, self._ticked = database, world, ticked
        self._read_at, self._rows = -1, _Rows(database)
        self._charged_before: dict[str, int] = {}

    def always(self) -> dict[str, Any]:
        """True after every step, whatever is on its way. The orders."""
        if self._database.written != self._read_at:
            self._read_at, self._rows = self._database.written, _Rows(self._database)
        books = self._rows
        for order in books.orders:
            intents = self._world.of_order(order.id)
            _at_most_one_success(order, intents)
            declines = self._world.declines[order.id]
            assert order.charges_alias_id or order.declines <= declines, ("told twice", order.id, order.declines)
            _told_as_it_moved(order, books)
            _what_it_says_the_gateway_did(order, intents)
            self._alias_by_consent_only(order, intents)
        self._aliases()
        return {order.id: order for order in books.orders}

    def settled(self, told: list[str], unheard: set[str]) -> None:
        """True once nothing is on its way any more. Of the intents `unheard` the gateway told when nobody could know them."""
        books = _Rows(self._database)
        for order in books.orders:
            intents = self._world.of_order(order.id)
            assert order.state in FINAL, (order.state, "is not the end of", order.id)
            succeeded = next((each for each in intents if each.status == "succeeded"), None)
            if succeeded is None or succeeded.id not in unheard:
                assert order.state == _by_the_ledger(order, intents), (order.id, order.state, intents)
            if succeeded:
                assert order.refunded == _gone_back(succeeded) or succeeded.id in unheard, (order.refunded, succeeded)
                wanted = not succeeded.absent and self._saves(order, succeeded)
                assert (order.alias_id is not None) is wanted, (order.action, order.alias_id, succeeded)
            # What was given up was tried for days while the backend was down.
            sent = [call.id for call in books.callbacks[order.id] if call.state != "failed"]
            firsts = list(dict.fromkeys(each for each in told if each in sent))
            assert firsts == sent, "callbacks that were not sent, or not in their order"
        self._nothing_left_to_do()

    def agreed(self) -> None:
        """Also true of saved cards, once the daily sweep has looked at each."""
        for alias in _Rows(self._database).aliases:
            kept = self._world.payment_methods[alias.payment_method_id].customer
            assert (alias.status == "active") is (kept is not None), ("revoked here, or there, alone", alias, kept)

    def _nothing_left_to_do(self) -> None:
        tables: tuple[Any, ...] = (models.Attempt, models.Order, models.Refund, models.InboxEvent)
        for table in tables:
            with self._database.read() as session:
                left = session.scalars(select(table).where(table.due_at.is_not(None))).all()
            assert not left, (table.__tablename__, [(row.id, row.due_at, row.error) for row in left])

    def _alias_by_consent_only(self, order: Any, intents: list[Intent]) -> None:
        consent = self._rows.consents.get(order.id)
        assert (order.alias_id is not None) == (consent is not None), (order.id, order.alias_id, consent)
        if consent is None:
            return
        success = next(each for each in intents if each.id == order.intent)
        assert success.payment_method_id
        assert self._saves(order, success), ("saved without consent", order.id, order.action, success)
        assert consent.wording == success.payment_method_id.token, (
            "another try's consent",
            consent.wording,
            success.payment_method_id.token,
        )
        assert consent.alias_id == order.alias_id

    def _aliases(self) -> None:
        """One for each card of a buyer; a revoked one is never charged again."""
        cards = [(alias.buyer_id, alias.fingerprint) for alias in self._rows.aliases if alias.status == "active"]
        assert len(cards) == len(set(cards)), ("two aliases of one card", cards)
        for alias in self._rows.aliases:
            if alias.status != "active":
                charged = self._world.charged[alias.payment_method_id]
                assert charged == self._charged_before.setdefault(alias.payment_method_id, charged), (
                    "revoked, charged",
                    alias,
                )

    def _saves(self, order: Any, success: Intent) -> bool:
        """Whether the try that succeeded was to save the card."""
        match Action(order.action):
            case Action.PAYMENT:
                return False
            case Action.ASK_REGISTER_PAY:
                return self._ticked[success.payment_method_id.token] if success.payment_method_id else False
            case _:
                return True


class _Rows:
    """What the database says, read once."""

    def __init__(self, database: Mortal) -> None:
        with database.read() as session:
            self.orders: list[Any] = list(session.execute(_ORDERS))
            self.aliases: list[Any] = list(session.execute(_ALIASES))
            self.consents = {row.order_id: row for row in session.execute(_CONSENTS)}
            self.events = _by_order(session.execute(_EVENTS))
            self.callbacks = _by_order(session.execute(_CALLBACKS))


def _by_order(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found


def _at_most_one_success(order: Any, intents: list[Intent]) -> None:
    wins = [each for each in intents if each.status in {"succeeded", "held"}]
    assert len(wins) <= 1, ("more than one success", order.id, wins)
    for each in wins:
        assert each.received <= (order.amount or 0)
        assert _gone_back(each) <= each.received
        ours = [back.refund for back in each.refunds if back.refund]
        assert len(ours) == len(set(ours)), ("one refund, made twice", each.refunds)
    assert order.refunded <= _paid(order)


def _told_as_it_moved(order: Any, books: _Rows) -> None:
    """The timeline walks along the table, ends where the order is, and each state that is to be told was told once."""
    state, expected = State.OPEN, []
    for line in books.events[order.id]:
        event = Event(line.kind)
        assert (state, event) in STEPS, (state, event)
        state = STEPS[state, event]
        if state in TOLD or event is Event.REACTIVATED:
            expected.append(f"order.{state}")
    assert state == order.state, ("the timeline says", state, "the order", order.state)
    calls = books.callbacks[order.id]
    assert [call.sequence for call in calls] == list(range(1, len(calls) + 1))
    calls = [call for call in calls if call.type.startswith("order.")]
    assert [call.type for call in calls] == expected, ([call.type for call in calls], expected)
    for call in calls:
        assert f"order.{json.loads(call.body)['data']['state']}" == call.type


def _what_it_says_the_gateway_did(order: Any, intents: list[Intent]) -> None:
    """An order may lag behind the gateway; it never runs ahead of it."""
    mine = next((each for each in intents if each.id == order.intent), None)
    match State(order.state):
        case state if state in MONEY:
            assert mine, order.id
            assert (mine.status, mine.received) == ("succeeded", _paid(order)), (mine, order.captured)
        case State.REGISTERED:
            assert mine, order.id
            assert (mine.status, mine.amount) == ("succeeded", 0)
        case State.REFUSED:
            alive = [each for each in intents if each.status not in {"new", "cancelled"}]
            assert not alive, ("refused here, alive there", order.id, alive)
        case State.CANCELLED | State.EXPIRED | State.VOIDED:
            # What was opened for a try that never arrived can charge nobody.
            alive = [each for each in intents if each.status != "cancelled" and (each is mine or each.tried)]
            assert not alive, ("over here, alive there", order.id, order.state, alive)
        case State.AUTHORISED:
            assert mine, order.id


def _paid(order: Any) -> int:
    """What the order says that was taken: of a hold perhaps a part."""
    return int(order.amount or 0) if order.captured is None else int(order.captured)


def _gone_back(intent: Intent) -> int:
    return sum(each.amount for each in intent.refunds if each.progress is RefundState.SUCCEEDED)


def _by_the_ledger(order: Any, intents: list[Intent]) -> str:
    """The state that the gateway's books make; the order's own where nothing was ever taken."""
    done = next((each for each in intents if each.status == "succeeded"), None)
    if done is not None and done.amount == 0:
        return State.REGISTERED
    if done is not None:
        return standing(paid=done.received, refunded=_gone_back(done), disputed=done.contested)
    assert all(each.status in {"new", "cancelled"} for each in intents), intents
    # Voided is what was known to be held; a hold whose news got lost may lapse before anybody looks.
    ends = UNSUCCESSFUL | {State.VOIDED} if any(each.until for each in intents) else UNSUCCESSFUL
    return str(order.state) if order.state in ends else "unsuccessful"
