"""By which channels an order's link can reach its buyer, and by which it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.domain.channels import LINKS_BY, ChannelName, OrderChannel
from webapp.services.notifications.channels import Recipient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db import models
    from webapp.services.runtime.context import ServiceContext


def ways(
    context: ServiceContext, merchant: models.Merchant, order: models.Order, buyer: models.Buyer
) -> Sequence[ChannelName]:
    """In the shop's order, or the one that the order names. None for an order whose link the shop gives out itself, and for who has asked
    for no more messages: e-mail is another way to reach who cannot be reached, not one around a STOP."""
    by_mail = order.channel is OrderChannel.EMAIL
    if order.channel is OrderChannel.NONE or buyer.stopped_at is not None or (buyer.phone is None and not by_mail):
        return ()
    there = {ChannelName.WHATSAPP: True, ChannelName.EMAIL: order.email is not None and context.mailer is not None}
    named = merchant.links_by or LINKS_BY if order.channel is None else (order.channel,)
    return [name for name in map(ChannelName, named) if there[name]]


def after(
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    buyer: models.Buyer,
    failed: ChannelName,
) -> ChannelName | None:
    """The next way once one has failed; None when that was the last."""
    left = list(ways(context, merchant, order, buyer))
    return next(iter(left[left.index(failed) + 1 :]), None) if failed in left else next(iter(left), None)


def recipient(order: models.Order, buyer: models.Buyer, way: ChannelName) -> Recipient:
    """The buyer's address there, and no other: a link goes by one channel at a time."""
    return Recipient(buyer.phone) if way is ChannelName.WHATSAPP else Recipient(None, order.email)


def address(order: models.Order, buyer: models.Buyer, way: ChannelName) -> str:
    """The same, for the shop to read."""
    return (buyer.phone if way is ChannelName.WHATSAPP else order.email) or ""
