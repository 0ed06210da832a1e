"""Paying and registering: admit one try, ask the gateway, record the outcome. Short transactions, none across the network.

1. `start` admits one try in flight for an order (the database guards it) and notes when recovery must look it up.
2. The order's one intent is opened, unconfirmed, and its id stored; then it is confirmed with the page's token.
3. `outcomes.apply_outcome` records what came of it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models, orders
from webapp.domain.actions import Action
from webapp.domain.errors import Busy, Conflict, GatewayRefused, NotFound, NotSent, OrdoError, TooMany, UnknownCustomer
from webapp.domain.outcome import Outcome, Unknown
from webapp.domain.states import FINAL, Event, State
from webapp.domain.statuses import AttemptState
from webapp.gateways.base import Purchase
from webapp.services.orders import buyer_details, lifecycle
from webapp.services.payments import card_testing, gateway_looks, outcomes

if TYPE_CHECKING:
    from webapp.gateways.base import Gateway
    from webapp.services.runtime.context import ServiceContext

# Longer than a page's request can last (four calls of 13 s, of which the first two may each be made twice), so that the
# recovery never looks while the page's own request may still be on its way.
PAGE_PATIENCE = timedelta(seconds=90)


@dataclass(frozen=True)
class Submission:
    """What the page sends: the gateway's one-time `token` ('' where no card is typed on the page), whether the card is to be saved, and the consent as it was shown
    (`wording`, `version`, `language`), kept when the card is saved. `ip` is the address that it came from, for the limits; `link_version` is of the
    link that it came by, None for a test's own. `language` is the page's: what follows is told in it, unless the buyer has chosen another."""

    token: str = field(repr=False)
    save: bool
    consent: dict[str, str] | None
    user_agent: str
    ip: str = ""
    link_version: int | None = None
    language: str | None = None


def prepare(context: ServiceContext, order_id: str, language: str, ip: str = "") -> dict[str, object]:
    """Buy the page's form, of a gateway of which it is bought. Raises `NotFound` for any other, `Conflict` as `start` does, and what
    `gateway_looks.admitted` and `Gateway.prepare` do."""
    with context.database.read() as session:
        order = orders.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
    if not context.provider(merchant).page.form_is_bought:
        raise NotFound("this form comes with its page")
    _must_be_payable(context, order)
    gateway = context.gateway(merchant)
    with gateway_looks.admitted(context, order, ip):
        asked = purchase(context, gateway, order_id)
        return gateway.prepare(
            asked.amount,
            asked.currency,
            saves=asked.saves,
            manual_capture=asked.manual_capture,
            language=language,
            purchase=asked,
        )


def start(context: ServiceContext, order_id: str, submission: Submission) -> Outcome:
    """Try to pay or register. What the gateway said; the order's state and its last try are the truth.

    Raises `Conflict` (wrong_state) when the order takes no try now, (details_needed) before the buyer has given what it asks for,
    `TooMany` when a limit is reached, `NotSent`, `Busy` or
    `GatewayRefused` when nothing was taken and the order is open again.
    """
    with card_testing.told(context, order_id), context.database.read() as session:
        order = orders.get(session, order_id)
        _must_be_payable(context, order)  # before it has a slot: a link that may not pay now takes none from others
        context.must_be_real(merchants.get(session, order.merchant_id))
        card_testing.must_be_admitted(session, context, order, submission.ip)
    with context.gateway_slots.for_try(), card_testing.told(context, order_id):
        with context.database.write() as session:
            order = orders.lock(session, order_id)
            _must_be_payable(context, order)
            if submission.link_version not in {None, order.link_version}:  # revoked a moment ago
                raise Conflict("wrong_state", state=order.state)
            ip = card_testing.admit(session, context, order, submission.ip)
            attempt = lifecycle.admit(
                session, context, order, due=context.now() + PAGE_PATIENCE, token=submission.token or None
            )
            attempt.saves, attempt.ip = _saves(order, submission), ip
            order.language = submission.language or order.language
            attempt.consent = (
                {**submission.consent, "at": context.now().isoformat()}
                if attempt.saves and submission.consent
                else None
            )
        try:
            outcome = _submit(context, order_id, attempt, submission)
        except (NotSent, Busy, GatewayRefused, TooMany) as error:
            outcomes.abandon_attempt(context, order_id, attempt.id, error)
            raise
        outcomes.apply_outcome(context, order_id, outcome, answers=attempt.id)
        return outcome


def resume(context: ServiceContext, order_id: str, ip: str = "") -> Outcome | None:
    """The buyer comes back from the bank's page, or to it: look the truth up, never believe the browser. None when no try is
    in flight. Raises as `gateway_looks.admitted` does: then the worker looks."""
    with context.database.read() as session:
        attempt = attempts.in_flight(session, order_id)
        order = orders.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
    if attempt is None or order.intent is None:
        return None
    with gateway_looks.admitted(context, order, ip):
        outcome = context.gateway(merchant).lookup(order.intent)
        outcomes.apply_outcome(context, order_id, outcome)
        return outcome


def another_card(context: ServiceContext, order_id: str, ip: str = "") -> None:
    """Drop a try that waits for the buyer's bank, so that the page shows the card form again.

    The truth is looked up first: a try that has succeeded meanwhile is recorded, not dropped. The order's one intent stays
    the same, so the dropped try and the next one cannot both succeed. Raises as `resume` does: then nothing is dropped.
    """
    resume(context, order_id, ip)
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        attempt = attempts.in_flight(session, order_id)
        if attempt is not None and attempt.state == AttemptState.ACTION_NEEDED and order.state == State.PROCESSING:
            outcomes.abandon_attempt_in(session, context, order, "another_card")
            lifecycle.move(session, context, order, Event.ATTEMPT_ABANDONED, why="another_card")


def follow(context: ServiceContext, merchant_id: str, intent: str) -> str | None:
    """A webhook hints at an intent: look the truth up and record it. The order's id; None for an intent that no order of this
    merchant has, which is ignored. Raises `Busy` when the truth could not be learned."""
    with context.database.read() as session:
        found = orders.by_intent(session, merchant_id, intent)
    if found is None:
        return None
    order_id, merchant = found
    outcome = context.gateway(merchant).lookup(intent)
    if isinstance(outcome, Unknown):
        raise Busy(outcome.detail)
    outcomes.apply_outcome(context, order_id, outcome)
    return order_id


def _submit(context: ServiceContext, order_id: str, attempt: models.Attempt, submission: Submission) -> Outcome:
    with context.database.read() as session:
        order = orders.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway = context.gateway(merchant)
    card_testing.admit_card(context, gateway, order.merchant_id, submission.token)
    intent = order.intent or open_intent(context, gateway, order_id, attempt.id)
    try:
        return gateway.submit(
            intent,
            token=submission.token,
            save=attempt.saves,
            key=attempt.id,
            return_url=context.links.url(order.id, order.link_version),
            mandate=submission.user_agent,
        )
    except UnknownCustomer:
        # This intent is nobody's any more. Once it is cancelled the next try opens another, for another customer.
        outcomes.apply_outcome(context, order_id, gateway.cancel(intent))
        raise


def open_intent(context: ServiceContext, gateway: Gateway, order_id: str, attempt_id: str) -> str:
    """Make the order's one intent, unconfirmed, and store its id before it is confirmed: an orphan can charge nobody.

    Raises `Conflict` (wrong_state) when the order is over meanwhile: its request stood still, and a worker took it for lost.
    """
    wanted = purchase(context, gateway, order_id)
    try:
        intent = gateway.open(wanted)
    except UnknownCustomer:  # deleted at the gateway, or the merchant's keys are of another account now
        intent = gateway.open(purchase(context, gateway, order_id, gone=wanted.customer))
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        over = order.state if order.state in FINAL else None
        if over is None:
            order.intent = attempts.get(session, attempt_id).intent = intent
        else:
            order.generation += 1  # whoever opens it again gets another intent than this one
    if over is not None:
        with contextlib.suppress(OrdoError):  # nothing names it
            gateway.cancel(intent)
        raise Conflict("wrong_state", state=over)
    return intent


def purchase(context: ServiceContext, gateway: Gateway, order_id: str, *, gone: str | None = None) -> Purchase:
    """What the gateway is told of an order. Makes the buyer's customer there, once, and another when the gateway knows that one no more
    (`gone`)."""
    with context.database.read() as session:
        order = orders.get(session, order_id)
        buyer = buyers.get(session, order.buyer_id)
    customer = buyer.customer
    if customer is None or customer == gone:
        made = gateway.customer(buyer=buyer.id, phone=buyer.phone, email=buyer.email, gone=gone)
        with context.database.write() as session:
            customer = buyers.keep_customer(session, buyer.id, made, gone)
    return Purchase(
        order=order.id,
        merchant=order.merchant_id,
        amount=order.amount or 0,
        currency=order.currency,
        saves=order.action in {Action.REGISTER, Action.REGISTER_PAY},
        customer=customer,
        reference=order.reference,
        description=order.description or "",
        generation=order.generation,
        manual_capture=order.manual_capture,
        renews=order.renews_alias_id or "",
    )


def _must_be_payable(context: ServiceContext, order: models.Order) -> None:
    if order.state != State.OPEN or order.pending_transition or order.expires_at <= context.now():
        raise Conflict("wrong_state", state=order.state)
    if buyer_details.lacking(order):
        raise Conflict("details_needed")


def _saves(order: models.Order, submission: Submission) -> bool:
    match Action(order.action):
        case Action.REGISTER | Action.REGISTER_PAY:
            return True
        case Action.ASK_REGISTER_PAY:
            return submission.save
        case _:
            return False
