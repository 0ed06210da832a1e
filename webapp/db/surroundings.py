"""What belongs to orders, read for many of them at once: as many statements for a page of a list as for one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.db import buyers, models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.db.session import Session


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
