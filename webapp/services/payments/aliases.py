"""Aliases: saved cards. Kept when the gateway saved one and the buyer agreed; charged again without the buyer; revoked.

A buyer who registers a card that is saved already keeps one alias with the same id, and the newest consent; another card makes another alias
beside it (docs/adr/0004).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models, orders, work
from webapp.domain import amounts, ids, references
from webapp.domain.actions import Action
from webapp.domain.actors import GATEWAY, ActorKind
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.domain.money import Money
from webapp.domain.statuses import AliasStatus
from webapp.domain.timeline import EventKind
from webapp.gateways.base import Capability, SavedPaymentMethod
from webapp.services.notifications import notify
from webapp.services.orders import lifecycle
from webapp.services.payments import questions
from webapp.services.runtime import timeline
from webapp.services.webhooks import outbox

if TYPE_CHECKING:
    from collections.abc import Collection

    from webapp.db.session import Session
    from webapp.domain.outcome import Authorised, Card, Done
    from webapp.services.runtime.context import ServiceContext

CHANGES = {
    "alias.revoked": EventKind.ALIAS_REVOKED,
    "alias.updated": EventKind.ALIAS_UPDATED,
    "alias.expiring": EventKind.ALIAS_EXPIRING,
}
"""What happens to an alias after it was saved: the callback's type, and the line on the timeline."""
EXPIRES_SOON, LET_BE = timedelta(days=30), timedelta(days=7)


def keep(
    session: Session, context: ServiceContext, order: models.Order, attempt: models.Attempt, done: Done | Authorised
) -> SavedPaymentMethod | None:
    """Write the alias and the consent, in the transaction that records the success. The means that it replaced, if any."""
    card, payment_method_id = done.card, done.saved
    if card is None or payment_method_id is None:
        return None
    buyers.lock(session, order.buyer_id)  # two orders that save one card at once make one alias
    alias = _renewed(session, order) or buyers.same_card(session, order.buyer_id, card.fingerprint)
    replaced = (
        SavedPaymentMethod(alias.customer, alias.payment_method_id)
        if alias and alias.payment_method_id != payment_method_id
        else None
    )
    if alias is None:
        alias = models.Alias(
            id=ids.alike("al", order.id),
            merchant_id=order.merchant_id,
            buyer_id=order.buyer_id,
            fingerprint=card.fingerprint,
            status=AliasStatus.ACTIVE,
            created_at=context.now(),
        )
        session.add(alias)
    alias.customer = done.customer or alias.customer
    alias.payment_method_id, alias.status = payment_method_id, AliasStatus.ACTIVE
    show(alias, card, context.now())
    session.flush()
    order.alias_id = alias.id
    consent = attempt.consent or {}
    session.add(
        models.Consent(
            id=ids.new("con"),
            alias_id=alias.id,
            order_id=order.id,
            wording=consent.get("wording", ""),
            version=consent.get("version", ""),
            language=consent.get("language", ""),
            given_at=datetime.fromisoformat(consent["at"]) if "at" in consent else attempt.created_at,
        )
    )
    kind = EventKind.ALIAS_RENEWED if replaced else EventKind.ALIAS_CREATED
    timeline.note(session, context, order, kind, alias=alias.id)
    return replaced


def renew(
    context: ServiceContext, merchant_id: str, alias_id: str, *, idempotency_key: str | None = None
) -> models.Order:
    """Ask the buyer for another card behind an alias: a registration, sent by WhatsApp. Raises `NotFound`, `Conflict`
    (no_alias) for one that is revoked."""
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id)
        made = orders.by_idempotency_key(session, merchant_id, idempotency_key)
        return made or _ask_for_another(
            session, context, merchant, buyers.alias(session, merchant_id, alias_id), idempotency_key
        )


def revoke(context: ServiceContext, merchant_id: str, alias_id: str) -> None:
    """End an alias: it is never charged again, the order backend is told, and the gateway forgets the card, unless it is the gateway that
    did. Raises `NotFound`; repeating it is harmless."""
    with context.database.write() as session:
        revoke_in(session, context, merchant_id, alias_id)


def revoke_in(session: Session, context: ServiceContext, merchant_id: str, alias_id: str) -> None:
    """`revoke`, in the caller's transaction."""
    alias = buyers.lock_alias(session, merchant_id, alias_id)
    if alias.status == AliasStatus.REVOKED:
        return
    alias.status = AliasStatus.REVOKED
    alias.due_at = None if context.actor.kind is ActorKind.GATEWAY else context.now()
    _tell(session, context, alias, "alias.revoked")


def follow(context: ServiceContext, merchant_id: str, payment_method_id: str) -> None:
    """The gateway hints that a saved means has changed: look it up. Raises `Busy` when it could not be learned."""
    with context.database.read() as session:
        merchant, alias = (
            merchants.get(session, merchant_id),
            buyers.by_payment_method(session, merchant_id, payment_method_id),
        )
    if alias is not None:
        look(context, merchant, alias)


def look(context: ServiceContext, merchant: models.Merchant, alias: models.Alias) -> Card | None:
    """Look a saved card up and follow what became of it; the card, None where it is kept for nobody any more. Raises `Busy` when it could not
    be learned."""
    card = context.gateway(merchant).saved(alias.payment_method_id)
    if card is None:
        revoke(context, merchant.id, alias.id)
    elif (alias.exp_month, alias.exp_year) != (card.exp_month, card.exp_year):
        with context.database.write() as session:
            current = buyers.lock_alias(session, merchant.id, alias.id)
            same = current.payment_method_id == alias.payment_method_id
            if same and (current.exp_month, current.exp_year) != (card.exp_month, card.exp_year):
                show(current, card, context.now())
                _tell(session, context, current, "alias.updated")
    return card


def carry_out(context: ServiceContext, alias: models.Alias, lease: work.Lease) -> None:
    """What is due of an alias: the gateway forgets a revoked one; of one whose card expires soon the buyer is asked for another,
    once; of one that is unproven, for the same or another, whose consent is known then."""
    if alias.status == AliasStatus.UNPROVEN:
        _ask_anew(context, alias, lease)
        return
    if alias.status == AliasStatus.REVOKED:
        with context.database.read() as session:
            merchant = merchants.get(session, alias.merchant_id)
        context.gateway(merchant).forget(SavedPaymentMethod(alias.customer, alias.payment_method_id))
    with context.database.write() as session:
        if work.finish(session, models.Alias, alias.id, lease) and alias.status == AliasStatus.ACTIVE:
            merchant = merchants.get(session, alias.merchant_id)
            current = buyers.lock_alias(session, merchant.id, alias.id)
            _tell(session, context, current, "alias.expiring")
            _ask_for_another(session, context, merchant, current, None)


def _ask_anew(context: ServiceContext, alias: models.Alias, lease: work.Lease) -> None:
    """Ask the buyer of an unproven card to register one, unless the gateway keeps it for nobody any more."""
    with context.database.read() as session:
        merchant = merchants.get(session, alias.merchant_id)
    is_kept = context.gateway(merchant).saved(alias.payment_method_id) is not None
    with context.database.write() as session:
        if not work.finish(session, models.Alias, alias.id, lease):
            return
        if is_kept:
            current = buyers.lock_alias(session, merchant.id, alias.id)
            _ask_for_another(session, context, merchants.get(session, merchant.id), current, None)
        else:
            revoke_in(session, context.acting_as(GATEWAY), merchant.id, alias.id)


def charge(
    context: ServiceContext,
    merchant_id: str,
    order_id: str,
    amount: Money,
    *,
    idempotency_key: str | None = None,
    answered: Collection[str] = (),
) -> models.Order:
    """Charge the card that this order saved, or was charged to, once more. The new order, which the worker carries out. `answered` is what
    its caller has seen, and was asked (`questions`).

    Raises as `charge_in` does, and `NotFound`.
    """
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id) if idempotency_key else merchants.get(session, merchant_id)
        made = orders.by_idempotency_key(session, merchant_id, idempotency_key)
        if made is not None:
            return made
        source = orders.of_merchant(session, merchant_id, order_id)
        return charge_in(session, context, merchant, source, amount, idempotency_key, answered)


def charge_by_reference(
    context: ServiceContext, merchant_id: str, reference: str, amount: str, *, answered: Collection[str] = ()
) -> models.Order:
    """`charge` for the console: the order by its reference, the amount in that order's currency. Raises as `charge_in` does, `NotFound`, and
    `Invalid` as `amounts.in_field` does."""
    with context.database.write() as session:
        merchant = merchants.get(session, merchant_id)
        source = orders.by_reference(session, merchant_id, reference)
        if source is None:
            raise NotFound(f"no order of {merchant_id} has the reference {reference}")
        try:
            money = amounts.in_field(amount, source.currency)
        except Invalid as error:
            wrong = f"{amount} is not an amount in {source.currency}, such as 12.50"
            raise Invalid(error.code, wrong, **error.details) from error
        return charge_in(session, context, merchant, source, money, answered=answered)


def charge_in(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    source: models.Order,
    amount: Money,
    idempotency_key: str | None = None,
    answered: Collection[str] = (),
) -> models.Order:
    """`charge`, in the caller's transaction: order and try are written together and are due at once, so a worker that is
    killed anywhere leaves a row that says what to do, and the try's id is the gateway's idempotency key.

    Raises `Conflict` (no_alias) when the order left no card that can be charged, `questions.Unanswered`, and `Invalid` (other_currency;
    cannot_charge_saved when the gateway charges no card without the buyer; what `lifecycle.place` does).
    """
    wanted = lifecycle.Request(Action.PAYMENT, amount, idempotency_key=idempotency_key)
    return _charge_in(session, context, merchant, source, amount, wanted, answered)


def charge_alias(
    context: ServiceContext,
    merchant_id: str,
    alias_id: str,
    amount: Money,
    wanted: lifecycle.Request,
    answered: Collection[str] = (),
) -> models.Order:
    """`charge`, of the card itself. `wanted` is what the new order is besides: its reference, which an order backend has to give, is one that no
    order has, so that who has lost the idempotency key charges nothing twice, and is told that before anything is asked.

    Raises as `charge_in` does, `NotFound`, and `Conflict` (reference_exists, with the `order` that has it).
    """
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id)
        made = orders.by_idempotency_key(session, merchant_id, wanted.idempotency_key)
        if made is not None:
            return made
        source = orders.latest(session, buyers.alias(session, merchant_id, alias_id).id)
        if source is None:
            raise Conflict("no_alias")
        if wanted.reference is not None:
            lifecycle.must_be_free(session, merchant_id, references.tidy(wanted.reference))
        return _charge_in(session, context, merchant, source, amount, wanted, answered)


def _charge_in(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    source: models.Order,
    amount: Money,
    wanted: lifecycle.Request,
    answered: Collection[str],
) -> models.Order:
    alias = chargeable(session, context, merchant, source)
    if amount.currency != source.currency:
        raise Invalid("other_currency", currency=source.currency)
    questions.must_be_answered(questions.of_charge(session, context, merchant, alias, amount, answered), answered)
    request = replace(
        wanted,
        action=Action.PAYMENT,
        amount=amount,
        buyer=alias.buyer_id,
        email=source.email,
        language=source.language,
        operator=None if context.actor.kind is ActorKind.OPERATOR else source.operator_id,
        charges=alias.id,
    )
    order = lifecycle.place(session, context, merchant, request)
    attempt = lifecycle.admit(session, context, order, due=context.now())
    attempt.customer, attempt.payment_method_id = alias.customer, alias.payment_method_id
    return order


def chargeable(
    session: Session, context: ServiceContext, merchant: models.Merchant, source: models.Order
) -> models.Alias:
    """The card that a charge of this order would be of. Raises as `charge_in` does."""
    if Capability.MERCHANT_INITIATED not in context.provider(merchant).capabilities:
        raise Invalid("cannot_charge_saved", "this merchant's gateway charges no card without the buyer")
    alias_id = source.alias_id or source.charges_alias_id
    alias = buyers.alias(session, merchant.id, alias_id) if alias_id else None
    if alias is None or alias.status != AliasStatus.ACTIVE:
        raise Conflict("no_alias", reference=source.reference)
    return alias


def _renewed(session: Session, order: models.Order) -> models.Alias | None:
    """The alias whose card this order replaces, if it was not revoked."""
    if order.renews_alias_id is None:
        return None
    alias = buyers.lock_alias(session, order.merchant_id, order.renews_alias_id)
    return alias if alias.status != AliasStatus.REVOKED else None


def show(alias: models.Alias, card: Card, now: datetime) -> None:
    """Write what may be shown of the card, and when its buyer is to be asked for another: before the end of its month, to which
    a card is good (ISO/IEC 7813), and not at once for a card that was new only now."""
    alias.brand, alias.last4, alias.wallet = card.brand, card.last4, card.wallet
    alias.exp_month, alias.exp_year = card.exp_month, card.exp_year
    year, month = divmod(card.exp_year * 12 + card.exp_month, 12)
    alias.due_at = max(datetime(year, month + 1, 1, tzinfo=UTC) - EXPIRES_SOON, now + LET_BE)


def _ask_for_another(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    alias: models.Alias,
    idempotency_key: str | None,
) -> models.Order:
    if alias.status == AliasStatus.REVOKED:
        raise Conflict("no_alias")
    source, latest = orders.origin(session, alias.id), orders.latest(session, alias.id)
    buyer = buyers.get(session, alias.buyer_id)
    request = lifecycle.Request(
        action=Action.REGISTER,
        amount=None,
        buyer=buyer.id,
        email=buyer.email or (source.email if source else None),
        language=source.language if source else None,
        renews=alias.id,
        operator=latest.operator_id if latest else None,
        idempotency_key=idempotency_key,
    )
    order = lifecycle.place(session, context, merchant, request)
    if not notify.request(session, context, merchant, order):
        notify.forward(session, context, merchant, order)
    return order


def _tell(session: Session, context: ServiceContext, alias: models.Alias, kind: str) -> None:
    """A line on the timeline of the order that saved the card last, a callback about it and a message to its operator."""
    order = orders.latest(session, alias.id)
    if order is not None:
        order = orders.lock(session, order.id)
        merchant = merchants.get(session, alias.merchant_id)
        timeline.note(session, context, order, CHANGES[kind], alias=alias.id)
        session.flush()
        outbox.queue(session, context, merchant, order, kind)
        notify.alias(session, context, merchant, order, alias, kind)
