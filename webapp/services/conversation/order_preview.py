"""A new order before it is made: what its buyer would be sent, by the very functions that send it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import buyers, merchants, models
from webapp.domain import ids
from webapp.domain.actions import Action
from webapp.domain.channels import ChannelName
from webapp.services.notifications import compose, email_rendering, whatsapp_rendering
from webapp.services.orders import consent, lifecycle

if TYPE_CHECKING:
    from webapp.i18n import Texts
    from webapp.mail.letter import Letter
    from webapp.services.runtime.context import ServiceContext
    from webapp.whatsapp.templates import Said

UNKNOWN = "…"
"""In the place of what is not typed yet, and of the link, which there is not yet."""


@dataclass(frozen=True)
class Preview:
    """`order` is in no database. `t` are the buyer's words, `message` or `letter` what they are sent, neither where nobody is sent
    anything. `consent` is what they agree to on the page, None where no card is saved. `stopped`: they have asked for no more messages."""

    merchant: models.Merchant
    order: models.Order
    t: Texts
    message: Said | None
    letter: Letter | None
    consent: str | None
    stopped: bool


def preview(context: ServiceContext, merchant_id: str, request: lifecycle.Request, way: ChannelName | None) -> Preview:
    """What would come of a request that may lack anything, its link sent that `way`. Writes nothing."""
    with context.database.read() as session:
        merchant = merchants.get(session, merchant_id)
        known = buyers.by_phone(session, merchant_id, request.phone) if request.phone else None
    buyer = known or models.Buyer(id=ids.new("buy"), phone=request.phone)
    order = lifecycle.drafted(context, merchant, request, buyer.id, request.reference or UNKNOWN)
    language = compose.buyer_language(merchant, order, buyer)
    t = i18n.texts(language, merchant.country, compose.phone_country(buyer.phone))
    notice = replace(compose.request(context, merchant, order, t), token=UNKNOWN)
    if notice.amount is None and request.action is not Action.REGISTER:
        notice = replace(notice, amount=UNKNOWN)
    mailed = way is ChannelName.EMAIL
    letter_t = i18n.texts(language, merchant.country)
    return Preview(
        merchant=merchant,
        order=order,
        t=t,
        message=whatsapp_rendering.said(notice) if way is ChannelName.WHATSAPP else None,
        letter=email_rendering.letter(
            context, [notice], letter_t, merchant.contact, email_rendering.by_law(letter_t, merchant)
        )
        if mailed
        else None,
        consent=consent.wording(t, request.action, merchant.name),
        stopped=known is not None and known.stopped_at is not None,
    )
