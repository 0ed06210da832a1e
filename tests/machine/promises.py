"""What is promised of money, whatever happens: after every step, and once everything has settled."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tests.machine.gateway import Intent, World
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.outcome import Progress
from webapp.domain.states import FINAL, MONEY, STEPS, UNSUCCESSFUL, Event, State, standing
from webapp.services.orders import TOLD

if TYPE_CHECKING:
    from webapp.services.kit import Kit

EVENTS = {str(event) for event in Event}
Ticked = dict[str, bool]


def always(kit: Kit, world: World, ticked: Ticked) -> dict[str, State]:
    """True after every step, whatever is on its way. How each order stands."""
    books = _Rows(kit)
    for order in books.orders:
        intents = world.of_order(order.id)
        _at_most_one_success(order, intents)
        _told_as_it_moved(order, books)
        _what_it_says_the_gateway_did(order, intents)
        _alias_by_consent_only(order, intents, books, ticked)
    return {order.id: State(order.state) for order in books.orders}


def settled(kit: Kit, world: World, ticked: Ticked, told: list[str]) -> None:
    """True once nothing is on its way any more."""
    books = _Rows(kit)
    for order in books.orders:
        intents = world.of_order(order.id)
        assert order.state in FINAL, (order.state, "is not the end of", order.id)
        assert order.state == _by_the_ledger(order, intents), (order.id, order.state, intents)
        succeeded = next((each for each in intents if each.status == "succeeded"), None)
        if succeeded:
            assert order.refunded == _gone_back(succeeded), (order.refunded, succeeded)
            wanted = not succeeded.absent and _saves(order, succeeded, ticked)
            assert (order.alias_id is not None) is wanted, (order.action, order.alias_id, succeeded)
        # What was given up was tried for days while the backend was down.
        sent = [call["id"] for call in books.callbacks[order.id] if call["state"] != "failed"]
        firsts = list(dict.fromkeys(each for each in told if each in sent))
        assert firsts == sent, "callbacks that were not sent, or not in their order"
    for table in (models.Attempt, models.Order, models.Refund, models.InboxEvent):
        with kit.database.read() as session:
            left = session.execute(select(table.id, table.due_at, table.error).where(table.due_at.is_not(None))).all()
        assert not left, (table.__tablename__, left)


class _Rows:
    """What the database says, read once."""

    def __init__(self, kit: Kit) -> None:
        with kit.database.read() as session:
            self.orders: list[Any] = list(session.execute(select(models.Order.__table__)))
            self.aliases = {row.id: row for row in session.execute(select(models.Alias.__table__))}
            self.consents = {row.order_id: row for row in session.execute(select(models.Consent.__table__))}
            events, calls = models.OrderEvent, models.Callback
            self.events: dict[str, list[str]] = defaultdict(list)
            for order, kind in session.execute(select(events.order_id, events.kind).order_by(events.id)):
                if kind in EVENTS:
                    self.events[order].append(kind)
            self.callbacks: dict[str, list[dict[str, Any]]] = defaultdict(list)
            columns = (calls.id, calls.order_id, calls.sequence, calls.type, calls.body, calls.state)
            for row in session.execute(select(*columns).order_by(calls.sequence)):
                self.callbacks[row.order_id].append(dict(row._mapping))


def _at_most_one_success(order: Any, intents: list[Intent]) -> None:
    wins = [each for each in intents if each.status in {"succeeded", "held"}]
    assert len(wins) <= 1, ("more than one success", order.id, wins)
    for each in wins:
        assert each.received <= (order.amount or 0)
        assert _gone_back(each) <= each.received
    assert order.refunded <= (order.amount or 0)


def _told_as_it_moved(order: Any, books: _Rows) -> None:
    """The timeline walks along the table, ends where the order is, and each state that is to be told was told once."""
    state, expected = State.OPEN, []
    for kind in books.events[order.id]:
        event = Event(kind)
        assert (state, event) in STEPS, (state, event)
        state = STEPS[state, event]
        if state in TOLD or event is Event.REACTIVATED:
            expected.append(f"order.{state}")
    assert state == order.state, ("the timeline says", state, "the order", order.state)
    calls = books.callbacks[order.id]
    assert [call["type"] for call in calls] == expected
    assert [call["sequence"] for call in calls] == list(range(1, len(calls) + 1))
    for call in calls:
        assert f"order.{json.loads(call['body'])['data']['state']}" == call["type"]


def _what_it_says_the_gateway_did(order: Any, intents: list[Intent]) -> None:
    """An order may lag behind the gateway; it never runs ahead of it."""
    mine = next((each for each in intents if each.id == order.intent), None)
    match State(order.state):
        case state if state in MONEY:
            assert mine, order.id
            assert (mine.status, mine.received) == ("succeeded", order.amount)
        case State.REGISTERED:
            assert mine, order.id
            assert (mine.status, mine.amount) == ("succeeded", 0)
        case State.CANCELLED | State.EXPIRED | State.VOIDED:
            assert all(each.status in {"new", "cancelled"} for each in intents), (order.id, order.state, intents)
        case State.AUTHORISED:
            assert mine, order.id


def _alias_by_consent_only(order: Any, intents: list[Intent], books: _Rows, ticked: Ticked) -> None:
    consent = books.consents.get(order.id)
    assert (order.alias_id is not None) == (consent is not None), (order.id, order.alias_id, consent)
    if consent is None:
        return
    success = next(each for each in intents if each.means and (each.until or each.status == "succeeded"))
    assert success.means
    assert _saves(order, success, ticked), ("saved without consent", order.id, order.action, success)
    assert consent.wording == success.means.token, ("another try's consent", consent.wording, success.means.token)
    assert consent.alias_id == order.alias_id


def _saves(order: Any, success: Intent, ticked: Ticked) -> bool:
    """Whether the try that succeeded was to save the card."""
    match Action(order.action):
        case Action.PAYMENT:
            return False
        case Action.ASK_REGISTER_PAY:
            return ticked[success.means.token] if success.means else False
        case _:
            return True


def _gone_back(intent: Intent) -> int:
    return sum(each.amount for each in intent.refunds if each.progress is Progress.SUCCEEDED)


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
