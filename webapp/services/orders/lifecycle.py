"""Orders: placed, moved from state to state, cancelled, expired, resent. Every change of state goes through `move`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import metrics
from webapp.db import attempts, buyers, merchants, models, orders, surroundings
from webapp.db.session import after_commit
from webapp.domain import ids, metadata, references, return_urls, states
from webapp.domain.actions import Action
from webapp.domain.actors import ActorKind
from webapp.domain.callback_types import CallbackType
from webapp.domain.channels import OrderChannel
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.domain.statuses import AttemptState
from webapp.domain.timeline import EventKind
from webapp.gateways.base import Capability
from webapp.services.notifications import notify, reminders
from webapp.services.runtime import idempotency, timeline, totals
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from webapp.db.pages import PageMerchant
    from webapp.db.session import Session
    from webapp.domain.actors import Actor
    from webapp.services.runtime.context import ServiceContext

    First = Callable[[Session, models.Merchant], None]

LINK_DAYS = range(1, 91)
SOURCES = {
    ActorKind.OPERATOR: "whatsapp",
    ActorKind.USER: "office",
    ActorKind.API_KEY: "api",
    ActorKind.CLOCK: "clock",
    ActorKind.CONSOLE: "console",
}
"""Where an order comes from, by who may place one."""
REQUESTS = (EventKind.CANCEL_REQUESTED, EventKind.CAPTURE_REQUESTED, EventKind.VOID_REQUESTED)
TOLD = states.FINAL | {states.State.AUTHORISED}
COUNTED = {states.Event.AUTHORISED, states.Event.PAID, states.Event.VOIDED, states.Event.DISPUTED}
"""Of which the money is counted."""


@dataclass(frozen=True)
class Request:
    """What is asked for.

    `phone` is E.164, None where nobody is to be sent the link; `buyer` is the id of one who is known already, instead of a phone. `amount`
    is None for a registration only; `tax` is the rate that it includes, in hundredths of a percent. `collects_details`: the buyer gives a
    name and an address before paying. `language` is the page's, None: chosen when it is opened. `days` is how long the link is valid, None:
    the merchant's setting. `manual_capture`: the money is only held, until the merchant captures or voids it. `renews` is the alias whose
    card the new one replaces (REGISTER only). `operator` is the id of who is told in the chat what becomes of the order, None: the operator
    who asks for it, if one does. `idempotency_key` is the id of the form: when it is posted again, the order that it made is found and
    nothing is made twice. `channel` is by what the link is sent, None: as the merchant sends links. `return_url` is where the receipt
    leads, one of the merchant's own. `metadata` is what the order backend keeps with the order for itself (`domain.metadata`).
    `charges` is the alias that is charged without the buyer. `import_id` is the file of orders that it stands in.
    """

    action: Action
    amount: Money | None
    phone: str | None = None
    email: str | None = None
    description: str | None = None
    reference: str | None = None
    language: str | None = None
    days: int | None = None
    manual_capture: bool = False
    renews: str | None = None
    buyer: str | None = None
    tax: int | None = None
    collects_details: bool = False
    operator: str | None = None
    idempotency_key: str | None = None
    channel: OrderChannel | None = None
    return_url: str | None = None
    metadata: Mapping[str, str] | None = None
    charges: str | None = None
    import_id: str | None = None


def place(session: Session, context: ServiceContext, merchant: models.Merchant, request: Request) -> models.Order:
    """Write a new order, in the caller's transaction.

    Raises `Invalid` (amount_needed, no_amount, email_needed, phone_needed, bad_days, bad_reference, reference_too_long, bad_metadata,
    card_number, bad_return_url, cannot_email, and what the gateway cannot take or do: cannot_save_cards, cannot_hold) and `Conflict`
    (reference_exists).
    """
    must_be_new(session, context, merchant, request)
    reference = references.tidy(request.reference) if request.reference else _free_reference(session, merchant.id)
    buyer = _buyer(session, merchant, request, context.now())
    order = drafted(context, merchant, request, buyer.id, reference)
    session.add(order)
    session.flush()
    timeline.note(session, context, order, EventKind.CREATED)
    outbox.tell(session, context, order, CallbackType.ORDER_CREATED)
    return order


def drafted(
    context: ServiceContext, merchant: models.Merchant, request: Request, buyer_id: str, reference: str
) -> models.Order:
    """The row that a request would bring; nothing is written, and nothing looked at."""
    now, actor = context.now(), context.actor
    expires = now + timedelta(days=request.days or merchant.link_days)
    return models.Order(
        id=ids.new("ord"),
        merchant_id=merchant.id,
        buyer_id=buyer_id,
        operator_id=request.operator or (actor.id if actor.kind is ActorKind.OPERATOR else None),
        made_by=actor.id,
        import_id=request.import_id,
        action=request.action,
        amount=request.amount.amount if request.amount else None,
        currency=request.amount.currency if request.amount else merchant.currency,
        reference=reference,
        description=request.description,
        tax=request.tax,
        collects_details=request.collects_details,
        email=request.email,
        language=request.language,
        source=SOURCES[actor.kind],
        idempotency_key=request.idempotency_key,
        channel=request.channel,
        return_url=request.return_url,
        metadata_=metadata.checked(request.metadata) if request.metadata else None,
        manual_capture=request.manual_capture,
        renews_alias_id=request.renews,
        charges_alias_id=request.charges,
        state=states.State.OPEN,
        state_at=now,
        created_at=now,
        expires_at=expires,
        due_at=expires,
    )


def must_be_new(session: Session, context: ServiceContext, merchant: models.Merchant, request: Request) -> None:
    """Raises for what cannot be made, as `place` does."""
    check(context, merchant, request)
    if request.reference:
        must_be_free(session, merchant.id, references.tidy(request.reference))


def must_be_free(session: Session, merchant_id: str, reference: str) -> None:
    """Raises `Conflict` (reference_exists) where an order has the reference: `order` is its id."""
    taken = orders.by_reference(session, merchant_id, reference)
    if taken is not None:
        raise Conflict("reference_exists", reference=taken.reference, order=taken.id)


def check(context: ServiceContext, merchant: models.Merchant, request: Request) -> None:
    """Whether the merchant can place such an order, without asking the database. Raises `Invalid`, as `place` does."""
    _validate(request)
    must_be_able(context, merchant, request.action, manual_capture=request.manual_capture)
    if request.channel is OrderChannel.EMAIL and context.mailer is None:
        raise Invalid("cannot_email", "this installation sends no e-mail: SMTP_URL is not set")
    if request.return_url is not None and not may_lead_to(context, merchant, request.return_url):
        raise Invalid(
            "bad_return_url", "this address is not one of return_urls in the merchant's file, written exactly so"
        )
    if request.amount is not None:
        context.gateway(merchant).validate_amount(request.amount.amount, request.amount.currency)


def may_lead_to(context: ServiceContext, merchant: models.Merchant | PageMerchant, url: str) -> bool:
    """Whether a receipt of the merchant's may lead there, as its file and this installation are now."""
    named = url in (merchant.return_urls or ())
    return named and return_urls.fault(url, loopback=context.allow_sandbox_hosts) is None


def must_be_able(
    context: ServiceContext, merchant: models.Merchant, action: Action, *, manual_capture: bool = False
) -> None:
    """Raises `Invalid` (cannot_save_cards, cannot_hold) for what the merchant's gateway cannot do."""
    can = context.provider(merchant).capabilities
    if action is not Action.PAYMENT and Capability.SAVED_CARDS not in can:
        raise Invalid("cannot_save_cards", "this merchant's gateway keeps no cards")
    if manual_capture and Capability.MANUAL_CAPTURE not in can:
        raise Invalid("cannot_hold", "this merchant's gateway takes money at once")


def create(
    context: ServiceContext, merchant_id: str, request: Request, *, send: bool, first: First | None = None
) -> models.Order:
    """Place an order and, if `send`, have its link sent to the buyer. `first` is called before one is made that can be made, and may raise to
    keep it from that. Raises as `place` does."""
    with context.database.write() as session:
        merchant = (
            merchants.lock(session, merchant_id) if request.idempotency_key else merchants.get(session, merchant_id)
        )
        made = orders.by_idempotency_key(session, merchant_id, request.idempotency_key)
        if made is not None:
            return made
        if first is not None:
            must_be_new(session, context, merchant, request)
            first(session, merchant)
        order = place(session, context, merchant, request)
        if send:
            notify.request(session, context, merchant, order)
        return order


def asked_by(session: Session, order: models.Order) -> Actor | None:
    """Who asked for the transition that the order waits for."""
    return orders.asked_by(session, order.id, REQUESTS)


def move(session: Session, context: ServiceContext, order: models.Order, event: states.Event, **data: object) -> None:
    """Step the order (locked by the caller) to the state that follows, write its timeline, and when others are to know queue
    the callback and tell the merchant, all in the caller's transaction. Raises `Conflict` (wrong_state)."""
    now, before = context.now(), states.State(order.state)
    order.state = states.step(before, event)
    order.state_at = now
    if order.state in TOLD:
        surroundings.hold_around(session, order)
    timeline.note(session, context, order, EventKind(event), **data)
    _count(session, order, event, before)
    if order.state in states.MONEY and before not in states.MONEY:
        totals.taken(session, context, order)
    if order.state in states.FINAL:
        order.due_at = None
        order.pending_transition = None
        order.closed_at = order.closed_at or now
    if order.state in TOLD or event is states.Event.REACTIVATED:
        merchant = merchants.get(session, order.merchant_id)
        outbox.queue(session, context, merchant, order)
        if order.state in TOLD:
            notify.news(session, context, merchant, order, before, why=str(data.get("reason", "")))


def _count(session: Session, order: models.Order, event: states.Event, before: states.State) -> None:
    """For the metrics, once it is committed: that the order was moved, and the money that this is. What is refunded is counted where that is
    known (`payments/refunds`)."""
    after_commit(session, functools.partial(metrics.order, event.value))
    new = event is not states.Event.PAID or before not in states.MONEY
    if event in COUNTED and new and order.paid:
        after_commit(session, functools.partial(metrics.money, event.value, order.currency, order.paid))


def admit(
    session: Session, context: ServiceContext, order: models.Order, *, due: datetime, token: str | None = None
) -> models.Attempt:
    """Write the order's next try and move the order to processing, in the caller's transaction on a locked order."""
    attempt = models.Attempt(
        id=ids.new("att"),
        order_id=order.id,
        number=attempts.next_number(session, order.id),
        intent=order.intent,
        token=token,
        saves=False,
        state=AttemptState.STARTED,
        created_at=context.now(),
        due_at=due,
    )
    session.add(attempt)
    session.flush()
    move(session, context, order, states.Event.SUBMITTED, attempt=attempt.number)
    return attempt


def opened(context: ServiceContext, order_id: str) -> None:
    """The buyer has really looked at the page; noted once."""
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        if order.opened_at is None:
            order.opened_at = context.now()
            timeline.note(session, context, order, EventKind.OPENED)
            outbox.tell(session, context, order, CallbackType.ORDER_OPENED)


def resend(
    context: ServiceContext, merchant_id: str, order_id: str, *, idempotency_key: str | None = None
) -> models.Order:
    """Send the link to the buyer again. Raises `NotFound`, `Conflict` (wrong_state) when the order takes no payment, (not_sent)
    when there is no phone or its owner wants no messages."""
    return _once(context, merchant_id, order_id, idempotency_key, resend_in)


def resend_in(session: Session, context: ServiceContext, order: models.Order) -> models.Order:
    """`resend`, in the caller's transaction, on an order that the caller has locked."""
    if (
        order.state not in {states.State.OPEN, states.State.PROCESSING}
        or order.pending_transition
        or order.charges_alias_id
    ):
        raise Conflict("wrong_state", state=order.state)
    if not notify.request(session, context, merchants.get(session, order.merchant_id), order):
        raise Conflict("not_sent")
    timeline.note(session, context, order, EventKind.RESENT)
    return order


def extend(
    context: ServiceContext, merchant_id: str, order_id: str, days: int, *, idempotency_key: str | None = None
) -> models.Order:
    """Let the link live `days` longer. Raises `NotFound`, and as `extend_in` does."""

    def longer_in(session: Session, context: ServiceContext, order: models.Order) -> None:
        extend_in(session, context, order, days)

    return _once(context, merchant_id, order_id, idempotency_key, longer_in)


def extend_in(session: Session, context: ServiceContext, order: models.Order, days: int) -> models.Order:
    """Let the link live `days` longer, in the caller's transaction, on an order that the caller has locked. One that has expired
    is open again for so many days, and its link is sent again.

    Raises `Invalid` (bad_days), `Conflict` (wrong_state) when the order takes no payment any more.
    """
    if order.state == states.State.EXPIRED:
        return reactivate_in(session, context, order, days, send=True)
    if (
        order.state not in {states.State.OPEN, states.State.PROCESSING}
        or order.pending_transition
        or order.charges_alias_id
    ):
        raise Conflict("wrong_state", state=order.state)
    expires = max(order.expires_at, context.now()) + timedelta(days=days)
    if days not in LINK_DAYS or expires > context.now() + timedelta(days=LINK_DAYS[-1]):
        raise Invalid("bad_days")
    order.expires_at = order.due_at = expires
    timeline.note(session, context, order, EventKind.EXTENDED, until=expires.isoformat())
    reminders.extended(session, context, order)
    return order


def cancel(
    context: ServiceContext, merchant_id: str, order_id: str, *, idempotency_key: str | None = None
) -> models.Order:
    """Cancel the order: at once if the gateway knows nothing of it, else by the worker once the gateway has cancelled.

    Raises `NotFound`, `Conflict` (wrong_state) when it is final.
    """
    return _once(context, merchant_id, order_id, idempotency_key, cancel_in)


def cancel_in(session: Session, context: ServiceContext, order: models.Order) -> models.Order:
    """`cancel`, in the caller's transaction, on an order that the caller has locked."""
    if order.state in states.FINAL | {states.State.AUTHORISED}:
        raise Conflict("wrong_state", state=order.state)
    if order.intent is None and order.state == states.State.OPEN:
        move(session, context, order, states.Event.CANCELLED)
    elif order.pending_transition is None:
        order.pending_transition = states.Event.CANCELLED
        order.due_at = context.now()
        timeline.note(session, context, order, EventKind.CANCEL_REQUESTED)
    return order


def replace_link(order: models.Order) -> None:
    """Whoever has the order's link, and a form of its page, has nothing any more; on an order that the caller has locked."""
    order.link_version += 1


def revoke_link(
    context: ServiceContext, merchant_id: str, order_id: str, *, idempotency_key: str | None = None
) -> models.Order:
    """Take the order's link back, which is in hands that it is not for. The order stays as it is, under a new link that nobody has been
    given: `resend` sends it. Raises `NotFound`, `Conflict` (wrong_state) when the order has had no link."""
    return _once(context, merchant_id, order_id, idempotency_key, revoke_link_in)


def revoke_link_in(session: Session, context: ServiceContext, order: models.Order) -> models.Order:
    """`revoke_link`, in the caller's transaction, on an order that the caller has locked. No reminder brings the new link by itself."""
    if order.charges_alias_id is not None:
        raise Conflict("wrong_state", state=order.state)
    replace_link(order)
    reminders.stop(session, order)
    timeline.note(session, context, order, EventKind.LINK_REVOKED)
    return order


def capture(
    context: ServiceContext,
    merchant_id: str,
    order_id: str,
    part: Money | None = None,
    *,
    idempotency_key: str | None = None,
) -> models.Order:
    """Take the money that is held, or a `part` of it: the rest is let go. The worker asks the gateway. Raises `NotFound`, `Conflict` (wrong_state;
    more_than_held with `rest`, the money that is held), `Invalid` (other_currency, and what the gateway cannot take)."""

    def capture_in(session: Session, context: ServiceContext, order: models.Order) -> None:
        _end_hold(session, context, order, states.Event.PAID, EventKind.CAPTURE_REQUESTED)
        held = Money(order.amount or 0, order.currency)
        if part is None or part == held:
            return
        if part.currency != order.currency:
            raise Invalid("other_currency", currency=order.currency)
        if part > held:
            raise Conflict("more_than_held", rest=held)
        context.gateway(merchants.get(session, merchant_id)).validate_amount(part.amount, part.currency)
        order.to_capture = part.amount

    return _once(context, merchant_id, order_id, idempotency_key, capture_in)


def void(
    context: ServiceContext, merchant_id: str, order_id: str, *, idempotency_key: str | None = None
) -> models.Order:
    """Let go of the money that is held. Raises `NotFound`, `Conflict` (wrong_state)."""

    def void_in(session: Session, context: ServiceContext, order: models.Order) -> None:
        _end_hold(session, context, order, states.Event.VOIDED, EventKind.VOID_REQUESTED)

    return _once(context, merchant_id, order_id, idempotency_key, void_in)


def _end_hold(
    session: Session, context: ServiceContext, order: models.Order, event: states.Event, noted: EventKind
) -> None:
    if order.state != states.State.AUTHORISED or order.pending_transition:
        raise Conflict("wrong_state", state=order.state, pending=order.pending_transition)
    order.pending_transition = event
    order.due_at = context.now()
    timeline.note(session, context, order, noted)


def reactivate(
    context: ServiceContext,
    merchant_id: str,
    order_id: str,
    *,
    send: bool,
    days: int | None = None,
    idempotency_key: str | None = None,
) -> models.Order:
    """Open an order again that brought nothing, under a new link, for so many `days`, None: the merchant's usual time, and with all its tries.

    Raises `NotFound`, `Invalid` (bad_days), `Conflict` (wrong_state) when money came in, or may still.
    """

    def open_in(session: Session, context: ServiceContext, order: models.Order) -> None:
        usual = merchants.get(session, merchant_id).link_days
        reactivate_in(session, context, order, usual if days is None else days, send=send)

    return _once(context, merchant_id, order_id, idempotency_key, open_in)


def reactivate_in(
    session: Session, context: ServiceContext, order: models.Order, days: int, *, send: bool
) -> models.Order:
    """`reactivate`, in the caller's transaction, on an order that the caller has locked, for so many days. Raises `Invalid`
    (bad_days), `Conflict` (wrong_state)."""
    if order.charges_alias_id is not None or buyers.get(session, order.buyer_id).erased_at is not None:
        raise Conflict("wrong_state", state=order.state)
    if days not in LINK_DAYS:
        raise Invalid("bad_days")
    if order.intent is not None and order.state != states.State.REFUSED:
        # The gateway has cancelled it before the order was closed; the next try makes another.
        order.intent = None
        order.generation += 1
    replace_link(order)
    order.declines, order.closed_at = 0, None
    order.expires_at = order.due_at = context.now() + timedelta(days=days)
    move(session, context, order, states.Event.REACTIVATED)
    if send:
        notify.request(session, context, merchants.get(session, order.merchant_id), order)
    return order


def _once(
    context: ServiceContext,
    merchant_id: str,
    order_id: str,
    idempotency_key: str | None,
    act: Callable[[Session, ServiceContext, models.Order], object],
) -> models.Order:
    """Act on the merchant's order, in a transaction that has it locked. A request that has done it (`idempotency_key`) finds the order as it is
    now. Raises `NotFound`."""
    with context.database.write() as session:
        orders.of_merchant(session, merchant_id, order_id)
        order = orders.lock(session, order_id)
        if idempotency.made(session, idempotency_key) is None:
            act(session, context, order)
            idempotency.note_made(session, idempotency_key, order.id)
        return order


def _validate(request: Request) -> None:
    registers = request.action is not Action.PAYMENT
    if request.action is Action.REGISTER and request.amount is not None:
        raise Invalid("no_amount")
    if request.action is not Action.REGISTER and (request.amount is None or request.amount.amount <= 0):
        raise Invalid("amount_needed")
    if (registers or request.channel is OrderChannel.EMAIL) and not request.email:
        raise Invalid("email_needed")
    if request.channel is OrderChannel.WHATSAPP and not (request.phone or request.buyer):
        raise Invalid("phone_needed")
    if request.days is not None and request.days not in LINK_DAYS:
        raise Invalid("bad_days")
    if request.manual_capture and request.action is Action.REGISTER:
        raise Invalid("no_amount")
    if request.reference:
        references.tidy(request.reference)
    if request.metadata:
        metadata.checked(request.metadata)


def _buyer(session: Session, merchant: models.Merchant, request: Request, now: datetime) -> models.Buyer:
    """The buyer of the order: the one that is named, the phone's, or a new one. Two orders without a phone never share one, for
    nothing says that they are the same person's."""
    buyer = None
    if request.buyer or request.phone:
        buyer = buyers.lock_known(session, merchant.id, request.phone, request.buyer)
    if request.buyer and buyer is None:
        raise Conflict("no_alias", "the buyer was erased")
    if buyer is None:
        buyer = models.Buyer(id=ids.new("buy"), merchant_id=merchant.id, phone=request.phone, created_at=now)
        session.add(buyer)
    if request.email:
        buyer.email = request.email
    session.flush()
    return buyer


def _free_reference(session: Session, merchant: str) -> str:
    while True:
        reference = ids.reference()
        if orders.by_reference(session, merchant, reference) is None:
            return reference
