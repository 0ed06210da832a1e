"""The clock's part: tries that stayed open are looked up, saved cards charged, and what is due of an order carried out."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models, orders
from webapp.domain.actors import GATEWAY
from webapp.domain.errors import Busy, Conflict, GatewayRefused, NotSent, OrdoError
from webapp.domain.money import Money
from webapp.domain.outcome import Authorised, Cancelled, Decline, Declined, Done, Outcome, Unconfirmed, Unknown
from webapp.domain.states import FINAL, Event, State
from webapp.domain.statuses import AttemptState
from webapp.gateways.base import SavedPaymentMethod
from webapp.services.notifications import buyer_outcome, notify
from webapp.services.orders import lifecycle
from webapp.services.payments import aliases, checkout, outcomes

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.gateways.base import Gateway
    from webapp.services.runtime.context import ServiceContext

KEY_LIFE = timedelta(hours=23)  # the gateway keeps idempotency keys for 24 h: after that, a repeat could charge again
TAP_LIFE = timedelta(minutes=10)  # a buyer who agreed to pay is not charged much later; the page is there
HOLD_AGAIN = timedelta(hours=1)  # between looks at a hold that the gateway does not let go
DISAGREES = timedelta(days=1)  # between looks at what took another amount than it was asked for: a person has been told
LOUD_AFTER = 10  # looks at a try that all told nothing: then somebody has to look at keys and network


def attempt(context: ServiceContext, attempt: models.Attempt) -> datetime | None:
    """Find out what became of a try that is still in flight. When to look again, None when it is over.

    Also carries out what is charged to a saved card: such a try is written by who asked for it and done here, so that a worker
    that is killed at any point leaves a row that says what is to be asked.
    """
    with context.database.read() as session:
        order = orders.get(session, attempt.order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway = context.gateway(merchant)
    again = context.now() + _wait(attempt.tries)
    try:
        if order.charges_alias_id and order.intent is None:
            outcome = _charge(context, gateway, order, attempt)
        elif attempt.customer_initiated and attempt.state in {AttemptState.STARTED, AttemptState.UNKNOWN}:
            outcome = _pay(context, gateway, order, attempt)
        else:
            outcome = gateway.lookup(order.intent or checkout.open_intent(context, gateway, order.id, attempt.id))
    except (NotSent, Busy) as error:
        outcome = Unknown(str(error))
    except (GatewayRefused, Conflict) as error:
        gone = attempt.payment_method_id is not None and not _is_saved(context, order, attempt.payment_method_id)
        outcomes.abandon_attempt(context, order.id, attempt.id, Conflict("no_alias") if gone else error)
        return None
    outcomes.apply_outcome(context.acting_as(GATEWAY), order.id, outcome)
    with context.database.write() as session:
        order = orders.lock(session, order.id)
        current = attempts.in_flight(session, order.id)
        if current is None or current.id != attempt.id:
            return None
        if isinstance(outcome, Unconfirmed | Declined) and context.now() - attempt.created_at > checkout.PAGE_PATIENCE:
            # The page's request is long over and the gateway knows of no such try: it never arrived.
            outcomes.abandon_attempt_in(session, context, order, "never_arrived")
            lifecycle.move(session, context, order, Event.ATTEMPT_ABANDONED, why="never_arrived")
            if attempt.customer_initiated:
                buyer_outcome.not_charged(session, context, order, Decline.PROCESSING_ERROR)
            return None
        if isinstance(outcome, Unknown) and attempt.tries >= LOUD_AFTER:
            notify.alarm(session, context, order, why="gateway_unknown", detail=outcome.detail[:200])
    return context.now() + DISAGREES if isinstance(outcome, Done | Authorised) else again


def order(context: ServiceContext, order_id: str) -> datetime | None:
    """Carry out what is due of an order: its expiry, a cancellation, the capture or the end of a hold. None when that is done,
    else when to look again.

    The gateway does it first; if that says "succeeded", paid wins (docs/adr/0003).
    """
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        if order.state in FINAL:
            return None
        event = _due(order)
        if order.pending_transition:  # what somebody asked for is theirs, whoever carries it out
            context = context.acting_as(lifecycle.asked_by(session, order) or context.actor)
        when = order.expires_at if event is Event.EXPIRED else order.due_at if event is Event.VOIDED else None
        if order.pending_transition is None and when is not None and when > context.now():
            return when
        if order.intent is None:
            if attempts.in_flight(session, order_id) is not None:
                return context.now() + timedelta(seconds=20)
            lifecycle.move(session, context, order, event)
            return None
        intent, tries, merchant = order.intent, order.tries, merchants.get(session, order.merchant_id)
        part = Money(order.to_capture, order.currency) if order.to_capture is not None else None
    key = f"{order_id}:capture:{tries}" if part is None else f"{order_id}:capture:{part.amount}:{tries}"
    outcome = _end_intent(context.gateway(merchant), event, intent, part, key)
    if isinstance(outcome, GatewayRefused):
        return _hold_stands(context, order_id, event, outcome) or context.now() + _wait(tries)
    return _ended(context, order_id, event, outcome, tries)


def _ended(context: ServiceContext, order_id: str, event: Event, outcome: Outcome, tries: int) -> datetime | None:
    """Record what became of an intent that was to be ended by that event. As `order`."""
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        if isinstance(outcome, Cancelled) and order.state not in FINAL | {State.AUTHORISED}:
            outcomes.abandon_attempt_in(session, context, order, "cancelled")
            lifecycle.move(session, context, order, event)
            return None
    answered = (event is Event.PAID and isinstance(outcome, Done)) or isinstance(outcome, Cancelled)
    outcomes.apply_outcome(context if answered else context.acting_as(GATEWAY), order_id, outcome)
    with context.database.read() as session:
        if orders.get(session, order_id).state in FINAL:
            return None
    return context.now() + (DISAGREES if isinstance(outcome, Done) else _wait(tries))


def _end_intent(gateway: Gateway, event: Event, intent: str, part: Money | None, key: str) -> Outcome | GatewayRefused:
    """Have the gateway take what is held, or a part of it, or cancel the intent: what it says, or why it does not."""
    try:
        return gateway.capture(intent, part, key=key) if event is Event.PAID else gateway.cancel(intent)
    except GatewayRefused as error:
        return error
    except OrdoError as error:
        return Unknown(str(error))


def _hold_stands(context: ServiceContext, order_id: str, event: Event, error: GatewayRefused) -> datetime | None:
    """The gateway refuses to take what is held, or to let it go. It can be asked for again, and the shop is told. When to look next; None for
    an order without a hold."""
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        if order.state != State.AUTHORISED or order.capture_before is None:
            return None
        asked, order.pending_transition, order.to_capture = order.pending_transition, None, None
        why = "capture_refused" if event is Event.PAID else "void_refused"
        notify.alarm(
            session, context.acting_as(GATEWAY), order, again=asked is not None, why=why, detail=str(error)[:200]
        )
        return max(order.capture_before - outcomes.VOID_BEFORE, context.now() + HOLD_AGAIN)


def _due(order: models.Order) -> Event:
    """What the worker is to do with an order whose time has come."""
    if order.pending_transition:
        return Event(order.pending_transition)
    return Event.VOIDED if order.state == State.AUTHORISED else Event.EXPIRED


def _charge(context: ServiceContext, gateway: Gateway, order: models.Order, attempt: models.Attempt) -> Outcome:
    """Charge the saved card, or find what an earlier, unanswered call did. All that is said to the gateway was written with
    the try, so that a repeat says the same."""
    payment_method = SavedPaymentMethod(attempt.customer or "", attempt.payment_method_id or "")
    if attempt.tries > 1:
        found = gateway.find(order.id, payment_method.customer)
        if found:
            return next((each for each in found if isinstance(each, Done)), found[0])
        if context.now() - attempt.created_at > KEY_LIFE:
            return Declined("", Decline.NEVER_ARRIVED, "never_arrived", f"{attempt.id}:never_arrived")
    if not _is_kept(context, order, payment_method.id):
        raise Conflict("no_alias")
    return gateway.charge(checkout.purchase(context, gateway, order.id), payment_method, key=attempt.id)


def _is_kept(context: ServiceContext, order: models.Order, payment_method_id: str) -> bool:
    """Whether the card is still saved here: it may be revoked since, and the gateway may not have forgotten it yet."""
    with context.database.read() as session:
        return buyers.by_payment_method(session, order.merchant_id, payment_method_id) is not None


def _is_saved(context: ServiceContext, order: models.Order, payment_method_id: str) -> bool:
    """Whether the card is still saved here and at the gateway, which has just refused it: detached there, or its customer deleted. One that
    it keeps no more is revoked, and told."""
    with contextlib.suppress(Busy):
        aliases.follow(context.acting_as(GATEWAY), order.merchant_id, payment_method_id)
    return _is_kept(context, order, payment_method_id)


def _pay(context: ServiceContext, gateway: Gateway, order: models.Order, attempt: models.Attempt) -> Outcome:
    """Pay with the saved card that the buyer said yes to. The order has one intent, so a repeat asks what became of it first.
    Raises `Conflict` (no_alias) when the card was revoked meanwhile: that is no try of the buyer's."""
    intent = order.intent or checkout.open_intent(context, gateway, order.id, attempt.id)
    if attempt.tries > 1:
        found = gateway.lookup(intent)
        too_late = context.now() - attempt.created_at > TAP_LIFE
        if too_late or not isinstance(found, Unconfirmed | Declined):
            return found
    payment_method = SavedPaymentMethod(attempt.customer or "", attempt.payment_method_id or "")
    if not _is_kept(context, order, payment_method.id):
        raise Conflict("no_alias")
    url = context.links.url(order.id, order.link_version)
    return gateway.pay_with(intent, payment_method, key=attempt.id, return_url=url)


def _wait(tries: int) -> timedelta:
    return timedelta(seconds=outcomes.POLL[min(tries, len(outcomes.POLL)) - 1])
