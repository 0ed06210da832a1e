"""Money going back: refunds that the merchant asks for, and what the gateway's books say of refunds and disputes.

A refund is written before it is asked for, and its id is the gateway's idempotency key: a worker that is killed anywhere leaves a
row that says what to ask. `follow` brings an order to what the books come to, whoever made the refund and however the news came.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import merchants, models, work
from webapp.db import orders as rows
from webapp.db import refunds as going_back
from webapp.domain import ids
from webapp.domain.errors import Busy, Conflict, GatewayRefused, Invalid, NotSent
from webapp.domain.money import Money
from webapp.domain.outcome import Contest, Progress
from webapp.domain.states import MONEY, State, standing
from webapp.gateways.base import Capability
from webapp.services import notify, orders

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.domain.outcome import Books, MoneyBack
    from webapp.services.kit import Kit

REFUNDABLE = frozenset({State.PAID, State.PARTIALLY_REFUNDED})
POLL = (2, 5, 10, 30, 60, 300, 1800)
LOOKS = 5
LOOK_AGAIN = timedelta(hours=6)  # at a refund that is on its way: the news of its end may be lost


def request(
    kit: Kit, merchant_id: str, order_id: str, amount: Money | None, *, once: str | None = None
) -> models.Refund:
    """Send money of a paid order back: `amount`, or all that is left. The worker carries it out. `once` is the id of the form:
    posted again, it finds the refund that it made.

    Raises `NotFound`; `Conflict` (wrong_state; more_than_rest with `rest`, the money that is left); `Invalid`
    (other_currency, zero_amount; whole_refund_only with `limit`, the whole payment).
    """
    with kit.database.write() as session:
        rows.of_merchant(session, merchant_id, order_id)
        order = rows.lock(session, order_id)
        made = next((each for each in going_back.of_order(session, order_id) if once and each.once == once), None)
        return made or request_in(session, kit, order, amount, "office", once)


def request_in(  # what a refund is made of
    session: Session, kit: Kit, order: models.Order, amount: Money | None, source: str, once: str | None = None
) -> models.Refund:
    """`request`, in the caller's transaction, on an order that the caller has locked. `source` is office or whatsapp."""
    wanted = refundable(session, kit, order, amount)
    if not wanted.amount:
        raise Invalid("zero_amount")
    refund = models.Refund(
        id=ids.new("rf"),
        order_id=order.id,
        amount=wanted.amount,
        state="requested",
        source=source,
        once=once,
        created_at=kit.now(),
        due_at=kit.now(),
    )
    session.add(refund)
    rows.note(session, order, "refund_requested", kit.now(), refund=refund.id, amount=refund.amount)
    return refund


def refundable(session: Session, kit: Kit, order: models.Order, amount: Money | None) -> Money:
    """How much would go back: `amount`, or all that is left. Raises as `request` does."""
    if order.state not in REFUNDABLE:
        raise Conflict("wrong_state", state=order.state)
    rest = Money((order.amount or 0) - going_back.spoken_for(session, order.id), order.currency)
    if amount is not None and amount.currency != order.currency:
        raise Invalid("other_currency", currency=order.currency)
    wanted = rest if amount is None else amount
    if wanted > rest or not rest.amount:
        raise Conflict("more_than_rest", rest=rest)
    can = kit.provider(merchants.get(session, order.merchant_id)).capabilities
    if wanted.amount != order.amount and Capability.PARTIAL_REFUNDS not in can:
        raise Invalid("whole_refund_only", limit=Money(order.amount or 0, order.currency))
    return wanted


def carry_out(kit: Kit, refund: models.Refund, lease: work.Lease) -> None:
    """Ask the gateway for a claimed refund, or find what an earlier, unanswered call did."""
    with kit.database.read() as session:
        order = rows.get(session, refund.order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway, intent = kit.gateway(merchant), order.intent or ""
    with contextlib.suppress(NotSent, Busy):
        try:
            if refund.tries == 1 or not _known(gateway.books(intent), refund):
                gateway.refund(intent, refund.amount, order.currency, refund=refund.id)
            follow(kit, order.merchant_id, order.id)
        except GatewayRefused as error:
            with kit.database.write() as session:
                _refused(session, kit, refund, str(error))
    with kit.database.write() as session:
        match session.get_one(models.Refund, refund.id).state:
            case Progress.SUCCEEDED | Progress.FAILED:
                again = None
            case Progress.PENDING:
                again = kit.now() + LOOK_AGAIN
            case _:
                again = kit.now() + timedelta(seconds=POLL[min(refund.tries, len(POLL)) - 1])
        work.finish(session, models.Refund, refund.id, lease, due_at=again)


def follow(kit: Kit, merchant_id: str, order_id: str) -> None:
    """Bring a paid order to what the gateway's books say. Harmless when repeated, late or out of order.

    Raises `Busy` when the books cannot be read.
    """
    for _ in range(LOOKS):
        with kit.database.read() as session:
            order = rows.of_merchant(session, merchant_id, order_id)
            merchant = merchants.get(session, merchant_id)
        if order.state not in MONEY or order.intent is None:
            return
        books = kit.gateway(merchant).books(order.intent)
        with kit.database.write() as session:
            current = rows.lock(session, order_id)
            # Books that were read before somebody else wrote may be older than what is written: read again.
            if current.revision == order.revision:
                _record(session, kit, current, books)
                return
    raise Busy("the order changes faster than its books can be read")


def _known(books: Books, refund: models.Refund) -> bool:
    return any(each.refund == refund.id for each in books.refunds)


def _refused(session: Session, kit: Kit, refund: models.Refund, why: str) -> None:
    order = rows.lock(session, refund.order_id)
    row = session.get_one(models.Refund, refund.id)
    if row.state == "requested":
        row.state, row.detail = Progress.FAILED, why[:200]
        rows.note(session, order, "refund_failed", kit.now(), refund=row.id, amount=row.amount, why=why[:200])
        notify.refund_failed(session, kit, merchants.get(session, order.merchant_id), order, row.amount)


def _record(session: Session, kit: Kit, order: models.Order, books: Books) -> None:
    if (books.taken, books.currency) != (order.amount or 0, order.currency):
        notify.alarm(session, kit, order, why="amount_differs", amount=books.taken, currency=books.currency)
        return
    known = {row.gateway_id or row.id: row for row in going_back.of_order(session, order.id)}
    for each in books.refunds:
        row = known.get(each.id) or known.get(each.refund)
        _refund(session, kit, order, each, row)
    disputed = _disputes(session, kit, order, books)
    session.flush()
    before = order.refunded
    order.refunded = sum(row.amount for row in going_back.of_order(session, order.id) if row.state == "succeeded")
    target = standing(paid=order.amount or 0, refunded=order.refunded, disputed=disputed)
    if target != order.state or (target is State.PARTIALLY_REFUNDED and order.refunded != before):
        orders.move(session, kit, order, MONEY[target], refunded=order.refunded)


def _refund(session: Session, kit: Kit, order: models.Order, told: MoneyBack, row: models.Refund | None) -> None:
    if row is None:
        row = models.Refund(
            id=ids.new("rf"),
            order_id=order.id,
            amount=told.amount,
            state="requested",
            source="gateway",
            created_at=kit.now(),
        )
        session.add(row)
    row.gateway_id = told.id
    if row.state == told.progress:
        return
    row.state, row.detail = told.progress, told.why[:200] or None
    rows.note(
        session, order, f"refund_{told.progress}", kit.now(), refund=row.id, amount=row.amount, why=told.why[:200]
    )
    if told.progress is Progress.FAILED:
        notify.refund_failed(session, kit, merchants.get(session, order.merchant_id), order, row.amount)


def _disputes(session: Session, kit: Kit, order: models.Order, books: Books) -> bool:
    """Write the disputes down; whether one keeps the money away."""
    known = {row.id: row for row in going_back.disputes(session, order.id)}
    for each in books.disputes:
        row = known.get(each.id)
        if row is None:
            row = models.Dispute(
                order_id=order.id,
                id=each.id,
                amount=each.amount,
                reason=each.reason[:60],
                state="",
                created_at=kit.now(),
            )
            session.add(row)
        if row.state != each.contest:
            row.state = each.contest
            rows.note(session, order, f"dispute_{each.contest}", kit.now(), reason=each.reason, amount=each.amount)
    return any(each.contest is not Contest.WON for each in books.disputes)
