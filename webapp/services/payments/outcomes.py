"""What the gateway says becomes what the order is. The page, the webhook, recovery and the expiry all end in `apply_outcome`, so
that whoever learns the truth first records it and the others change nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import attempts, merchants, models, orders
from webapp.domain.errors import GatewayRefused, OrdoError
from webapp.domain.outcome import (
    ActionNeeded,
    Authorised,
    Cancelled,
    Decline,
    Declined,
    Done,
    Outcome,
    Pending,
    Unconfirmed,
    Unknown,
)
from webapp.domain.states import FINAL, SUCCESSFUL, Event, State
from webapp.domain.statuses import AttemptState
from webapp.domain.timeline import EventKind
from webapp.gateways.base import SavedPaymentMethod
from webapp.services.notifications import buyer_outcome, notify
from webapp.services.orders import lifecycle
from webapp.services.payments import alias_recovery, aliases, card_testing
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

POLL = (2, 5, 10, 30, 60, 120, 300)
"""Seconds between look-ups of a try whose outcome is not known, by how often it was looked up."""

VOID_BEFORE = timedelta(hours=12)  # of the end of a hold: let go by us, in time, and told, rather than lapse in silence


def apply_outcome(context: ServiceContext, order_id: str, outcome: Outcome, *, answers: str | None = None) -> None:
    """Record what the gateway says of the order's intent. Harmless when repeated, late or out of order.

    `answers` is the id of the try whose own submission this is the answer to. It may have been given up meanwhile, by a worker that took a
    page's request for lost: what it brings later is still known for its own, and so is the consent. One that found what an earlier try
    had brought is known to have brought nothing.
    """
    unwanted: SavedPaymentMethod | None = None
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        if answers is not None:
            _mark(session, answers, outcome)
        tries = attempts.of_order(session, order_id)
        attempt = attempts.in_flight_of(tries)
        match outcome:
            case Done() | Authorised():
                unwanted = _done(session, context, order, tries, outcome)
            case Declined():
                _declined(session, context, order, attempt, outcome)
            case ActionNeeded() | Pending() | Unknown():
                _waiting(session, context, order, attempt, outcome)
            case Cancelled():
                _cancelled(session, context, order, outcome)
            case Unconfirmed():
                pass
        merchant = merchants.get(session, order.merchant_id) if unwanted is not None else None
    if unwanted is not None and merchant is not None:
        with contextlib.suppress(OrdoError):  # no alias names it; at worst it stays at the gateway, unused
            context.gateway(merchant).forget(unwanted)


def _mark(session: Session, attempt: str, outcome: Outcome) -> None:
    """Note by which mark what a try brought will be known: the empty one, no other's, for a try that brought nothing."""
    own = attempts.get(session, attempt)
    match outcome:
        case Done(earlier=True) | Authorised(earlier=True) | Pending(earlier=True) | ActionNeeded(earlier=True):
            own.gateway_attempt_ref = own.gateway_attempt_ref or ""
        case (
            Done(gateway_attempt_ref=gateway_attempt_ref)
            | Authorised(gateway_attempt_ref=gateway_attempt_ref)
            | Pending(gateway_attempt_ref=gateway_attempt_ref)
            | ActionNeeded(gateway_attempt_ref=gateway_attempt_ref)
            | Declined(gateway_attempt_ref=gateway_attempt_ref)
        ):
            own.gateway_attempt_ref = own.gateway_attempt_ref or gateway_attempt_ref or None
    session.flush()


def abandon_attempt(context: ServiceContext, order_id: str, attempt_id: str, error: OrdoError) -> None:
    """Nothing was done at the gateway: end the try, open the order again, and keep the reason for the merchant."""
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        attempt = attempts.in_flight(session, order_id)
        if attempt is None or attempt.id != attempt_id or order.state != State.PROCESSING:
            return
        abandon_attempt_in(session, context, order, error.code)
        if attempt.customer_initiated:
            why = Decline.NOT_SAVED if error.code == Decline.NOT_SAVED else Decline.PROCESSING_ERROR
            buyer_outcome.not_charged(session, context, order, why)
        if order.charges_alias_id:
            lifecycle.move(session, context, order, Event.ATTEMPTS_EXHAUSTED, reason=error.code, code=str(error)[:200])
        else:
            lifecycle.move(session, context, order, Event.ATTEMPT_ABANDONED, why=error.code, detail=str(error)[:200])
            if isinstance(error, GatewayRefused):
                notify.alarm(session, context, order, why=error.code, detail=str(error)[:200])


def abandon_attempt_in(session: Session, context: ServiceContext, order: models.Order, why: str) -> None:
    """End the try in flight without a verdict, in the caller's transaction; the caller moves the order."""
    attempt = attempts.in_flight(session, order.id)
    if attempt is not None:
        _end(context, attempt, AttemptState.ABANDONED, why)
        session.flush()


def _done(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    tries: Sequence[models.Attempt],
    done: Done | Authorised,
) -> SavedPaymentMethod | None:
    """The money is taken or held, or the card registered: state, timeline, alias, consent and callback in one transaction. The
    means that the gateway is to forget: one that this one replaces, or one that nobody agreed to keep."""
    held = isinstance(done, Authorised)
    if order.state in SUCCESSFUL or (held and order.state in {State.AUTHORISED, State.VOIDED}):
        return None
    if not _is_as_asked(order, done):
        notify.alarm(session, context, order, why="amount_differs", amount=done.amount, currency=done.currency)
        return None
    order.intent = order.intent or done.intent
    # The fingerprint follows a card from shop to shop: it stays with the alias and is told to nobody.
    order.card = (
        {name: value for name, value in asdict(done.card).items() if name != "fingerprint"} if done.card else None
    )
    unwanted = None
    attempt = attempts.in_flight_of(tries)
    winner = attempts.that_brought(tries, done.gateway_attempt_ref, saved=done.saved is not None)
    if attempt is not None and attempt is not winner:
        _end(context, attempt, AttemptState.ABANDONED, "another_try_succeeded")
        session.flush()
    if winner is not None:
        _end(context, winner, AttemptState.DONE)
        winner.intent, winner.gateway_attempt_ref = done.intent, done.gateway_attempt_ref or winner.gateway_attempt_ref
    if done.saved and order.alias_id is None:
        unwanted = _saved(session, context, order, winner, done)
    if isinstance(done, Authorised):
        order.capture_before = done.until
        lifecycle.move(session, context, order, Event.AUTHORISED, card=order.card)
        order.due_at = done.until - VOID_BEFORE
        if winner is not None and winner.customer_initiated:
            buyer_outcome.held(session, context, order)
    else:
        lifecycle.move(
            session, context, order, Event.REGISTERED if order.amount is None else Event.PAID, card=order.card
        )
    return unwanted


def _saved(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    winner: models.Attempt | None,
    done: Done | Authorised,
) -> SavedPaymentMethod | None:
    """Keep a card that was saved. What the gateway is to forget: what it replaces, or the card itself, if nobody agreed to keep it."""
    if winner is not None and winner.saves:
        return aliases.keep(session, context, order, winner, done)
    if order.charges_alias_id:
        return None
    if winner is None:
        alias_recovery.adopt(session, context, order, done)
        return None
    return SavedPaymentMethod(done.customer or "", done.saved or "")


def _is_as_asked(order: models.Order, done: Done | Authorised) -> bool:
    """Whether it is the order's amount, or a part of what was held, which is noted: that was taken in the gateway's own back office, and
    the rest let go."""
    if done.currency != order.currency:
        return False
    if isinstance(done, Done) and order.manual_capture and 0 < done.amount < (order.amount or 0):
        order.captured = done.amount
    return done.amount == order.paid


def _declined(
    session: Session, context: ServiceContext, order: models.Order, attempt: models.Attempt | None, declined: Declined
) -> None:
    if (
        attempt is None
        or order.state != State.PROCESSING
        or attempts.is_another_s(session, attempt, declined.gateway_attempt_ref)
    ):
        return
    card_testing.declined(session, context, order, attempt, declined)
    unconfirmed = declined.reason is Decline.AUTHENTICATION_FAILED and not order.charges_alias_id
    _end(context, attempt, AttemptState.ABANDONED if unconfirmed else AttemptState.DECLINED, declined.code)
    attempt.reason = declined.reason
    attempt.gateway_attempt_ref = declined.gateway_attempt_ref or attempt.gateway_attempt_ref
    attempt.intent = declined.intent or attempt.intent
    order.intent = order.intent or declined.intent or None
    order.declines += not unconfirmed
    session.flush()
    merchant = merchants.get(session, order.merchant_id)
    told = {"reason": str(declined.reason), "code": declined.code}
    if unconfirmed:
        lifecycle.move(session, context, order, Event.ATTEMPT_ABANDONED, **told)
    elif order.charges_alias_id and declined.reason is Decline.AUTHENTICATION_REQUIRED and not order.pending_transition:
        # The bank wants the buyer: the same order becomes one that is paid on its page.
        order.charges_alias_id = None
        lifecycle.move(session, context, order, Event.DECLINED, **told)
        sent = notify.request(session, context, merchant, order)
        (notify.needs_buyer if sent else notify.forward)(session, context, merchant, order)
    elif order.charges_alias_id or order.declines >= merchant.max_tries:
        lifecycle.move(session, context, order, Event.ATTEMPTS_EXHAUSTED, **told)
    else:
        lifecycle.move(session, context, order, Event.DECLINED, **told)
    if attempt.customer_initiated:
        buyer_outcome.not_charged(session, context, order, declined.reason)


def _waiting(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    attempt: models.Attempt | None,
    outcome: ActionNeeded | Pending | Unknown,
) -> None:
    if attempt is None or order.state != State.PROCESSING:
        return
    before, more = attempt.state, {}  # more: what the timeline is told besides
    match outcome:
        case ActionNeeded(intent=intent, gateway_attempt_ref=gateway_attempt_ref, earlier=earlier):
            if attempts.is_another_s(session, attempt, gateway_attempt_ref):
                return
            attempt.state, attempt.intent = AttemptState.ACTION_NEEDED, intent
            more = {"elsewhere": True} if outcome.redirect_url else {}
            attempt.gateway_attempt_ref = (
                attempt.gateway_attempt_ref if earlier else gateway_attempt_ref or attempt.gateway_attempt_ref
            )
            order.intent = order.intent or intent
        case Pending(intent=intent):
            attempt.state, attempt.intent = AttemptState.PENDING, intent
            order.intent = order.intent or intent
        case Unknown(detail=detail):
            # A look-up that failed tells nothing new; an unanswered submission is what makes a try unknown.
            attempt.state = AttemptState.UNKNOWN if before == AttemptState.STARTED else before
            attempt.detail = detail[:200]
    if attempt.lease is None:
        wait = 30 if attempt.state == AttemptState.ACTION_NEEDED else POLL[0]
        attempt.due_at = context.now() + timedelta(seconds=wait)
    if attempt.state != before:
        timeline.note(session, context, order, EventKind(attempt.state), attempt=attempt.number, **more)
        if attempt.customer_initiated and attempt.state == AttemptState.ACTION_NEEDED:
            buyer_outcome.asked_by_bank(session, context, order)


def _cancelled(session: Session, context: ServiceContext, order: models.Order, cancelled: Cancelled) -> None:
    """The intent can never succeed: an order that is not over gets a new generation with its next try."""
    if order.intent != cancelled.intent or order.state in FINAL:
        return
    if order.state == State.AUTHORISED:
        lapsed = order.capture_before is not None and order.capture_before <= context.now()
        why = order.pending_transition or ("lapsed" if lapsed else "at_gateway")
        lifecycle.move(session, context, order, Event.VOIDED, why=why)
        return
    order.intent = None
    order.generation += 1
    if order.state == State.PROCESSING:
        abandon_attempt_in(session, context, order, "intent_cancelled")
        if order.charges_alias_id:
            lifecycle.move(session, context, order, Event.ATTEMPTS_EXHAUSTED, reason="intent_cancelled")
        else:
            lifecycle.move(session, context, order, Event.ATTEMPT_ABANDONED, why="intent_cancelled")


def _end(context: ServiceContext, attempt: models.Attempt, state: AttemptState, detail: str | None = None) -> None:
    attempt.state = state
    attempt.detail = detail or attempt.detail
    attempt.ended_at = context.now()
    attempt.due_at = None
    attempt.token = attempt.ip = None
