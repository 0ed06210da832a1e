"""Money going back: refunds that the merchant asks for, and what the gateway's records say of refunds and disputes.

A refund is written before it is asked for, and its id is the gateway's idempotency key: a worker that is killed anywhere leaves a
row that says what to ask. `follow` brings an order to what those records come to, whoever made the refund and however the news came.
"""

from __future__ import annotations

import contextlib
import functools
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from webapp import metrics
from webapp.db import merchants, models, orders, refunds, work
from webapp.db.session import after_commit
from webapp.domain import ids, money
from webapp.domain.actors import GATEWAY, ActorKind
from webapp.domain.callback_types import CallbackType
from webapp.domain.errors import Busy, Conflict, GatewayRefused, Invalid, NotSent
from webapp.domain.money import Money
from webapp.domain.roles import Role
from webapp.domain.states import MONEY, State, standing
from webapp.domain.statuses import DisputeState, RefundState
from webapp.domain.timeline import EventKind
from webapp.gateways.base import Capability
from webapp.services.notifications import notify
from webapp.services.orders import lifecycle
from webapp.services.payments import questions
from webapp.services.runtime import timeline
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from collections.abc import Collection

    from webapp.db.session import Session
    from webapp.domain.outcome import GatewayPayment, GatewayRefund
    from webapp.services.runtime.context import ServiceContext

REFUNDABLE = frozenset({State.PAID, State.PARTIALLY_REFUNDED})
POLL = (2, 5, 10, 30, 60, 300, 1800)
REFUND_EVENTS = {
    RefundState.PENDING: EventKind.REFUND_PENDING,
    RefundState.SUCCEEDED: EventKind.REFUND_SUCCEEDED,
    RefundState.FAILED: EventKind.REFUND_FAILED,
}
DISPUTE_EVENTS = {
    DisputeState.OPEN: EventKind.DISPUTE_OPEN,
    DisputeState.WON: EventKind.DISPUTE_WON,
    DisputeState.LOST: EventKind.DISPUTE_LOST,
}
LOOKS = 5
LOOK_AGAIN = timedelta(hours=6)  # at a refund that is on its way: the news of its end may be lost


def request(
    context: ServiceContext,
    merchant_id: str,
    order_id: str,
    amount: Money | None,
    *,
    idempotency_key: str | None = None,
    answered: Collection[str] = (),
    reason: str | None = None,
) -> models.Refund:
    """Send money of a paid order back: `amount`, or all that is left. `reason` is the shop's, for itself. The worker carries it out.
    `idempotency_key` is the id of the form: posted again, it finds the refund that it made. `answered` is what its caller has seen, and was asked (`questions`).

    Raises `NotFound`; `questions.Unanswered`; `Conflict` (wrong_state; more_than_rest with `rest`, the money that is left; clerk_limit); `Invalid`
    (other_currency, zero_amount, amount_not_refundable; whole_refund_only with `limit`, the whole payment).
    """
    with context.database.write() as session:
        orders.of_merchant(session, merchant_id, order_id)
        order = orders.lock(session, order_id)
        made = next(
            (
                each
                for each in refunds.of_order(session, order_id)
                if idempotency_key and each.idempotency_key == idempotency_key
            ),
            None,
        )
        return made or request_in(session, context, order, amount, idempotency_key, answered, reason)


def request_in(
    session: Session,
    context: ServiceContext,
    order: models.Order,
    amount: Money | None,
    idempotency_key: str | None = None,
    answered: Collection[str] = (),
    reason: str | None = None,
) -> models.Refund:
    """`request`, in the caller's transaction, on an order that the caller has locked."""
    wanted = refundable(session, context, order, amount)
    if not wanted.amount:
        raise Invalid("zero_amount")
    _must_be_within_limit(session, context, order, wanted)
    questions.must_be_answered(questions.of_refund(session, order, wanted, answered), answered)
    refund = models.Refund(
        id=ids.new("rf"),
        merchant_id=order.merchant_id,
        order_id=order.id,
        amount=wanted.amount,
        state=RefundState.REQUESTED,
        actor_kind=context.actor.kind,
        actor_id=context.actor.id,
        idempotency_key=idempotency_key,
        reason=(reason or "").strip()[:200] or None,
        created_at=context.now(),
        due_at=context.now(),
    )
    session.add(refund)
    timeline.note(session, context, order, EventKind.REFUND_REQUESTED, refund=refund.id, amount=refund.amount)
    _tell(session, context, order, refund)
    return refund


def _must_be_within_limit(session: Session, context: ServiceContext, order: models.Order, wanted: Money) -> None:
    """A clerk gives back no more in a day than the shop lets one. Raises `Conflict` (clerk_limit, with `left`, what may still go back today)."""
    actor = context.actor
    merchant = merchants.get(session, order.merchant_id)
    if actor.kind is not ActorKind.USER or merchant.clerk_refund_limit is None:
        return
    clerk = merchants.lock_user(session, merchant.id, actor.id or "")  # two refunds at once wait for each other
    if clerk.role != Role.CLERK:
        return
    day = context.now().astimezone(ZoneInfo(merchant.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    # In another currency the limit is worth as much by the decimals alone, as `questions.is_large` has it.
    spent = sum(
        (Money(amount, currency).to_decimal().scaleb(_shift(merchant, currency)))
        for amount, currency in refunds.asked_by(session, merchant.id, clerk.id, since=day)
    )
    left = Decimal(merchant.clerk_refund_limit) - spent
    if wanted.to_decimal().scaleb(_shift(merchant, wanted.currency)) > left:
        whole = int(max(left, Decimal()).scaleb(money.exponent(merchant.currency)))
        raise Conflict("clerk_limit", "more than a clerk may give back in a day", left=Money(whole, merchant.currency))


def _shift(merchant: models.Merchant, currency: str) -> int:
    return money.exponent(currency) - money.exponent(merchant.currency)


def refundable(session: Session, context: ServiceContext, order: models.Order, amount: Money | None) -> Money:
    """How much would go back: `amount`, or all that is left. Raises as `request` does."""
    if order.state not in REFUNDABLE:
        raise Conflict("wrong_state", state=order.state)
    rest = Money(order.paid - refunds.spoken_for(session, order.id), order.currency)
    if amount is not None and amount.currency != order.currency:
        raise Invalid("other_currency", currency=order.currency)
    wanted = rest if amount is None else amount
    if wanted > rest or not rest.amount:
        raise Conflict("more_than_rest", rest=rest)
    merchant = merchants.get(session, order.merchant_id)
    if wanted.amount != order.paid and Capability.PARTIAL_REFUNDS not in context.provider(merchant).capabilities:
        raise Invalid("whole_refund_only", limit=Money(order.paid, order.currency))
    context.gateway(merchant).validate_refund(wanted.amount, wanted.currency)
    return wanted


def carry_out(context: ServiceContext, refund: models.Refund, lease: work.Lease) -> None:
    """Ask the gateway for a claimed refund, or find what an earlier, unanswered call did."""
    with context.database.read() as session:
        order = orders.get(session, refund.order_id)
        merchant = merchants.get(session, order.merchant_id)
    gateway, intent = context.gateway(merchant), order.intent or ""
    with contextlib.suppress(NotSent, Busy):
        try:
            if refund.tries == 1 or not _known(gateway.retrieve_payment(intent), refund):
                gateway.refund(intent, refund.amount, order.currency, refund=refund.id)
            follow(context, order.merchant_id, order.id)
        except GatewayRefused as error:
            with context.database.write() as session:
                _refused(session, context.acting_as(GATEWAY), refund, str(error))
    with context.database.write() as session:
        match session.get_one(models.Refund, refund.id).state:
            case RefundState.SUCCEEDED | RefundState.FAILED:
                again = None
            case RefundState.PENDING:
                again = context.now() + LOOK_AGAIN
            case _:
                again = context.now() + timedelta(seconds=POLL[min(refund.tries, len(POLL)) - 1])
        work.finish(session, models.Refund, refund.id, lease, due_at=again)


def follow(context: ServiceContext, merchant_id: str, order_id: str) -> None:
    """Bring a paid order to what the gateway's records say. Harmless when repeated, late or out of order.

    Raises `Busy` when they cannot be read.
    """
    for _ in range(LOOKS):
        with context.database.read() as session:
            order = orders.of_merchant(session, merchant_id, order_id)
            merchant = merchants.get(session, merchant_id)
        if order.state not in MONEY or order.intent is None:
            return
        payment = context.gateway(merchant).retrieve_payment(order.intent)
        with context.database.write() as session:
            current = orders.lock(session, order_id)
            # What was read before somebody else wrote may be older than what is written: read again.
            if current.revision == order.revision:
                _record(session, context.acting_as(GATEWAY), current, payment)
                return
    raise Busy("the order changes faster than the gateway's records of it can be read")


def _known(payment: GatewayPayment, refund: models.Refund) -> bool:
    return any(each.refund == refund.id for each in payment.refunds)


def _refused(session: Session, context: ServiceContext, refund: models.Refund, why: str) -> None:
    order = orders.lock(session, refund.order_id)
    row = session.get_one(models.Refund, refund.id)
    if row.state == "requested":
        row.state, row.detail = RefundState.FAILED, why[:200]
        timeline.note(session, context, order, EventKind.REFUND_FAILED, refund=row.id, amount=row.amount, why=why[:200])
        _tell(session, context, order, row)
        notify.refund_failed(session, context, merchants.get(session, order.merchant_id), order, row.amount)


def _record(session: Session, context: ServiceContext, order: models.Order, payment: GatewayPayment) -> None:
    if (payment.taken, payment.currency) != (order.paid, order.currency):
        notify.alarm(session, context, order, why="amount_differs", amount=payment.taken, currency=payment.currency)
        return
    known = {row.gateway_id or row.id: row for row in refunds.of_order(session, order.id)}
    changed = [
        row
        for each in payment.refunds
        if (row := _refund(session, context, order, each, known.get(each.id) or known.get(each.refund)))
    ]
    disputed = _disputes(session, context, order, payment)
    session.flush()
    before = order.refunded
    order.refunded = sum(
        row.amount for row in refunds.of_order(session, order.id) if row.state == RefundState.SUCCEEDED
    )
    if order.refunded != before:
        what, back = (
            ("refunded", order.refunded - before)
            if order.refunded > before
            else ("refund_returned", before - order.refunded)
        )
        after_commit(session, functools.partial(metrics.money, what, order.currency, back))
    for row in changed:
        _tell(session, context, order, row)
    target = standing(paid=order.paid, refunded=order.refunded, disputed=disputed)
    if target != order.state or (target is State.PARTIALLY_REFUNDED and order.refunded != before):
        lifecycle.move(session, context, order, MONEY[target], refunded=order.refunded)


def _refund(
    session: Session, context: ServiceContext, order: models.Order, told: GatewayRefund, row: models.Refund | None
) -> models.Refund | None:
    """Write down what the gateway says of a refund. The row, if that is new."""
    if row is None:
        row = models.Refund(
            id=ids.new("rf"),
            merchant_id=order.merchant_id,
            order_id=order.id,
            amount=told.amount,
            state=RefundState.REQUESTED,
            actor_kind=ActorKind.GATEWAY,
            created_at=context.now(),
        )
        session.add(row)
    row.gateway_id = told.id
    if row.state == told.progress:
        return None
    before, row.state, row.detail = row.state, told.progress, told.why[:200] or None
    kind = REFUND_EVENTS[told.progress]
    timeline.note(session, context, order, kind, refund=row.id, amount=row.amount, why=told.why[:200], was=before)
    merchant = merchants.get(session, order.merchant_id)
    if told.progress is RefundState.SUCCEEDED:
        notify.refunded(session, context, merchant, order, row.amount)
    if told.progress is RefundState.FAILED:
        notify.refund_failed(session, context, merchant, order, row.amount)
        if before is RefundState.SUCCEEDED:
            notify.refund_came_back(session, context, merchant, order, row.amount)
    return row


def _tell(session: Session, context: ServiceContext, order: models.Order, refund: models.Refund) -> None:
    """The order backend hears where a refund stands now."""
    told = {"refund": outbox.describe_refund(refund, order.currency)}
    outbox.tell(session, context, order, CallbackType(f"refund.{refund.state}"), told)


def _disputes(session: Session, context: ServiceContext, order: models.Order, payment: GatewayPayment) -> bool:
    """Write the disputes down; whether one keeps the money away."""
    known = {row.id: row for row in refunds.disputes(session, order.id)}
    for each in payment.disputes:
        row = known.get(each.id)
        if row is None:
            row = models.Dispute(
                order_id=order.id,
                id=each.id,
                amount=each.amount,
                reason=each.reason[:60],
                state="",
                created_at=context.now(),
            )
            session.add(row)
        if row.state != each.contest:
            row.state = each.contest
            kind = DISPUTE_EVENTS[each.contest]
            timeline.note(session, context, order, kind, reason=each.reason, amount=each.amount)
    return any(each.contest is not DisputeState.WON for each in payment.disputes)
