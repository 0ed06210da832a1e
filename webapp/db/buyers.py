"""Queries on buyers and the cards they saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, inspect, select, union
from sqlalchemy.orm import aliased

from webapp.db import models
from webapp.db.session import UNWRITTEN, hold
from webapp.domain import phone as phones
from webapp.domain.errors import NotFound
from webapp.domain.statuses import AliasStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, CompoundSelect, ScalarSelect

    from webapp.db.session import Session


def by_phone(session: Session, merchant: str, phone: str) -> models.Buyer | None:
    """The merchant's buyer with that phone (E.164), in whichever form it was kept (`phone.forms`); the very number before the other."""
    return session.scalars(select(models.Buyer).where(models.Buyer.id == id_of_phone(merchant, phone))).first()


def id_of_phone(merchant: str, phone: str) -> ScalarSelect[str]:
    """The id of that buyer, for a statement to ask."""
    row = aliased(models.Buyer)
    has_it = (row.merchant_id == merchant, row.phone.in_(phones.forms(phone)))
    return select(row.id).where(*has_it).order_by(case((row.phone == phone, 0), else_=1)).limit(1).scalar_subquery()


def having(session: Session, merchant: str, phone: str) -> Sequence[str]:
    """The ids of the merchant's buyers who have that phone, in whichever form, or had it and have none now."""
    row, forms = models.Buyer, phones.forms(phone)
    former = and_(row.former_phone.in_(forms), row.phone.is_(None))
    return sorted(session.scalars(any_of(merchant, row.phone.in_(forms), former)))


def by_sender(session: Session, merchant: str, sender: str) -> models.Buyer | None:
    """The merchant's buyer who wrote: `sender` is a phone (E.164), or a business-scoped user id. What WhatsApp calls a phone is not always
    its own digits; where one is another buyer's phone, the phone counts."""
    row, forms = models.Buyer, phones.forms(sender)
    own, other = row.phone == sender, row.phone.in_(forms)
    called = row.wa_id.in_([form.removeprefix("+") for form in forms])
    found = any_of(merchant, other, called, row.user_id == sender)
    by_name = select(row).where(row.id.in_(found)).order_by(case((own, 0), (other, 1), else_=2), row.created_at.desc())
    return session.scalars(by_name.limit(1)).first()


def any_of(merchant: str, *which: ColumnElement[bool]) -> CompoundSelect[str]:
    """The ids of the merchant's buyers of whom one of these is true, each found by its own index: of one OR a database may read them all."""
    return union(*(select(models.Buyer.id).where(models.Buyer.merchant_id == merchant, each) for each in which))


def learn(session: Session, merchant: str, phone: str, *, wa_id: str | None, user_id: str | None) -> None:
    """Keep what WhatsApp calls the buyer of that phone, if there is one. An id that is known is kept: another one is another account's
    (`services/conversation/account_changes`)."""
    if not (wa_id or user_id):
        return
    buyer = by_phone(session, merchant, phone)
    if buyer is not None:
        buyer.wa_id = wa_id or buyer.wa_id
        buyer.user_id = buyer.user_id or user_id


def of_account(session: Session, merchant: str, phone: str | None, user_id: str | None) -> Sequence[models.Buyer]:
    """The merchant's buyers with that phone, or whom WhatsApp knows by that id."""
    row = models.Buyer
    known: list[ColumnElement[bool]] = []
    if phone is not None:
        known.append(row.phone.in_(phones.forms(phone)))
    if user_id is not None:
        known.append(row.user_id == user_id)
    if not known:
        return []
    return session.scalars(select(row).where(row.id.in_(any_of(merchant, *known)), row.phone.is_not(None))).all()


def part(buyer: models.Buyer) -> None:
    """The buyer's phone is another account's now: nothing that comes from there is the buyer's, and nothing goes there any more."""
    buyer.former_phone = buyer.phone
    buyer.phone = buyer.wa_id = buyer.user_id = None


def names(session: Session, merchant: str, phone: str) -> list[str]:
    """The phone in all its forms, and under which other names its messages come in."""
    return names_of(by_phone(session, merchant, phone), phone)


def names_of(buyer: models.Buyer | None, phone: str) -> list[str]:
    """`names`, of whoever has that phone: a buyer, or nobody known."""
    own = list(phones.forms(phone))
    if buyer is None:
        return own
    return [*own, *([f"+{buyer.wa_id}"] if buyer.wa_id else []), *([buyer.user_id] if buyer.user_id else [])]


def get(session: Session, buyer: str) -> models.Buyer:
    """The buyer of that id, who is asked for once in a transaction."""
    row = session.get_one(models.Buyer, buyer, execution_options=UNWRITTEN)
    hold(session, row)
    return row


def of_ids(session: Session, ids: Collection[str]) -> list[models.Buyer]:
    """These buyers; those whom the session has in hand are not asked for again."""
    keys = {each: inspect(models.Buyer).identity_key_from_primary_key((each,)) for each in ids}
    known = {each: row for each, key in keys.items() if (row := session.identity_map.get(key)) is not None}
    missing = [each for each in ids if each not in known]
    asked = session.scalars(select(models.Buyer).where(models.Buyer.id.in_(missing))) if missing else ()
    return [*known.values(), *asked]


def of_merchant(session: Session, merchant: str, buyer: str) -> models.Buyer:
    """The merchant's buyer. Raises `NotFound` also for another merchant's."""
    row = session.scalars(
        select(models.Buyer).where(models.Buyer.merchant_id == merchant, models.Buyer.id == buyer)
    ).one_or_none()
    if row is None:
        raise NotFound("no such buyer")
    return row


def lock_known(session: Session, merchant: str, phone: str | None, buyer: str | None) -> models.Buyer | None:
    """The merchant's buyer of that id or, without one, of that phone, if there is one: not erased, and nobody can erase them until the
    transaction ends. Others may refer to the buyer meanwhile."""
    row = models.Buyer
    meant = row.id == buyer if buyer is not None else row.phone.in_(phones.forms(phone or ""))
    query = select(row).where(row.merchant_id == merchant, row.erased_at.is_(None), meant)
    query = query.order_by(case((row.phone == phone, 0), else_=1))
    query = query.limit(1).with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is not None:
        hold(session, found)
    return found


def keep_customer(session: Session, buyer: str, customer: str, gone: str | None = None) -> str:
    """Note the gateway's customer of a buyer, in the place of one that is `gone` there, unless another was noted meanwhile; the one that
    counts."""
    row = lock(session, buyer)
    if row.customer is None or row.customer == gone:
        row.customer = customer
    return row.customer


def lock(session: Session, buyer: str) -> models.Buyer:
    """The buyer, locked until the transaction ends: what is made once for a buyer is made under this lock."""
    return session.scalars(
        select(models.Buyer).where(models.Buyer.id == buyer).with_for_update().execution_options(populate_existing=True)
    ).one()


def aliases(session: Session, buyer: str) -> Sequence[models.Alias]:
    """The buyer's saved cards that can be charged, newest first."""
    return session.scalars(
        select(models.Alias)
        .where(models.Alias.buyer_id == buyer, models.Alias.status == AliasStatus.ACTIVE)
        .order_by(models.Alias.created_at.desc(), models.Alias.id.desc())
    ).all()


def kept_aliases(session: Session, buyer: str) -> Sequence[models.Alias]:
    """The buyer's cards that the gateway keeps for us, those that cannot be charged among them."""
    return session.scalars(
        select(models.Alias)
        .where(models.Alias.buyer_id == buyer, models.Alias.status != AliasStatus.REVOKED)
        .order_by(models.Alias.created_at.desc(), models.Alias.id.desc())
    ).all()


def active_aliases(session: Session, merchant: str, *, after: str, limit: int) -> Sequence[models.Alias]:
    """So many of the merchant's saved cards that can be charged, by their ids, behind one of these."""
    row = models.Alias
    active = (row.merchant_id == merchant, row.status == AliasStatus.ACTIVE, row.id > after)
    return session.scalars(select(row).where(*active).order_by(row.id).limit(limit)).all()


def active_aliases_of(session: Session, merchant: str, ids: Collection[str]) -> Sequence[models.Alias]:
    """The merchant's saved cards that can be charged of these means or customers at the gateway, by their ids."""
    row = models.Alias
    by_either = (row.payment_method_id.in_(ids), row.customer.in_(ids))
    found = union(*(select(row.id).where(row.merchant_id == merchant, each) for each in by_either))
    return session.scalars(
        select(row).where(row.id.in_(found), row.status == AliasStatus.ACTIVE).order_by(row.id)
    ).all()


def same_card(session: Session, buyer: str, fingerprint: str) -> models.Alias | None:
    """The buyer's alias of the same card that was not revoked, which a new registration renews instead of adding another."""
    if not fingerprint:
        return None
    return session.scalars(
        select(models.Alias)
        .where(
            models.Alias.buyer_id == buyer,
            models.Alias.fingerprint == fingerprint,
            models.Alias.status != AliasStatus.REVOKED,
        )
        .with_for_update()
    ).first()


def alias(session: Session, merchant: str, alias_id: str) -> models.Alias:
    """The merchant's alias. Raises `NotFound` also for another merchant's."""
    row = session.scalars(
        select(models.Alias).where(models.Alias.merchant_id == merchant, models.Alias.id == alias_id)
    ).one_or_none()
    if row is None:
        raise NotFound("no such alias")
    return row


def lock_alias(session: Session, merchant: str, alias_id: str) -> models.Alias:
    """The merchant's alias, locked until the transaction ends. Raises `NotFound` also for another merchant's."""
    row = session.scalars(
        select(models.Alias)
        .where(models.Alias.merchant_id == merchant, models.Alias.id == alias_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("no such alias")
    return row


def by_payment_method(session: Session, merchant: str, payment_method_id: str) -> models.Alias | None:
    """The merchant's active alias of that means at the gateway."""
    return session.scalars(
        select(models.Alias).where(
            models.Alias.merchant_id == merchant,
            models.Alias.payment_method_id == payment_method_id,
            models.Alias.status == AliasStatus.ACTIVE,
        )
    ).one_or_none()


def ever_of_payment_method(session: Session, merchant: str, payment_method_id: str) -> models.Alias | None:
    """The merchant's alias of that means at the gateway, whatever became of it."""
    row = models.Alias
    return session.scalars(
        select(row).where(row.merchant_id == merchant, row.payment_method_id == payment_method_id)
    ).one_or_none()


def consent(session: Session, order: str) -> models.Consent | None:
    """The consent given on this order's page."""
    return session.scalars(select(models.Consent).where(models.Consent.order_id == order)).one_or_none()
