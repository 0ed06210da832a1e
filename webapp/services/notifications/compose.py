"""What buyers are told, made of the order as it stands: notices in the buyer's language."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import buyers
from webapp.domain import phone
from webapp.services.notifications import buyer_texts, merchant_texts, notices

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext


@functools.lru_cache(maxsize=4096)
def phone_country(number: str | None) -> str | None:
    """The country of a phone, if there is one."""
    return phone.region_of(number) if number else None


def phone_language(number: str | None) -> str | None:
    """The language of a phone's country, if there is one and it is one of ours."""
    region = phone_country(number)
    return i18n.of_country(region) if region else None


def buyer_language(merchant: models.Merchant, order: models.Order | None, buyer: models.Buyer) -> str:
    """The language to write to a buyer in: the one chosen last, the order's, that of the phone's country, the merchant's."""
    guessed = order.language if order is not None else None
    return i18n.choose([buyer.language, guessed, phone_language(buyer.phone), merchant.language])


def texts(session: Session, merchant: models.Merchant, order: models.Order) -> Texts:
    """Words and formats for the order's buyer, wherever they are written to."""
    buyer = buyers.get(session, order.buyer_id)
    return i18n.texts(buyer_language(merchant, order, buyer), merchant.country, phone_country(buyer.phone))


def request(
    context: ServiceContext, merchant: models.Merchant, order: models.Order, t: Texts
) -> notices.PaymentRequest:
    """The link."""
    return notices.PaymentRequest(
        language=t.language,
        merchant=merchant.name,
        amount=merchant_texts.amount(t, order) or None,
        what=order.description or t.gettext("order %(reference)s", reference=order.reference),
        terms=buyer_texts.terms(t, order),
        token=context.links.token(order.id, order.link_version),
    )


def reminder(
    context: ServiceContext, merchant: models.Merchant, order: models.Order, t: Texts
) -> notices.PaymentReminder:
    """The link once more."""
    return notices.PaymentReminder(
        language=t.language,
        merchant=merchant.name,
        what=merchant_texts.subject(t, order),
        until=t.moment(order.expires_at, merchant.time_zone),
        token=context.links.token(order.id, order.link_version),
    )


def receipt(
    context: ServiceContext, merchant: models.Merchant, order: models.Order, t: Texts
) -> notices.PaymentReceipt:
    """What was paid."""
    return notices.PaymentReceipt(
        language=t.language,
        merchant=merchant.name,
        amount=merchant_texts.amount(t, order),
        description=order.description,
        reference=order.reference,
        card=merchant_texts.card(order.card, 4) if order.card else None,
        card_in_short=merchant_texts.card(order.card) if order.card else None,
        paid_at=t.moment(order.state_at, merchant.time_zone),
        token=context.links.token(order.id, order.link_version),
        merchant_initiated=order.charges_alias_id is not None,
    )


def consent(
    context: ServiceContext, merchant: models.Merchant, order: models.Order, given: models.Consent, t: Texts
) -> notices.ConsentReceipt:
    """What was agreed to."""
    return notices.ConsentReceipt(
        language=t.language,
        merchant=merchant.name,
        card=merchant_texts.card(order.card, 4) if order.card else None,
        agreed_at=t.moment(given.given_at, merchant.time_zone),
        version=given.version,
        wording=given.wording,
        wording_language=given.language if given.language != t.language else None,
        token=context.links.token(order.id, order.link_version),
    )
