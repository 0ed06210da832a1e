"""A request that went to the wrong person: whoever got it stops it, in the chat or on its page, and the shop is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyers, merchants, models, orders
from webapp.domain import phone
from webapp.domain.errors import Conflict
from webapp.domain.timeline import EventKind
from webapp.services.notifications import buyer_texts, notify
from webapp.services.orders import lifecycle
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext


def stop(context: ServiceContext, order_id: str, link_version: int | None = None) -> bool:
    """Stop the order, on its page: who has the link may end it, for the merchant can open it again. Whether it could be: not by a link of
    an earlier version. The page does not know whose phone shows it, so the shop hears of the link alone."""
    with context.database.write() as session:
        order = orders.lock(session, order_id)
        if link_version not in {None, order.link_version}:
            return False
        merchant = merchants.get(session, order.merchant_id)
        return _stop(
            session,
            context,
            merchant,
            order,
            EventKind.WRONG_RECIPIENT_LINK,
            lambda t: buyer_texts.to_shop_not_me_link(t, order),
        )


def stop_in(session: Session, context: ServiceContext, merchant: models.Merchant, order: models.Order) -> bool:
    """Stop a locked order in the caller's transaction: the buyer's own phone wrote so. Whether it could be."""
    number = phone.spaced(buyers.get(session, order.buyer_id).phone or "–")
    return _stop(
        session,
        context,
        merchant,
        order,
        EventKind.WRONG_RECIPIENT,
        lambda t: buyer_texts.to_shop_not_me(t, order, number),
    )


def _stop(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    kind: EventKind,
    says: Callable[[Texts], str],
) -> bool:
    """False, and nothing done, once money was taken or it is over."""
    if order.pending_transition:
        return True
    try:
        lifecycle.cancel_in(session, context, order)
    except Conflict:
        return False
    lifecycle.replace_link(order)
    timeline.note(session, context, order, kind)
    notify.tell_shop(session, context, merchant, order, says)
    return True
