"""What the gateway says becomes what the order is. The page, the webhook, the reconciler and the expiry all end in `settle`, so
that whoever learns the truth first records it and the others change nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import attempts, merchants, models
from webapp.db import orders as rows
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
    Unknown,
    Untried,
)
from webapp.domain.states import FINAL, SUCCESSFUL, Event, State
from webapp.gateways.base import SavedMeans
from webapp.services import aliases, limits, notify, orders, to_buyer

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.services.kit import Kit

POLL = (2, 5, 10, 30, 60, 120, 300)
"""Seconds between looks at what is not settled, by how often it was looked at."""

VOID_BEFORE = timedelta(hours=12)  # of the end of a hold: let go by us, in time, and told, rather than lapse in silence


def settle(kit: Kit, order_id: str, outcome: Outcome, *, answers: str | None = None) -> None:
    """Record what the gateway says of the order's intent. Harmless when repeated, late or out of order.

    `answers` is the id of the try whose own submission this is the answer to. It may have been given up meanwhile, by a worker that took a
    page's request for lost: what it brings later is still known for its own, and so is the consent. One that found what an earlier try
    had brought is known to have brought nothing.
    """
    unwanted: SavedMeans | None = None
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        if answers is not None:
            _mark(session, answers, outcome)
        attempt = attempts.in_flight(session, order_id)
        match outcome:
            case Done() | Authorised():
                unwanted = _done(session, kit, order, attempt, outcome)
            case Declined():
                _declined(session, kit, order, attempt, outcome)
            case ActionNeeded() | Pending() | Unknown():
                _waiting(session, kit, order, attempt, outcome)
            case Cancelled():
                _cancelled(session, kit, order, outcome)
            case Untried():
                pass
        merchant = merchants.get(session, order.merchant_id)
    if unwanted is not None:
        with contextlib.suppress(OrdoError):  # no alias names it; at worst it stays at the gateway, unused
            kit.gateway(merchant).forget(unwanted)


def _mark(session: Session, attempt: str, outcome: Outcome) -> None:
    """Note by which mark what a try brought will be known: the empty one, no other's, for a try that brought nothing."""
    own = attempts.get(session, attempt)
    match outcome:
        case Done(earlier=True) | Authorised(earlier=True) | Pending(earlier=True) | ActionNeeded(earlier=True):
            own.mark = own.mark or ""
        case (
            Done(mark=mark) | Authorised(mark=mark) | Pending(mark=mark) | ActionNeeded(mark=mark) | Declined(mark=mark)
        ):
            own.mark = own.mark or mark or None
    session.flush()


def release(kit: Kit, order_id: str, attempt_id: str, error: OrdoError) -> None:
    """Nothing was done at the gateway: end the try, open the order again, and keep the reason for the merchant."""
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        attempt = attempts.in_flight(session, order_id)
        if attempt is None or attempt.id != attempt_id or order.state != State.PROCESSING:
            return
        release_in(session, kit, order, error.code)
        if attempt.tapped:
            to_buyer.not_charged(session, kit, order, Decline.PROCESSING_ERROR)
        if order.charges_alias_id:
            orders.move(session, kit, order, Event.SPENT, reason=error.code, code=str(error)[:200])
        else:
            orders.move(session, kit, order, Event.RELEASED, why=error.code, detail=str(error)[:200])
            if isinstance(error, GatewayRefused):
                notify.alarm(session, kit, order, why=error.code, detail=str(error)[:200])


def release_in(session: Session, kit: Kit, order: models.Order, why: str) -> None:
    """End the try in flight without a verdict, in the caller's transaction; the caller moves the order."""
    attempt = attempts.in_flight(session, order.id)
    if attempt is not None:
        _end(kit, attempt, "released", why)
        session.flush()


def _done(
    session: Session, kit: Kit, order: models.Order, attempt: models.Attempt | None, done: Done | Authorised
) -> SavedMeans | None:
    """The money is taken or held, or the card registered: state, timeline, alias, consent and callback in one transaction. The
    means that the gateway is to forget: one that this one replaces, or one that nobody agreed to keep."""
    held = isinstance(done, Authorised)
    if order.state in SUCCESSFUL or (held and order.state in {State.AUTHORISED, State.VOIDED}):
        return None
    if (done.amount, done.currency) != (order.amount or 0, order.currency):
        notify.alarm(session, kit, order, why="amount_differs", amount=done.amount, currency=done.currency)
        return None
    order.intent = order.intent or done.intent
    # The fingerprint follows a card from shop to shop: it stays with the alias and is told to nobody.
    order.card = (
        {name: value for name, value in asdict(done.card).items() if name != "fingerprint"} if done.card else None
    )
    unwanted = None
    winner = attempts.that_brought(session, order.id, done.mark, saved=done.saved is not None)
    if attempt is not None and attempt is not winner:
        _end(kit, attempt, "released", "another_try_succeeded")
        session.flush()
    if winner is not None:
        _end(kit, winner, "done")
        winner.intent, winner.mark = done.intent, done.mark or winner.mark
    if done.saved and order.alias_id is None:
        if winner is not None and winner.saves:
            unwanted = aliases.keep(session, kit, order, winner, done)
        elif not order.charges_alias_id:
            unwanted = SavedMeans(done.customer or "", done.saved)
    session.flush()
    if isinstance(done, Authorised):
        order.capture_before = done.until
        orders.move(session, kit, order, Event.AUTHORISED, card=order.card)
        order.due_at = done.until - VOID_BEFORE
        if winner is not None and winner.tapped:
            to_buyer.held(session, kit, order)
    else:
        orders.move(session, kit, order, Event.REGISTERED if order.amount is None else Event.PAID, card=order.card)
    return unwanted


def _declined(
    session: Session, kit: Kit, order: models.Order, attempt: models.Attempt | None, declined: Declined
) -> None:
    if attempt is None or order.state != State.PROCESSING or attempts.is_another_s(session, attempt, declined.mark):
        return
    limits.declined(session, kit, order, attempt, declined)
    _end(kit, attempt, "declined", declined.code)
    attempt.reason = declined.reason
    attempt.mark = declined.mark or attempt.mark
    attempt.intent = declined.intent or attempt.intent
    order.intent = order.intent or declined.intent or None
    order.declines += 1
    session.flush()
    merchant = merchants.get(session, order.merchant_id)
    told = {"reason": str(declined.reason), "code": declined.code}
    if order.charges_alias_id and declined.reason is Decline.AUTHENTICATION_REQUIRED and not order.closing:
        # The bank wants the buyer: the same order becomes one that is paid on its page.
        order.charges_alias_id = None
        orders.move(session, kit, order, Event.DECLINED, **told)
        sent = notify.request(session, kit, merchant, order)
        (notify.needs_buyer if sent else notify.forward)(session, kit, merchant, order)
    elif order.charges_alias_id or order.declines >= merchant.max_tries:
        orders.move(session, kit, order, Event.SPENT, **told)
    else:
        orders.move(session, kit, order, Event.DECLINED, **told)
    if attempt.tapped:
        to_buyer.not_charged(session, kit, order, declined.reason)


def _waiting(
    session: Session,
    kit: Kit,
    order: models.Order,
    attempt: models.Attempt | None,
    outcome: ActionNeeded | Pending | Unknown,
) -> None:
    if attempt is None or order.state != State.PROCESSING:
        return
    before, more = attempt.state, {}
    match outcome:
        case ActionNeeded(intent=intent, mark=mark, earlier=earlier):
            if attempts.is_another_s(session, attempt, mark):
                return
            attempt.state, attempt.intent = "action_needed", intent
            more = {"elsewhere": True} if outcome.redirect_url else {}
            attempt.mark = attempt.mark if earlier else mark or attempt.mark
            order.intent = order.intent or intent
        case Pending(intent=intent):
            attempt.state, attempt.intent = "pending", intent
            order.intent = order.intent or intent
        case Unknown(detail=detail):
            # A look-up that failed tells nothing new; an unanswered submission is what makes a try unknown.
            attempt.state = "unknown" if before == "started" else before
            attempt.detail = detail[:200]
    if attempt.lease is None:
        wait = 30 if attempt.state == "action_needed" else POLL[0]
        attempt.due_at = kit.now() + timedelta(seconds=wait)
    if attempt.state != before:
        rows.note(session, order, attempt.state, kit.now(), attempt=attempt.number, **more)
        if attempt.tapped and attempt.state == "action_needed":
            to_buyer.asked_by_bank(session, kit, order)


def _cancelled(session: Session, kit: Kit, order: models.Order, cancelled: Cancelled) -> None:
    """The intent can never succeed: an order that is not over gets a new generation with its next try."""
    if order.intent != cancelled.intent or order.state in FINAL:
        return
    if order.state == State.AUTHORISED:
        orders.move(session, kit, order, Event.VOIDED, why=order.closing or "lapsed")
        return
    order.intent = None
    order.generation += 1
    if order.state == State.PROCESSING:
        release_in(session, kit, order, "intent_cancelled")
        event = Event.SPENT if order.charges_alias_id else Event.RELEASED
        orders.move(session, kit, order, event, why="intent_cancelled")


def _end(kit: Kit, attempt: models.Attempt, state: str, detail: str | None = None) -> None:
    attempt.state = state
    attempt.detail = detail or attempt.detail
    attempt.ended_at = kit.now()
    attempt.due_at = None
    attempt.token = attempt.ip = None
