"""What a payment link shows: the order's truth as it stands, read in one go and without a write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import buyers, pages
from webapp.domain.errors import LinkReplaced, NotFound
from webapp.domain.states import State
from webapp.services.notifications import compose

if TYPE_CHECKING:
    from webapp.db import models
    from webapp.db.pages import PageMerchant, PageOrder
    from webapp.domain.statuses import AttemptState
    from webapp.services.runtime.context import ServiceContext


@dataclass(frozen=True)
class BuyerView:
    """An order with its merchant, the state that its buyer is to see, and how the last try stands (`attempt`, `reason`).
    `merchant_initiated`: that try was a charge without the buyer. `buyer_language` is the one that the buyer chose last.
    `consent` is what the buyer agreed to, once it counts."""

    order: PageOrder
    merchant: PageMerchant
    state: State
    attempt: AttemptState | None
    reason: str | None
    phone: str | None
    buyer_language: str | None
    merchant_initiated: bool
    consent: models.Consent | None
    alias: models.Alias | None

    @property
    def phone_country(self) -> str | None:
        """The country of the buyer's phone."""
        return compose.phone_country(self.phone)

    @property
    def phone_language(self) -> str | None:
        """The language of the country of the buyer's phone."""
        return compose.phone_language(self.phone)


def by_link(context: ServiceContext, token: str) -> BuyerView:
    """The order of a link. Raises `NotFound` for a link that is forged, foreign or unknown: the three look the same; `LinkReplaced` for
    one that we made and that counts no more."""
    link = context.links.read(token)
    found = pages.opened(context.database, link.order)
    order, last = found.order, found.last
    if link.version > order.link_version:
        raise NotFound("of a version that never was")
    consent, alias = _saved(context, order) if order.alias_id else (None, None)
    view = BuyerView(
        order,
        found.merchant,
        _state(context, order),
        last.state if last else None,
        last.reason if last else None,
        found.phone,
        found.language,
        merchant_initiated=last is not None and last.payment_method_id is not None and not last.customer_initiated,
        consent=consent,
        alias=alias,
    )
    if order.link_version != link.version:
        raise LinkReplaced("this link was replaced", shown=view)
    return view


def _saved(context: ServiceContext, order: PageOrder) -> tuple[models.Consent | None, models.Alias | None]:
    """What the buyer agreed to, and the card that was saved."""
    with context.database.read() as session:
        alias = buyers.alias(session, order.merchant_id, order.alias_id) if order.alias_id else None
        return buyers.consent(session, order.id), alias


def _state(context: ServiceContext, order: PageOrder) -> State:
    """The order's state, ahead of the worker where it is only late: an open order that is past its time takes no payment."""
    if order.state == State.OPEN and order.pending_transition:
        return State.CANCELLED
    if order.state == State.OPEN and order.expires_at <= context.now():
        return State.EXPIRED
    return State(order.state)
