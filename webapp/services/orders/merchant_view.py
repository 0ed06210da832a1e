"""Looking at orders: what the merchant's pages show, read in one go and without a write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webapp.db import (
    actors,
    attempts,
    buyers,
    callback_log,
    callbacks,
    merchants,
    messages,
    models,
    orders,
    refunds,
    revisions,
)
from webapp.db import reminders as reminder_rows
from webapp.domain.money import Money
from webapp.domain.statuses import AliasStatus
from webapp.services.notifications import message_costs, reminders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from webapp.db.session import Session
    from webapp.domain.message_rates import Cost
    from webapp.services.runtime.context import ServiceContext


CHARGES, OTHERS, TRIES = 10, 5, 10
"""How many later charges of the card, other orders of the buyer and tries of each callback an order's page lists."""


@dataclass(frozen=True)
class MerchantView:
    """One order with all that belongs to it. `revision` is not newer than the rest. `names` are the present names of the operators and users
    behind the timeline and the refunds, by their ids. `disputes` are those of the payment, `deliveries` the last tries of each callback by
    its id, `others` the buyer's newest other orders, `cards` those that the buyer has saved. `rest` is what can still be refunded, `reminder` is
    when the next is due, `request` the last message that brought the link, `messages` what those of WhatsApp cost."""

    revision: revisions.Revision
    order: models.Order
    buyer: models.Buyer
    link: str = field(repr=False)
    timeline: Sequence[models.OrderEvent]
    names: Mapping[str, str]
    attempts: Sequence[models.Attempt]
    callbacks: Sequence[models.Callback]
    request: models.Message | None
    alias: models.Alias | None
    consent: models.Consent | None
    followers: orders.Followers
    origin: models.Order | None
    reminder: datetime | None
    refunds: Sequence[models.Refund]
    disputes: Sequence[models.Dispute]
    rest: Money
    messages: Cost
    deliveries: Mapping[str, Sequence[models.Delivery]]
    merchant: models.Merchant
    others: Sequence[models.Order]
    cards: Sequence[models.Alias]


def revision(context: ServiceContext, merchant: str, order_id: str) -> revisions.Revision:
    """How the merchant's order stands: what its page asks again and again. Raises `NotFound`, also for another merchant's."""
    return revisions.of_order(context.database, merchant, order_id)


def one(context: ServiceContext, merchant: str, order_id: str) -> MerchantView:
    """The merchant's order. Raises `NotFound`, also for another merchant's."""
    current = revision(context, merchant, order_id)  # first: what changes from here on is shown by the next poll
    with context.database.read() as session:
        order = orders.of_merchant(session, merchant, order_id)
        buyer = buyers.get(session, order.buyer_id)
        timeline = orders.timeline(session, order.id)
        told = callbacks.of_order(session, order.id)
        back = refunds.of_order(session, order.id)
        rest = order.paid - refunds.spoken_for(session, order.id)
        alias_id = order.alias_id or order.charges_alias_id
        return MerchantView(
            revision=current,
            order=order,
            buyer=buyer,
            link=context.links.url(order.id, order.link_version),
            timeline=timeline,
            names=actors.names(session, [*timeline, *back]),
            attempts=attempts.of_order(session, order.id),
            callbacks=told,
            request=messages.last_request(session, order.id),
            alias=buyers.alias(session, merchant, alias_id) if alias_id else None,
            reminder=_next_reminder(session, order, buyer),
            consent=buyers.consent(session, order.id),
            followers=orders.followers(session, order, limit=CHARGES),
            origin=orders.origin(session, order.charges_alias_id) if order.charges_alias_id else None,
            refunds=back,
            disputes=refunds.disputes(session, order.id),
            deliveries=callback_log.last_deliveries(session, [each.id for each in told], limit=TRIES),
            merchant=merchants.get(session, merchant),
            others=[each for each in orders.of_buyer(session, buyer.id, limit=OTHERS + 1) if each.id != order.id][
                :OTHERS
            ],
            cards=[each for each in buyers.aliases(session, buyer.id) if each.status is AliasStatus.ACTIVE],
            rest=Money(max(0, rest), order.currency),
            messages=message_costs.of_order(session, context, order.id),
        )


def _next_reminder(session: Session, order: models.Order, buyer: models.Buyer) -> datetime | None:
    row = reminder_rows.get(session, order.id) if reminders.wanted(order, buyer) else None
    return row.due_at if row is not None else None
