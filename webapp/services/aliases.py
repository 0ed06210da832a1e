"""Aliases: saved cards. Kept when the gateway saved one and the buyer agreed; charged again without the buyer; revoked.

A buyer who registers a card that is saved already keeps one alias with the same id, and the newest consent; another card makes another alias
beside it (docs/adr/0004).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models, work
from webapp.db import orders as rows
from webapp.domain import ids
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, Invalid, NotFound
from webapp.domain.money import Money
from webapp.gateways.base import Capability, SavedMeans
from webapp.services import notify, orders, outbox
from webapp.whatsapp import grammar

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.domain.outcome import Authorised, Card, Done
    from webapp.services.kit import Kit

EXPIRES_SOON, LET_BE = timedelta(days=30), timedelta(days=7)


def keep(
    session: Session, kit: Kit, order: models.Order, attempt: models.Attempt, done: Done | Authorised
) -> SavedMeans | None:
    """Write the alias and the consent, in the transaction that records the success. The means that it replaced, if any."""
    card, means = done.card, done.saved
    if card is None or means is None:
        return None
    buyers.lock(session, order.buyer_id)  # two orders that save one card at once make one alias
    alias = _renewed(session, order) or buyers.same_card(session, order.buyer_id, card.fingerprint)
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
    _show(alias, card, kit.now())
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


def renew(kit: Kit, merchant_id: str, alias_id: str, by: orders.By) -> models.Order:
    """Ask the buyer for another card behind an alias: a registration, sent by WhatsApp. Raises `NotFound`, `Conflict`
    (no_alias) for one that is revoked."""
    with kit.database.write() as session:
        merchant = merchants.lock(session, merchant_id)
        made = rows.by_once(session, merchant_id, by.once)
        return made or _ask_for_another(session, kit, merchant, buyers.alias(session, merchant_id, alias_id), by)


def revoke(kit: Kit, merchant_id: str, alias_id: str, who: str) -> None:
    """End an alias: it is never charged again, the order backend is told, and the gateway forgets the card. `who` is merchant,
    buyer or gateway. Raises `NotFound`; repeating it is harmless."""
    with kit.database.write() as session:
        alias = buyers.lock_alias(session, merchant_id, alias_id)
        if alias.status != "active":
            return
        alias.status, alias.due_at = "revoked", None if who == "gateway" else kit.now()
        _tell(session, kit, alias, "alias.revoked", why=who)


def follow(kit: Kit, merchant_id: str, means: str) -> None:
    """The gateway hints that a saved means has changed: look it up. Raises `Busy` when it could not be learned."""
    with kit.database.read() as session:
        merchant, alias = merchants.get(session, merchant_id), buyers.by_means(session, merchant_id, means)
    if alias is None:
        return
    card = kit.gateway(merchant).saved(means)
    if card is None:
        revoke(kit, merchant_id, alias.id, "gateway")
        return
    with kit.database.write() as session:
        alias = buyers.lock_alias(session, merchant_id, alias.id)
        if alias.means == means and (alias.exp_month, alias.exp_year) != (card.exp_month, card.exp_year):
            _show(alias, card, kit.now())
            _tell(session, kit, alias, "alias.updated")


def carry_out(kit: Kit, alias: models.Alias, lease: work.Lease) -> None:
    """What is due of an alias: the gateway forgets a revoked one; of one whose card expires soon the buyer is asked for another,
    once."""
    if alias.status != "active":
        with kit.database.read() as session:
            merchant = merchants.get(session, alias.merchant_id)
        kit.gateway(merchant).forget(SavedMeans(alias.customer, alias.means))
    with kit.database.write() as session:
        if work.finish(session, models.Alias, alias.id, lease) and alias.status == "active":
            merchant = merchants.get(session, alias.merchant_id)
            current = buyers.lock_alias(session, merchant.id, alias.id)
            _tell(session, kit, current, "alias.expiring")
            source = rows.latest(session, alias.id)
            by = orders.By("clock", source.operator_id if source else None)
            _ask_for_another(session, kit, merchant, current, by)


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


def charge_by_reference(kit: Kit, merchant_id: str, reference: str, amount: str) -> models.Order:
    """`charge` for the console: the order by its reference, the amount as the chat reads it. Raises `NotFound`, `Invalid`,
    `Conflict` (no_alias)."""
    with kit.database.write() as session:
        merchant = merchants.get(session, merchant_id)
        source = rows.by_reference(session, merchant_id, reference)
        if source is None:
            raise NotFound(f"no order of {merchant_id} has the reference {reference}")
        read = grammar.read(
            f"{grammar.Verb.CHARGE} {amount} {source.currency}", grammar.Context(merchant.country, source.currency)
        )
        if not isinstance(read, grammar.Charge) or read.reference is not None:
            raise Invalid("bad_amount", f"{amount} is not an amount in {source.currency}, such as 12.50")
        return charge_in(session, kit, merchant, source, read.amount, orders.By("console", source.operator_id))


def charge_in(
    session: Session, kit: Kit, merchant: models.Merchant, source: models.Order, amount: Money, by: orders.By
) -> models.Order:
    """`charge`, in the caller's transaction: order and try are written together and are due at once, so a worker that is
    killed anywhere leaves a row that says what to do, and the try's id is the gateway's idempotency key.

    Raises `Conflict` (no_alias) when the order left no card that can be charged, `Invalid` (other_currency; cannot_charge_saved when
    the gateway charges no card without the buyer).
    """
    must_be_able(kit, merchant)
    alias_id = source.alias_id or source.charges_alias_id
    alias = buyers.alias(session, merchant.id, alias_id) if alias_id else None
    if alias is None or alias.status != "active":
        raise Conflict("no_alias", reference=source.reference)
    if amount.currency != source.currency:
        raise Invalid("other_currency", currency=source.currency)
    request = orders.Request(
        action=Action.PAYMENT,
        amount=amount,
        buyer=alias.buyer_id,
        email=source.email,
        language=source.language,
    )
    order = orders.place(session, kit, merchant, request, by)
    order.charges_alias_id = alias.id
    attempt = orders.admit(session, kit, order, due=kit.now())
    attempt.customer, attempt.means = alias.customer, alias.means
    return order


def must_be_able(kit: Kit, merchant: models.Merchant) -> None:
    """Raises `Invalid` (cannot_charge_saved) when the merchant's gateway charges no card without the buyer."""
    if Capability.MERCHANT_INITIATED not in kit.provider(merchant).capabilities:
        raise Invalid("cannot_charge_saved", "this merchant's gateway charges no card without the buyer")


def _renewed(session: Session, order: models.Order) -> models.Alias | None:
    """The alias whose card this order replaces, if it is still active."""
    if order.renews_alias_id is None:
        return None
    alias = buyers.lock_alias(session, order.merchant_id, order.renews_alias_id)
    return alias if alias.status == "active" else None


def _show(alias: models.Alias, card: Card, now: datetime) -> None:
    """Write what may be shown of the card, and when its buyer is to be asked for another: before the end of its month, to which
    a card is good (ISO/IEC 7813), and not at once for a card that was new only now."""
    alias.brand, alias.last4, alias.wallet = card.brand, card.last4, card.wallet
    alias.exp_month, alias.exp_year = card.exp_month, card.exp_year
    year, month = divmod(card.exp_year * 12 + card.exp_month, 12)
    alias.due_at = max(datetime(year, month + 1, 1, tzinfo=UTC) - EXPIRES_SOON, now + LET_BE)


def _ask_for_another(
    session: Session, kit: Kit, merchant: models.Merchant, alias: models.Alias, by: orders.By
) -> models.Order:
    if alias.status != "active":
        raise Conflict("no_alias")
    source = rows.origin(session, alias.id)
    buyer = buyers.get(session, alias.buyer_id)
    request = orders.Request(
        action=Action.REGISTER,
        amount=None,
        buyer=buyer.id,
        email=buyer.email or (source.email if source else None),
        language=source.language if source else None,
        renews=alias.id,
    )
    order = orders.place(session, kit, merchant, request, by)
    if not notify.request(session, kit, merchant, order):
        notify.forward(session, kit, merchant, order)
    return order


def _tell(session: Session, kit: Kit, alias: models.Alias, kind: str, **data: object) -> None:
    """A line on the timeline of the order that saved the card last, a callback about it and a message to its operator."""
    order = rows.latest(session, alias.id)
    if order is not None:
        order = rows.lock(session, order.id)
        merchant = merchants.get(session, alias.merchant_id)
        rows.note(session, order, kind.replace(".", "_"), kit.now(), alias=alias.id, **data)
        session.flush()
        outbox.queue(session, kit, merchant, order, kind)
        notify.alias(session, kit, merchant, order, alias, kind)
