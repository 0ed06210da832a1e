"""The merchant's books against the gateway's: what differs is brought to the gateway's truth where it can be, and named where not.

Runs daily for each merchant (`models.ScheduledTask`) and by hand (`flask reconcile`, with what `card_comparison` finds). It goes by the gateway's
own list of what was begun, so it also finds what a restored backup of our database has forgotten.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import merchants, models, orders, work
from webapp.domain.actors import GATEWAY
from webapp.domain.errors import Busy
from webapp.domain.money import Money
from webapp.domain.outcome import Authorised, Cancelled, Done, Outcome, Unknown
from webapp.domain.states import MONEY, SUCCESSFUL, State
from webapp.services.notifications import notify
from webapp.services.payments import alias_recovery, card_comparison, outcomes, refunds
from webapp.services.payments.differences import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
NAMED = 4  # orders in one line
WINDOW = timedelta(days=3)  # of the daily sweep: a day that was missed, and a weekend, are made up for


def carry_out(context: ServiceContext, task: models.ScheduledTask, lease: work.Lease) -> None:
    """The daily sweep of a merchant. What cannot be mended is an alarm on its order; where there is no order any more, an error in the log. The
    task keeps that as its error until a sweep finds nothing more: the operator's metrics and `flask doctor` read it there."""
    left = [each for each in _payments(context, task.merchant_id, context.now() - WINDOW) if not each.mended]
    for difference in left:
        if not difference.reference:
            log.error(
                "%s: the gateway has %s of order %s, which is not known here: was a backup restored?",
                task.merchant_id,
                difference.there,
                difference.order,
            )
        else:
            with context.database.write() as session:
                order = orders.lock(session, difference.order)
                notify.alarm(
                    session, context, order, why="reconciliation", here=difference.here, there=difference.there
                )
    with context.database.write() as session:
        due, error = context.now() + EVERY, _unmended(task.merchant_id, left) if left else None
        work.finish(session, models.ScheduledTask, task.id, lease, due_at=due, error=error)


def _unmended(merchant_id: str, left: Sequence[Difference]) -> str:
    """What a sweep has left, with the orders that are not known here: a restored backup has forgotten those."""
    forgotten = [each.order for each in left if not each.reference]
    if not forgotten:
        return f"the books differ from the gateway's in {len(left)} places: run `flask reconcile {merchant_id}`"
    names = ", ".join(forgotten[:NAMED]) + (" …" if len(forgotten) > NAMED else "")
    return f"{len(forgotten)} payments at the gateway are of no order here ({names}): flask reconcile {merchant_id}"


def compare(context: ServiceContext, merchant_id: str, since: datetime) -> list[Difference]:
    """Every difference among what was begun or came to something since then, and among saved cards. Raises `Busy` when the gateway's records
    cannot be read whole."""
    with context.database.read() as session:
        merchant = merchants.get(session, merchant_id)
    return [*_payments(context, merchant_id, since), *card_comparison.compare(context, merchant, since)]


def _payments(context: ServiceContext, merchant_id: str, since: datetime) -> list[Difference]:
    with context.database.read() as session:
        merchant = merchants.get(session, merchant_id)
    there: dict[str, Outcome] = {}
    for order_id, outcome in context.gateway(merchant).recent(since):
        # An order has one intent that counts; one that was cancelled before it says nothing.
        if order_id not in there or isinstance(outcome, Done | Authorised):
            there[order_id] = outcome
    found = [each for order_id, outcome in there.items() if (each := _order(context, merchant_id, order_id, outcome))]
    return [*found, *_only_here(context, merchant, since, set(there))]


def _order(context: ServiceContext, merchant_id: str, order_id: str, outcome: Outcome) -> Difference | None:
    with context.database.read() as session:
        order = orders.find(session, merchant_id, order_id)
    if order is None:
        return _lost(context, merchant_id, order_id, outcome) if isinstance(outcome, Done | Authorised) else None
    before, refunded = order.state, order.refunded
    outcomes.apply_outcome(context.acting_as(GATEWAY), order_id, outcome)
    try:
        refunds.follow(context, merchant_id, order_id)
    except Busy as error:
        return Difference(order_id, order.reference, before, f"{_word(outcome)}; books unread: {error}", mended=False)
    with context.database.read() as session:
        after = orders.get(session, order_id)
    agreed = _agrees(after, outcome)
    if agreed and (before, refunded) == (after.state, after.refunded):
        return None
    here = f"{before}, {_back(after, refunded)}" if refunded != after.refunded else before
    there = f"{_word(outcome)}, {_back(after, after.refunded)}" if after.refunded else _word(outcome)
    return Difference(order_id, order.reference, here, there, mended=agreed)


def _lost(context: ServiceContext, merchant_id: str, order_id: str, outcome: Done | Authorised) -> Difference:
    """A success of an order that we do not have, as after a backup was restored. The card that it saved is kept."""
    with context.database.read() as session:
        merchant = merchants.get(session, merchant_id)
    alias = alias_recovery.adopt_of_lost_order(context.acting_as(GATEWAY), merchant, order_id, outcome)
    there = f"{_word(outcome)}; the card is {alias}" if alias else _word(outcome)
    return Difference(order_id, "", "no such order", there, mended=False)


def _agrees(order: models.Order, outcome: Outcome) -> bool:
    match outcome:
        case Done(amount=amount, currency=currency):
            same = (amount, currency) == (order.paid, order.currency)
            return same and order.state in SUCCESSFUL
        case Authorised():
            return order.state == State.AUTHORISED
        case Cancelled():
            return order.state not in SUCCESSFUL
    return order.state not in SUCCESSFUL | {State.AUTHORISED}


def _only_here(
    context: ServiceContext, merchant: models.Merchant, since: datetime, there: set[str]
) -> Iterator[Difference]:
    """Successes and holds that the gateway's list did not have: each is looked up by itself, for it may have been begun before."""
    with context.database.read() as session:
        missing = [order for order in orders.successful_since(session, merchant.id, since) if order.id not in there]
        held = [order for order in orders.held(session, merchant.id) if order.id not in there]
    for order in held:
        outcome = context.gateway(merchant).lookup(order.intent or "")
        difference = None if isinstance(outcome, Unknown) else _order(context, merchant.id, order.id, outcome)
        if difference is not None:
            yield difference
    for order in missing:
        outcome = context.gateway(merchant).lookup(order.intent or "")
        if not _agrees(order, outcome):
            yield Difference(order.id, order.reference, order.state, _word(outcome), mended=False)
        elif order.state in MONEY:
            refunds.follow(context, merchant.id, order.id)


def _back(order: models.Order, refunded: int) -> str:
    left = Money(max(0, order.paid - refunded), order.currency)
    return f"{Money(refunded, order.currency)} refunded, {left} left"


def _word(outcome: Outcome) -> str:
    if isinstance(outcome, Done | Authorised):
        return f"{type(outcome).__name__.lower()} {Money(outcome.amount, outcome.currency)}"
    return type(outcome).__name__.lower()
