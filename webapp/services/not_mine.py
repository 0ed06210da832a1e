"""A request that went to the wrong person: whoever got it stops it, in the chat or on its page, and the shop is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain import phone
from webapp.domain.errors import Conflict
from webapp.services import buyer_wording, notify, orders

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.services.kit import Kit


def stop(kit: Kit, order_id: str) -> bool:
    """Stop the order, on its page: who has the link may end it, for the merchant can open it again. Whether it could be."""
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        return stop_in(session, kit, merchants.get(session, order.merchant_id), order)


def stop_in(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order) -> bool:
    """The same in the caller's transaction, on a locked order. False, and nothing done, once money was taken or it is over."""
    if order.closing:
        return True
    try:
        orders.cancel_in(session, kit, order)
    except Conflict:
        return False
    rows.note(session, order, "not_me", kit.now())
    number = phone.spaced(buyers.get(session, order.buyer_id).phone or "–")
    notify.tell_shop(session, kit, merchant, order, lambda t: buyer_wording.to_shop_not_me(t, order, number))
    return True
