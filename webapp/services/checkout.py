"""Paying and registering: admit one try, ask the gateway, record the outcome. Short transactions, none across the network.

1. `start` admits one try in flight for an order (the database guards it) and notes when the reconciler must look.
2. The order's one intent is opened, unconfirmed, and its id stored; then it is confirmed with the page's token.
3. `settlement.settle` records what came of it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain.actions import Action
from webapp.domain.errors import Busy, Conflict, GatewayRefused, NotFound, NotSent, OrdoError, TooMany, UnknownCustomer
from webapp.domain.outcome import Outcome, Unknown
from webapp.domain.states import FINAL, Event, State
from webapp.gateways.base import Purchase
from webapp.services import details, limits, orders, settlement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.gateways.base import Gateway
    from webapp.services.kit import Kit

# Longer than a page's request can last (four calls of 13 s, of which the first two may each be made twice), so that the
# reconciler never looks while the page's own request may still be on its way.
PAGE_PATIENCE = timedelta(seconds=90)


@dataclass(frozen=True)
class Submission:
    """What the page sends: the gateway's one-time `token` ('' where no card is typed on the page), whether the card is to be saved, and the consent as it was shown
    (`wording`, `version`, `language`), kept when the card is saved. `ip` is the address that it came from, for the limits."""

    token: str
    save: bool
    consent: dict[str, str] | None
    user_agent: str
    ip: str = ""


def prepare(kit: Kit, order_id: str, language: str) -> dict[str, object]:
    """Buy the page's form, of a gateway of which it is bought. Raises `NotFound` for any other, `Conflict` as `start` does, and what
    `Gateway.prepare` does."""
    with kit.database.read() as session:
        order = rows.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
    if not kit.provider(merchant).page.form_is_bought:
        raise NotFound("this form comes with its page")
    _must_be_payable(kit, order)
    gateway = kit.gateway(merchant)
    with _slot(kit):
        asked = purchase(kit, gateway, order_id)
        return gateway.prepare(asked.amount, asked.currency, saves=asked.saves, language=language, purchase=asked)


def start(kit: Kit, order_id: str, submission: Submission) -> Outcome:
    """Try to pay or register. What the gateway said; the order's state and its last try are the truth.

    Raises `Conflict` (wrong_state) when the order takes no try now, (details_needed) before the buyer has given what it asks for,
    `TooMany` when a limit is reached, `NotSent`, `Busy` or
    `GatewayRefused` when nothing was taken and the order is open again.
    """
    with _slot(kit), limits.told(kit, order_id):
        with kit.database.write() as session:
            order = rows.lock(session, order_id)
            _must_be_payable(kit, order)
            ip = limits.admit(session, kit, order, submission.ip)
            attempt = orders.admit(session, kit, order, due=kit.now() + PAGE_PATIENCE, token=submission.token or None)
            attempt.saves, attempt.ip = _saves(order, submission), ip
            attempt.consent = (
                {**submission.consent, "at": kit.now().isoformat()} if attempt.saves and submission.consent else None
            )
        try:
            outcome = _submit(kit, order_id, attempt, submission)
        except (NotSent, Busy, GatewayRefused, TooMany) as error:
            settlement.release(kit, order_id, attempt.id, error)
            raise
        settlement.settle(kit, order_id, outcome, answers=attempt.id)
        return outcome


def resume(kit: Kit, order_id: str) -> Outcome | None:
    """The buyer comes back from the bank's page, or to it: look the truth up, never believe the browser. None when no try is
    in flight."""
    with kit.database.read() as session:
        attempt = attempts.in_flight(session, order_id)
        order = rows.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
    if attempt is None or order.intent is None:
        return None
    with _slot(kit):
        outcome = kit.gateway(merchant).lookup(order.intent)
        settlement.settle(kit, order_id, outcome)
        return outcome


def another_card(kit: Kit, order_id: str) -> None:
    """Drop a try that waits for the buyer's bank, so that the page shows the card form again.

    The truth is looked up first: a try that has succeeded meanwhile is recorded, not dropped. The order's one intent stays
    the same, so the dropped try and the next one cannot both succeed.
    """
    resume(kit, order_id)
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        attempt = attempts.in_flight(session, order_id)
        if attempt is not None and attempt.state == "action_needed" and order.state == State.PROCESSING:
            settlement.release_in(session, kit, order, "another_card")
            orders.move(session, kit, order, Event.RELEASED, why="another_card")


def follow(kit: Kit, merchant_id: str, intent: str) -> str | None:
    """A webhook hints at an intent: look the truth up and record it. The order's id; None for an intent that no order of this
    merchant has, which is ignored. Raises `Busy` when the truth could not be learned."""
    with kit.database.read() as session:
        order_id = rows.by_intent(session, merchant_id, intent)
        merchant = merchants.get(session, merchant_id)
    if order_id is not None:
        outcome = kit.gateway(merchant).lookup(intent)
        if isinstance(outcome, Unknown):
            raise Busy(outcome.detail)
        settlement.settle(kit, order_id, outcome)
    return order_id


def _submit(kit: Kit, order_id: str, attempt: models.Attempt, submission: Submission) -> Outcome:
    with kit.database.read() as session:
        order = rows.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway = kit.gateway(merchant)
    limits.admit_card(kit, gateway, order.merchant_id, submission.token)
    intent = order.intent or open_intent(kit, gateway, order_id, attempt.id)
    return gateway.submit(
        intent,
        token=submission.token,
        save=attempt.saves,
        key=attempt.id,
        return_url=kit.links.url(order.id, order.link_version),
        mandate=submission.user_agent,
    )


def open_intent(kit: Kit, gateway: Gateway, order_id: str, attempt_id: str) -> str:
    """Make the order's one intent, unconfirmed, and store its id before it is confirmed: an orphan can charge nobody.

    Raises `Conflict` (wrong_state) when the order is over meanwhile: its request stood still, and a worker took it for lost.
    """
    try:
        intent = gateway.open(purchase(kit, gateway, order_id))
    except UnknownCustomer:
        # The merchant's keys are of another account now: the buyer gets a customer there.
        with kit.database.write() as session:
            buyers.get(session, rows.get(session, order_id).buyer_id).customer = None
        intent = gateway.open(purchase(kit, gateway, order_id))
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
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


def purchase(kit: Kit, gateway: Gateway, order_id: str) -> Purchase:
    """What the gateway is told of an order. Makes the buyer's customer there, once."""
    with kit.database.read() as session:
        order = rows.get(session, order_id)
        buyer = buyers.get(session, order.buyer_id)
    customer = buyer.customer
    if customer is None:
        made = gateway.customer(buyer=buyer.id, phone=buyer.phone, email=buyer.email)
        with kit.database.write() as session:
            customer = buyers.keep_customer(session, buyer.id, made)
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
        holds=order.holds,
    )


def _must_be_payable(kit: Kit, order: models.Order) -> None:
    if order.state != State.OPEN or order.closing or order.expires_at <= kit.now():
        raise Conflict("wrong_state", state=order.state)
    if details.lacking(order):
        raise Conflict("details_needed")


def _saves(order: models.Order, submission: Submission) -> bool:
    match Action(order.action):
        case Action.REGISTER | Action.REGISTER_PAY:
            return True
        case Action.ASK_REGISTER_PAY:
            return submission.save
        case _:
            return False


@contextlib.contextmanager
def _slot(kit: Kit) -> Iterator[None]:
    """Half of a process's threads at most wait for a gateway; the others serve pages. Raises `Busy`: nothing was started."""
    if not kit.gateway_slots.acquire(timeout=0.1):
        raise Busy("too many requests wait for the gateway")
    try:
        yield
    finally:
        kit.gateway_slots.release()
