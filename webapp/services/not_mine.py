"""A request that went to the wrong person: whoever got it stops it, in the chat or on its page, and the shop is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain import phone
from webapp.domain.errors import Conflict
from webapp.services import buyer_wording, notify, orders

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.kit import Kit


def stop(kit: Kit, order_id: str) -> bool:
    """Stop the order, on its page: who has the link may end it, for the merchant can open it again. Whether it could be. The page does
    not know whose phone shows it, so the shop hears of the link alone."""
    with kit.database.write() as session:
        order = rows.lock(session, order_id)
        merchant = merchants.get(session, order.merchant_id)
        return _stop(
            session, kit, merchant, order, "not_me_link", lambda t: buyer_wording.to_shop_not_me_link(t, order)
        )


def stop_in(session: Session, kit: Kit, merchant: models.Merchant, order: models.Order) -> bool:
    """Stop a locked order in the caller's transaction: the buyer's own phone wrote so. Whether it could be."""
    number = phone.spaced(buyers.get(session, order.buyer_id).phone or "–")
    return _stop(session, kit, merchant, order, "not_me", lambda t: buyer_wording.to_shop_not_me(t, order, number))


def _stop(
    session: Session, kit: Kit, merchant: models.Merchant, order: models.Order, kind: str, says: Callable[[Texts], str]
) -> bool:
    """False, and nothing done, once money was taken or it is over."""
    if order.closing:
        return True
    try:
        orders.cancel_in(session, kit, order)
    except Conflict:
        return False
    rows.note(session, order, kind, kit.now())
    notify.tell_shop(session, kit, merchant, order, says)
    return True
