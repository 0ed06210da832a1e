"""The clock's part: tries that stayed open are looked up, saved cards charged, and what is due of an order carried out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain.errors import Busy, Conflict, GatewayRefused, NotSent, OrdoError
from webapp.domain.outcome import Cancelled, Decline, Declined, Done, Outcome, Unknown, Untried
from webapp.domain.states import FINAL, Event, State
from webapp.gateways.base import SavedMeans
from webapp.services import checkout, notify, orders, settlement, to_buyer

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.gateways.base import Gateway
    from webapp.services.kit import Kit

KEY_LIFE = timedelta(hours=23)  # the gateway keeps idempotency keys for 24 h: after that, a repeat could charge again
TAP_LIFE = timedelta(minutes=10)  # a buyer who agreed to pay is not charged much later; the page is there
LOUD_AFTER = 10  # looks at a try that all told nothing: then somebody has to look at keys and network


def attempt(kit: Kit, attempt: models.Attempt) -> datetime | None:
    """Find out what became of a try that is still in flight. When to look again, None when it is over.

    Also carries out what is charged to a saved card: such a try is written by who asked for it and done here, so that a worker
    that is killed at any point leaves a row that says what is to be asked.
    """
    with kit.database.read() as session:
        order = rows.get(session, attempt.order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway = kit.gateway(merchant)
    again = kit.now() + _wait(attempt.tries)
    try:
        if order.charges_alias_id and order.intent is None:
            outcome = _charge(kit, gateway, order, attempt)
        elif attempt.tapped and attempt.state in {"started", "unknown"}:
            outcome = _pay(kit, gateway, order, attempt)
        else:
            outcome = gateway.lookup(order.intent or checkout.open_intent(kit, gateway, order.id, attempt.id))
    except (NotSent, Busy) as error:
        outcome = Unknown(str(error))
    except (GatewayRefused, Conflict) as error:
        settlement.release(kit, order.id, attempt.id, error)
        return None
    settlement.settle(kit, order.id, outcome)
    with kit.database.write() as session:
        order = rows.lock(session, order.id)
        current = attempts.in_flight(session, order.id)
        if current is None or current.id != attempt.id:
            return None
        if isinstance(outcome, Untried | Declined) and kit.now() - attempt.created_at > checkout.PAGE_PATIENCE:
            # The page's request is long over and the gateway knows of no such try: it never arrived.
            settlement.release_in(session, kit, order, "never_arrived")
            orders.move(session, kit, order, Event.RELEASED, why="never_arrived")
            if attempt.tapped:
                to_buyer.not_charged(session, kit, order, Decline.PROCESSING_ERROR)
            return None
        if isinstance(outcome, Unknown) and attempt.tries >= LOUD_AFTER:
            notify.alarm(session, kit, order, why="gateway_unknown", detail=outcome.detail[:200])
    return again


def order(kit: Kit, order_id: str) -> datetime | None:
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
            settlement.release_in(session, kit, order, "cancelled")
            orders.move(session, kit, order, event)
            return None
    settlement.settle(kit, order_id, outcome)
    with kit.database.read() as session:
        return None if rows.get(session, order_id).state in FINAL else kit.now() + _wait(tries)


def _due(order: models.Order) -> Event:
    """What the worker is to do with an order whose time has come."""
    if order.closing:
        return Event(order.closing)
    return Event.VOIDED if order.state == State.AUTHORISED else Event.EXPIRED


def _charge(kit: Kit, gateway: Gateway, order: models.Order, attempt: models.Attempt) -> Outcome:
    """Charge the saved card, or find what an earlier, unanswered call did. All that is said to the gateway was written with
    the try, so that a repeat says the same."""
    means = SavedMeans(attempt.customer or "", attempt.means or "")
    if attempt.tries > 1:
        found = gateway.find(order.id, means.customer)
        if found:
            return next((each for each in found if isinstance(each, Done)), found[0])
        if kit.now() - attempt.created_at > KEY_LIFE:
            return Declined("", Decline.GENERIC, "never_arrived", f"{attempt.id}:never_arrived")
    if not _is_kept(kit, order, means):
        return Declined("", Decline.GENERIC, "no_longer_saved", f"{attempt.id}:no_longer_saved")
    return gateway.charge(checkout.purchase(kit, gateway, order.id), means, key=attempt.id)


def _is_kept(kit: Kit, order: models.Order, means: SavedMeans) -> bool:
    """Whether the card is still saved: it may be revoked since, and the gateway may not have forgotten it yet."""
    with kit.database.read() as session:
        return buyers.by_means(session, order.merchant_id, means.means) is not None


def _pay(kit: Kit, gateway: Gateway, order: models.Order, attempt: models.Attempt) -> Outcome:
    """Pay with the saved card that the buyer said yes to. The order has one intent, so a repeat asks what became of it first.
    Raises `Conflict` (no_alias) when the card was revoked meanwhile: that is no try of the buyer's."""
    intent = order.intent or checkout.open_intent(kit, gateway, order.id, attempt.id)
    if attempt.tries > 1:
        found = gateway.lookup(intent)
        too_late = kit.now() - attempt.created_at > TAP_LIFE
        if too_late or not isinstance(found, Untried | Declined):
            return found
    means = SavedMeans(attempt.customer or "", attempt.means or "")
    if not _is_kept(kit, order, means):
        raise Conflict("no_alias")
    url = kit.links.url(order.id, order.link_version)
    return gateway.pay_with(intent, means, key=attempt.id, return_url=url)


def _wait(tries: int) -> timedelta:
    return timedelta(seconds=settlement.POLL[min(tries, len(settlement.POLL)) - 1])
