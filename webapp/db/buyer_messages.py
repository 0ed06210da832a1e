"""What a buyer and the shop wrote to each other: WhatsApp's messages and letters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, literal, or_, select, union_all

from webapp.db import erasures, keyset, models
from webapp.db.keyset import By
from webapp.domain import phone as phones

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

    from webapp.db.session import Session
    from webapp.domain.pages import Key, Page, Place


def page(
    session: Session, buyer: models.Buyer, place: Place, to_buyers: Collection[str], *, limit: int
) -> Page[models.Message | models.Mail]:
    """The newest of them, both ways from a place.

    Of a phone that is an operator's too, or another buyer's by now, only what is of the buyer's orders and of a purpose `to_buyers`: the rest
    is another conversation, which may name others.
    """
    row, mail, order = models.Message, models.Mail, models.Order
    theirs = select(order.id).where(order.buyer_id == buyer.id)
    chat = select(row.id, row.created_at, literal(0).label("is_mail"))
    chat = chat.where(row.merchant_id == buyer.merchant_id, _with(session, buyer, to_buyers))
    letters = select(mail.id, mail.created_at, literal(1)).where(mail.order_id.in_(theirs))
    both = union_all(chat, letters).subquery()
    by = (By(both.c.created_at, descending=True), By(both.c.id, descending=True))
    found = keyset.page(session, select(both), by, _key, place, limit=limit)
    known: dict[str, models.Message | models.Mail] = {}
    known |= {each.id: each for each in session.scalars(select(row).where(row.id.in_(_ids(found, 0))))}
    known |= {each.id: each for each in session.scalars(select(mail).where(mail.id.in_(_ids(found, 1))))}
    return replace(found, rows=[known[each.id] for each in found.rows if each.id in known])


def _with(session: Session, buyer: models.Buyer, to_buyers: Collection[str]) -> ColumnElement[bool]:
    row, order = models.Message, models.Order
    known = {each for each in (buyer.phone, buyer.former_phone, buyer.wa_id and f"+{buyer.wa_id}") if each}
    shared = erasures.of_others(session, buyer.merchant_id, buyer.id, known)
    own = {form for number in known - shared for form in phones.forms(number)} | ({buyer.user_id} - {None})
    either: list[ColumnElement[bool]] = [false(), row.phone.in_(own)]
    if shared:
        theirs = select(order.id).where(order.buyer_id == buyer.id)
        numbers = {form for number in shared for form in phones.forms(number)}
        either.append(and_(row.phone.in_(numbers), row.order_id.in_(theirs), row.purpose.in_(to_buyers)))
    return or_(*either)


def _ids(found: Page[Any], is_mail: int) -> list[str]:
    return [each.id for each in found.rows if each.is_mail == is_mail]


def _key(row: Any) -> Key:
    return row.created_at, row.id
