"""Aliases: saved cards. Kept when the gateway saved one and the buyer agreed; charged again without the buyer; revoked.

A buyer who registers a card that is saved already keeps one alias with the same id, and the newest consent; another card makes another alias
beside it (docs/adr/0004).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain import ids
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.money import Money
from webapp.gateways.base import SavedMeans
from webapp.services import orders

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.domain.outcome import Authorised, Done
    from webapp.services.kit import Kit


def keep(
    session: Session, kit: Kit, order: models.Order, attempt: models.Attempt, done: Done | Authorised
) -> SavedMeans | None:
    """Write the alias and the consent, in the transaction that records the success. The means that it replaced, if any."""
    card, means = done.card, done.saved
    if card is None or means is None:
        return None
    buyers.lock(session, order.buyer_id)  # two orders that save one card at once make one alias
    alias = buyers.same_card(session, order.buyer_id, card.fingerprint)
    replaced = SavedMeans(alias.customer, alias.means) if alias and alias.means != means else None
    if alias is None:
        alias = models.Alias(
            id=ids.new("al"),
            merchant_id=order.merchant_id,
            buyer_id=order.buyer_id,
            fingerprint=card.fingerprint,
            status="active",
            created_at=kit.now(),
        )
        session.add(alias)
    alias.customer = done.customer or alias.customer
    alias.means = means
    alias.brand, alias.last4 = card.brand, card.last4
    alias.exp_month, alias.exp_year = card.exp_month, card.exp_year
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
    rows.note(session, order, "alias_renewed" if replaced else "alias_created", kit.now(), alias=alias.id)
    return replaced


def charge(kit: Kit, merchant_id: str, order_id: str, amount: Money, by: orders.By) -> models.Order:
    """Charge the card that this order saved, or was charged to, once more. The new order, which the worker carries out.

    Raises as `charge_in` does, and `NotFound`.
    """
    with kit.database.write() as session:
        merchant = merchants.lock(session, merchant_id) if by.once else merchants.get(session, merchant_id)
        made = rows.by_once(session, merchant_id, by.once)
        if made is not None:
            return made
        return charge_in(session, kit, merchant, rows.of_merchant(session, merchant_id, order_id), amount, by)


def charge_in(
    session: Session, kit: Kit, merchant: models.Merchant, source: models.Order, amount: Money, by: orders.By
) -> models.Order:
    """`charge`, in the caller's transaction: order and try are written together and are due at once, so a worker that is
    killed anywhere leaves a row that says what to do, and the try's id is the gateway's idempotency key.

    Raises `Conflict` (no_alias) when the order left no card that can be charged, `Invalid` (other_currency).
    """
    alias_id = source.alias_id or source.charges_alias_id
    alias = buyers.alias(session, merchant.id, alias_id) if alias_id else None
    if alias is None or alias.status != "active":
        raise Conflict("no_alias", reference=source.reference)
    if amount.currency != source.currency:
        raise Invalid("other_currency", currency=source.currency)
    request = orders.Request(
        action=Action.PAYMENT,
        amount=amount,
        phone=buyers.get(session, alias.buyer_id).phone,
        email=source.email,
        language=source.language,
    )
    order = orders.place(session, kit, merchant, request, by)
    order.charges_alias_id = alias.id
    attempt = orders.admit(session, kit, order, due=kit.now())
    attempt.customer, attempt.means = alias.customer, alias.means
    return order
