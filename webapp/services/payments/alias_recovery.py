"""Saved cards that our database has forgotten, because a backup was restored: found again in what the gateway keeps (docs/operator/restore.md).

A card's alias has an id that its first order's tells, so that order backends find it under the id that they were given. What the buyer agreed
to, as it was shown, is kept by us alone and does not come back: the card is charged by nobody until its buyer has agreed anew.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from webapp.db import buyers, models
from webapp.domain import ids
from webapp.domain.statuses import AliasStatus
from webapp.domain.timeline import EventKind
from webapp.services.payments import aliases
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.domain.outcome import Authorised, Done
    from webapp.gateways.base import Saver
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)


def adopt(session: Session, context: ServiceContext, order: models.Order, done: Done | Authorised) -> None:
    """Keep what an order has saved of whose try nothing is known: every try is written before the gateway hears of it, so the database
    that had it is not this one. Nothing is kept for a buyer who was erased, or what a revoked alias had."""
    buyer = buyers.lock(session, order.buyer_id)
    alias = None if buyer.erased_at else _adopted(session, context, buyer, order.id, order.renews_alias_id, done)
    if alias is not None and alias.status != AliasStatus.REVOKED:
        order.alias_id = alias.id
        timeline.note(session, context, order, EventKind.ALIAS_CREATED, alias=alias.id)


def adopt_of_lost_order(
    context: ServiceContext, merchant: models.Merchant, order_id: str, done: Done | Authorised
) -> str | None:
    """The same where the order itself is forgotten: the alias's id, None where nothing is kept. The buyer is made again, with the id that the
    gateway kept, where they are forgotten too. Raises `Busy`."""
    if done.saved is None or done.card is None:
        return None
    saver = context.gateway(merchant).saver(done.intent)
    if saver is None or saver.merchant != merchant.id:
        return None
    with context.database.write() as session:
        buyer = _buyer(session, context, merchant.id, saver, done.customer)
        alias = _adopted(session, context, buyer, order_id, saver.renews, done) if buyer else None
        return alias.id if alias is not None and alias.status != AliasStatus.REVOKED else None


def _buyer(
    session: Session, context: ServiceContext, merchant_id: str, saver: Saver, customer: str | None
) -> models.Buyer | None:
    """Whose card it is: the buyer of that id, or else of that phone; a new one where there is neither. None for one who was erased."""
    known = session.get(models.Buyer, saver.buyer)
    if known is not None:
        known = buyers.lock(session, known.id)
        return known if known.merchant_id == merchant_id and known.erased_at is None else None
    namesake = buyers.lock_known(session, merchant_id, saver.phone, None) if saver.phone else None
    if namesake is not None:
        return buyers.lock(session, namesake.id)
    made = models.Buyer(
        id=saver.buyer,
        merchant_id=merchant_id,
        phone=saver.phone,
        email=saver.email,
        customer=customer,
        created_at=context.now(),
    )
    session.add(made)
    session.flush()
    return made


def _adopted(
    session: Session,
    context: ServiceContext,
    buyer: models.Buyer,
    order_id: str,
    renews: str | None,
    done: Done | Authorised,
) -> models.Alias | None:
    """The alias of what was saved: known already, renewed, or made again. Only a card to which its buyer's consent is known stays active."""
    card, payment_method_id = done.card, done.saved
    if card is None or payment_method_id is None:
        return None
    known = buyers.ever_of_payment_method(session, buyer.merchant_id, payment_method_id)
    if known is not None:
        return known
    alias = buyers.same_card(session, buyer.id, card.fingerprint)
    is_proven = alias is not None and alias.status == AliasStatus.ACTIVE
    if alias is None:
        alias = session.get(models.Alias, renews or ids.alike("al", order_id), with_for_update=True)
    if alias is None:
        alias = models.Alias(
            id=renews or ids.alike("al", order_id),
            merchant_id=buyer.merchant_id,
            buyer_id=buyer.id,
            created_at=context.now(),
        )
        session.add(alias)
    elif alias.buyer_id != buyer.id or alias.status == AliasStatus.REVOKED:
        return None
    alias.customer, alias.payment_method_id = done.customer or buyer.customer or "", payment_method_id
    alias.fingerprint = card.fingerprint
    aliases.show(alias, card, context.now())
    if not is_proven:
        alias.status, alias.due_at = AliasStatus.UNPROVEN, context.now()
    session.flush()
    log.warning(
        "%s: the card %s was found at the gateway alone, and is kept %s", buyer.merchant_id, alias.id, alias.status
    )
    return alias
