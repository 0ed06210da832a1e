"""What belongs to orders, read for many of them at once: as many statements for a page of a list as for one order. And what a change of one
order asks for, read by one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from webapp.db import buyers, merchants, models
from webapp.db.session import UNWRITTEN, hold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.db.session import Session


ENDPOINTS = "endpoints, by their merchant"  # in a session's `info`


def hold_around(session: Session, order: models.Order) -> None:
    """Have the session hold the order's merchant with its endpoints, its buyer and its operator: who asks for them in this transaction finds
    them there. On a locked order."""
    if order.merchant_id in session.info.get(ENDPOINTS, {}):
        return
    merchant, operator, endpoint = models.Merchant, models.Operator, models.Endpoint
    query = select(merchant, models.Buyer, operator, endpoint).select_from(merchant)
    query = query.join(models.Buyer, models.Buyer.id == order.buyer_id)
    query = query.outerjoin(operator, operator.id == order.operator_id)
    query = query.outerjoin(endpoint, and_(endpoint.merchant_id == merchant.id, endpoint.active))
    query = query.where(merchant.id == order.merchant_id).order_by(endpoint.id)
    found = session.execute(query, execution_options=UNWRITTEN).all()
    for each in {each for row in found for each in row if each is not None}:
        hold(session, each)
    session.info.setdefault(ENDPOINTS, {})[order.merchant_id] = [row[3] for row in found if row[3] is not None]


def endpoints(session: Session, merchant: str) -> Sequence[models.Endpoint]:
    """Where the merchant is told, disabled ones too, which are asked for once where an order's were (`hold_around`)."""
    known: Mapping[str, Sequence[models.Endpoint]] = session.info.get(ENDPOINTS, {})
    return known[merchant] if merchant in known else merchants.endpoints(session, merchant)


@dataclass(frozen=True)
class Surroundings:
    """Buyers and saved cards by their ids; by the order's, the consent that was given on its page, and its newest dispute."""

    buyers: Mapping[str, models.Buyer]
    aliases: Mapping[str, models.Alias]
    consents: Mapping[str, models.Consent]
    disputes: Mapping[str, models.Dispute]


def of(session: Session, orders: Sequence[models.Order]) -> Surroundings:
    """What belongs to these orders."""
    ids = [order.id for order in orders]
    of_orders = {order.buyer_id for order in orders}
    saved = {order.alias_id for order in orders if order.alias_id}
    aliases = session.scalars(select(models.Alias).where(models.Alias.id.in_(saved))) if saved else ()
    savers = [order.id for order in orders if order.alias_id]  # who agrees to anything agrees to the card's being saved
    consents = session.scalars(select(models.Consent).where(models.Consent.order_id.in_(savers))) if savers else ()
    disputes = select(models.Dispute).where(models.Dispute.order_id.in_(ids)).order_by(models.Dispute.created_at)
    return Surroundings(
        buyers={each.id: each for each in buyers.of_ids(session, of_orders)},
        aliases={each.id: each for each in aliases},
        consents={each.order_id: each for each in consents},
        disputes={each.order_id: each for each in session.scalars(disputes)},
    )
