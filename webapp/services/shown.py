"""What a payment link shows: the order's truth as it stands, read in one go and without a write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import attempts, buyers, merchants, models
from webapp.db import orders as rows
from webapp.domain.errors import NotFound
from webapp.domain.states import State
from webapp.services import notify

if TYPE_CHECKING:
    from webapp.services.kit import Kit


@dataclass(frozen=True)
class Shown:
    """An order with its merchant, the state that its buyer is to see, and how the last try stands (`attempt`, `reason`).
    `unattended`: that try was a charge without the buyer. `consent` is what the buyer agreed to, once it counts."""

    order: models.Order
    merchant: models.Merchant
    state: State
    attempt: str | None
    reason: str | None
    phone: str | None
    unattended: bool
    consent: models.Consent | None
    alias: models.Alias | None

    @property
    def phone_language(self) -> str | None:
        """The language of the country of the buyer's phone."""
        return notify.phone_language(self.phone)


def by_link(kit: Kit, token: str) -> Shown:
    """The order of a link. Raises `NotFound` for a link that is forged, foreign, unknown or revoked: the four look the same."""
    link = kit.links.read(token)
    with kit.database.read() as session:
        order = rows.get(session, link.order)
        if order.link_version != link.version:
            raise NotFound("this link was revoked")
        merchant = merchants.get(session, order.merchant_id)
        last = attempts.last(session, order.id)
        consent = buyers.consent(session, order.id) if order.alias_id else None
        alias = buyers.alias(session, merchant.id, order.alias_id) if order.alias_id else None
        phone = buyers.get(session, order.buyer_id).phone
    return Shown(
        order,
        merchant,
        _state(kit, order),
        last.state if last else None,
        last.reason if last else None,
        phone,
        unattended=last is not None and last.means is not None and not last.tapped,
        consent=consent,
        alias=alias,
    )


def _state(kit: Kit, order: models.Order) -> State:
    """The order's state, ahead of the worker where it is only late: an open order that is past its time takes no payment."""
    if order.state == State.OPEN and order.closing:
        return State.CANCELLED
    if order.state == State.OPEN and order.expires_at <= kit.now():
        return State.EXPIRED
    return State(order.state)
