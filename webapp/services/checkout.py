"""Paying and registering: admit one try, ask the gateway, record the outcome. Three short transactions, none across the network.

1. `start` admits one try in flight for an order (the database guards it) and notes when the reconciler must look.
2. The order's one intent is opened, unconfirmed, and its id stored; then it is confirmed with the page's token.
3. `settle` records what came of it. The page, the webhook, the reconciler and the expiry all end in this one function, so
   that whoever learns the truth first records it and the others change nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain.actions import Action
from webapp.domain.errors import Busy, Conflict, GatewayRefused, NotSent, OrdoError
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
from webapp.gateways.base import Purchase, SavedMeans
from webapp.services import aliases, notify, orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db.session import Session
    from webapp.gateways.base import Gateway
    from webapp.services.kit import Kit

# Longer than a page's request can last (3 s to connect and 10 s to be answered, three times), so that the reconciler
# never looks while the page's own request may still be on its way.
PAGE_PATIENCE = timedelta(seconds=45)
POLL = (2, 5, 10, 30, 60, 120, 300)
VOID_BEFORE = timedelta(hours=12)  # of the end of a hold: let go by us, in time, and told, rather than lapse in silence
KEY_LIFE = timedelta(hours=23)  # the gateway keeps idempotency keys for 24 h: after that, a repeat could charge again


@dataclass(frozen=True)
class Submission:
    """What the page sends: the gateway's one-time `token`, whether the card is to be saved, and the consent as it was shown
    (`wording`, `version`, `language`), kept when the card is saved."""

    token: str
    save: bool
    consent: dict[str, str] | None
    user_agent: str


def start(kit: Kit, order_id: str, submission: Submission) -> Outcome:
    """Try to pay or register. What the gateway said; the order's state and its last try are the truth.

    Raises `Conflict` (wrong_state) when the order takes no try now, `NotSent`, `Busy` or `GatewayRefused` when nothing was
    taken and the order is open again.
    """
    with _slot(kit):
        with kit.database.write() as session:
            order = rows.lock(session, order_id)
            if order.state != State.OPEN or order.closing or order.expires_at <= kit.now():
                raise Conflict("wrong_state", state=order.state)
            attempt = orders.admit(session, kit, order, due=kit.now() + PAGE_PATIENCE, token=submission.token)
            attempt.saves = _saves(order, submission)
            attempt.consent = (
                {**submission.consent, "at": kit.now().isoformat()} if attempt.saves and submission.consent else None
            )
        try:
            outcome = _submit(kit, order_id, attempt, submission)
        except (NotSent, Busy, GatewayRefused) as error:
            _release(kit, order_id, attempt.id, error)
            raise
        settle(kit, order_id, outcome)
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
        settle(kit, order_id, outcome)
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
            release_in(session, kit, order, "another_card")
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
        settle(kit, order_id, outcome)
    return order_id


def reconcile(kit: Kit, attempt: models.Attempt) -> datetime | None:
    """Find out what became of a try that is still in flight. When to look again, None when it is over.

    Also carries out a charge without the buyer: such a try is written with its order and done here, so that a worker that is
    killed at any point leaves a row that says what is to be asked.
    """
    with kit.database.read() as session:
        order = rows.get(session, attempt.order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway = kit.gateway(merchant)
    again = kit.now() + timedelta(seconds=POLL[min(attempt.tries, len(POLL)) - 1])
    try:
        if order.charges_alias_id and order.intent is None:
            outcome = _charge(kit, gateway, order, attempt)
        else:
            outcome = gateway.lookup(order.intent or _open(kit, gateway, order.id, attempt.id))
    except (NotSent, Busy):
        return again
    except GatewayRefused as error:
        _release(kit, order.id, attempt.id, error)
        return None
    settle(kit, order.id, outcome)
    with kit.database.write() as session:
        order = rows.lock(session, order.id)
        current = attempts.in_flight(session, order.id)
        if current is None or current.id != attempt.id:
            return None
        if isinstance(outcome, Untried | Declined) and kit.now() - attempt.created_at > PAGE_PATIENCE:
            # The page's request is long over and the gateway knows of no such try: it never arrived.
            release_in(session, kit, order, "never_arrived")
            orders.move(session, kit, order, Event.RELEASED, why="never_arrived")
            return None
    return again


def settle(kit: Kit, order_id: str, outcome: Outcome) -> None:
    """Record what the gateway says of the order's intent. Harmless when repeated, late or out of order."""
    replaced: SavedMeans | None = None
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        attempt = attempts.in_flight(session, order_id)
        match outcome:
            case Done() | Authorised():
                replaced = _done(session, kit, order, attempt, outcome)
            case Declined():
                _declined(session, kit, order, attempt, outcome)
            case ActionNeeded() | Pending() | Unknown():
                _waiting(session, kit, order, attempt, outcome)
            case Cancelled():
                _cancelled(session, kit, order, outcome)
            case Untried():
                pass
        merchant = merchants.get(session, order.merchant_id)
    if replaced is not None:
        with contextlib.suppress(OrdoError):  # the alias no longer names it; at worst it stays at the gateway, unused
            kit.gateway(merchant).forget(replaced)


def close(kit: Kit, order_id: str) -> datetime | None:
    """Carry out what is due of an order: its expiry, a cancellation, the capture or the end of a hold. None when that is done,
    else when to look again.

    The gateway does it first; if that says "succeeded", paid wins (docs/adr/0003).
    """
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        if order.state in FINAL:
            return None
        event = _due(order)
        when = order.expires_at if event is Event.EXPIRED else order.due_at if event is Event.VOIDED else None
        if order.closing is None and when is not None and when > kit.now():
            return when
        if order.intent is None:
            if attempts.in_flight(session, order_id) is not None:
                return kit.now() + timedelta(seconds=20)
            orders.move(session, kit, order, event)
            return None
        intent, tries, merchant = order.intent, order.tries, merchants.get(session, order.merchant_id)
    gateway = kit.gateway(merchant)
    try:
        outcome = (
            gateway.capture(intent, key=f"{order_id}:capture:{tries}")
            if event is Event.PAID
            else gateway.cancel(intent)
        )
    except OrdoError as error:
        outcome = Unknown(str(error))
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        if isinstance(outcome, Cancelled) and order.state not in FINAL | {State.AUTHORISED}:
            release_in(session, kit, order, "cancelled")
            orders.move(session, kit, order, event)
            return None
    settle(kit, order_id, outcome)
    with kit.database.read() as session:
        return None if rows.get(session, order_id).state in FINAL else kit.now() + timedelta(seconds=30)


def _due(order: models.Order) -> Event:
    """What the worker is to do with an order whose time has come."""
    if order.closing:
        return Event(order.closing)
    return Event.VOIDED if order.state == State.AUTHORISED else Event.EXPIRED


def release_in(session: Session, kit: Kit, order: models.Order, why: str) -> None:
    """End the try in flight without a verdict, in the caller's transaction; the caller moves the order."""
    attempt = attempts.in_flight(session, order.id)
    if attempt is not None:
        _end(kit, attempt, "released", why)
        session.flush()


def _submit(kit: Kit, order_id: str, attempt: models.Attempt, submission: Submission) -> Outcome:
    with kit.database.read() as session:
        order = rows.get(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway = kit.gateway(merchant)
    intent = order.intent or _open(kit, gateway, order_id, attempt.id)
    return gateway.submit(
        intent,
        token=submission.token,
        save=attempt.saves,
        key=attempt.id,
        return_url=kit.links.url(order.id, order.link_version),
        mandate=submission.user_agent,
    )


def _open(kit: Kit, gateway: Gateway, order_id: str, attempt_id: str) -> str:
    """Make the order's one intent, unconfirmed, and store its id before it is confirmed: an orphan can charge nobody."""
    purchase = _purchase(kit, gateway, order_id)
    intent = gateway.open(purchase)
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        order.intent = intent
        attempts.get(session, attempt_id).intent = intent
    return intent


def _purchase(kit: Kit, gateway: Gateway, order_id: str) -> Purchase:
    with kit.database.read() as session:
        order = rows.get(session, order_id)
        buyer = buyers.get(session, order.buyer_id)
    customer = buyer.customer
    if customer is None:
        customer = gateway.customer(buyer=buyer.id, phone=buyer.phone, email=buyer.email)
        with kit.database.write() as session:
            buyers.get(session, buyer.id).customer = customer
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


def _charge(kit: Kit, gateway: Gateway, order: models.Order, attempt: models.Attempt) -> Outcome:
    """Charge the saved card, or find what an earlier, unanswered call did."""
    with kit.database.read() as session:
        alias = buyers.alias(session, order.merchant_id, order.charges_alias_id or "")
    if attempt.tries > 1:
        found = gateway.find(order.id, alias.customer)
        if found:
            return next((each for each in found if isinstance(each, Done)), found[0])
        if kit.now() - attempt.created_at > KEY_LIFE:
            return Declined("", Decline.GENERIC, "never_arrived", f"{attempt.id}:never_arrived")
    purchase = _purchase(kit, gateway, order.id)
    return gateway.charge(purchase, SavedMeans(alias.customer, alias.means), key=attempt.id)


def _done(
    session: Session, kit: Kit, order: models.Order, attempt: models.Attempt | None, done: Done | Authorised
) -> SavedMeans | None:
    """The money is taken or held, or the card registered: state, timeline, alias, consent and callback in one transaction."""
    held = isinstance(done, Authorised)
    if order.state in SUCCESSFUL or (held and order.state in {State.AUTHORISED, State.VOIDED}):
        return None
    if (done.amount, done.currency) != (order.amount or 0, order.currency):
        rows.alarm(session, order, kit.now(), why="amount_differs", amount=done.amount, currency=done.currency)
        return None
    attempt = attempt or attempts.last(session, order.id)
    replaced = None
    order.intent = order.intent or done.intent
    # The fingerprint follows a card from shop to shop: it stays with the alias and is told to nobody.
    order.card = (
        {name: value for name, value in asdict(done.card).items() if name != "fingerprint"} if done.card else None
    )
    if attempt is not None:
        _end(kit, attempt, "done")
        attempt.intent = done.intent
        if done.saved and attempt.saves and order.alias_id is None:
            replaced = aliases.keep(session, kit, order, attempt, done)
    session.flush()
    if isinstance(done, Authorised):
        order.capture_before = done.until
        orders.move(session, kit, order, Event.AUTHORISED, card=order.card)
        order.due_at = done.until - VOID_BEFORE
    else:
        orders.move(session, kit, order, Event.REGISTERED if order.amount is None else Event.PAID, card=order.card)
    return replaced


def _declined(
    session: Session, kit: Kit, order: models.Order, attempt: models.Attempt | None, declined: Declined
) -> None:
    if attempt is None or order.state != State.PROCESSING or attempts.is_old_news(session, order.id, declined.mark):
        return
    _end(kit, attempt, "declined", declined.code)
    attempt.reason = declined.reason
    attempt.mark = declined.mark
    attempt.intent = declined.intent or attempt.intent
    order.intent = order.intent or declined.intent or None
    order.declines += 1
    session.flush()
    merchant = merchants.get(session, order.merchant_id)
    told = {"reason": str(declined.reason), "code": declined.code}
    if order.charges_alias_id and declined.reason is Decline.AUTHENTICATION_REQUIRED:
        # The bank wants the buyer: the same order becomes one that is paid on its page.
        order.charges_alias_id = None
        orders.move(session, kit, order, Event.DECLINED, **told)
        notify.request(session, kit, merchant, order)
        notify.needs_buyer(session, kit, merchant, order)
    elif order.charges_alias_id or order.declines >= merchant.max_tries:
        orders.move(session, kit, order, Event.SPENT, **told)
    else:
        orders.move(session, kit, order, Event.DECLINED, **told)


def _waiting(
    session: Session,
    kit: Kit,
    order: models.Order,
    attempt: models.Attempt | None,
    outcome: ActionNeeded | Pending | Unknown,
) -> None:
    if attempt is None or order.state != State.PROCESSING:
        return
    before = attempt.state
    match outcome:
        case ActionNeeded(intent=intent):
            attempt.state, attempt.intent = "action_needed", intent
        case Pending(intent=intent):
            attempt.state, attempt.intent = "pending", intent
        case Unknown(detail=detail):
            # A look-up that failed tells nothing new; an unanswered submission is what makes a try unknown.
            attempt.state = "unknown" if before == "started" else before
            attempt.detail = detail[:200]
    if attempt.lease is None:
        wait = 30 if attempt.state == "action_needed" else POLL[0]
        attempt.due_at = kit.now() + timedelta(seconds=wait)
    if attempt.state != before:
        rows.note(session, order, attempt.state, kit.now(), attempt=attempt.number)


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
        orders.move(session, kit, order, Event.RELEASED, why="intent_cancelled")


def _release(kit: Kit, order_id: str, attempt_id: str, error: OrdoError) -> None:
    """Nothing was done at the gateway: end the try, open the order again, and keep the reason for the merchant."""
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        attempt = attempts.in_flight(session, order_id)
        if attempt is None or attempt.id != attempt_id or order.state != State.PROCESSING:
            return
        release_in(session, kit, order, error.code)
        if order.charges_alias_id:
            orders.move(session, kit, order, Event.SPENT, reason=error.code, code=str(error)[:200])
        else:
            orders.move(session, kit, order, Event.RELEASED, why=error.code, detail=str(error)[:200])


def _end(kit: Kit, attempt: models.Attempt, state: str, detail: str | None = None) -> None:
    attempt.state = state
    attempt.detail = detail or attempt.detail
    attempt.ended_at = kit.now()
    attempt.due_at = None
    attempt.token = None


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
    if not kit.gateway_slots.acquire(timeout=1):
        raise Busy("too many requests wait for the gateway")
    try:
        yield
    finally:
        kit.gateway_slots.release()
