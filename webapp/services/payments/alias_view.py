"""Looking at saved cards: what order backends are shown of them, and of what their buyers agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import aliases, buyers, merchants, models, orders
from webapp.domain.errors import NotFound
from webapp.domain.statuses import AliasStatus
from webapp.gateways.base import Capability
from webapp.services.payments import questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

Search = aliases.Search
SHOWN = 50  # cards of one buyer


@dataclass(frozen=True)
class AliasView:
    """A saved card, and whose it is."""

    alias: models.Alias
    buyer: models.Buyer


@dataclass(frozen=True)
class CardView:
    """A saved card of a buyer: what was agreed to, newest first; the `source` of a charge, which is the order that saved it last; the `last` charge
    that was not refused, and its newest `charges`. `seen` is what who looks at it now knows, as answers (`questions`)."""

    alias: models.Alias
    consents: Sequence[models.Consent]
    source: models.Order | None
    last: models.Order | None
    charges: Sequence[models.Order]
    chargeable: bool
    seen: tuple[str, ...]


def one(context: ServiceContext, merchant_id: str, alias_id: str) -> AliasView:
    """The merchant's saved card. Raises `NotFound`, also for another merchant's."""
    with context.database.read() as session:
        alias = buyers.alias(session, merchant_id, alias_id)
        return AliasView(alias, buyers.get(session, alias.buyer_id))


def listed(context: ServiceContext, merchant_id: str, search: Search, limit: int) -> Sequence[AliasView]:
    """The merchant's saved cards, newest first, those that were revoked too."""
    with context.database.read() as session:
        return [AliasView(*found) for found in aliases.page(session, merchant_id, search, limit=limit)]


def consents(context: ServiceContext, merchant_id: str, alias_id: str) -> Sequence[models.Consent]:
    """What the buyer agreed to each time this card was saved, newest first. Raises `NotFound`."""
    with context.database.read() as session:
        return aliases.consents(session, buyers.alias(session, merchant_id, alias_id).id)


def of_buyer(context: ServiceContext, merchant_id: str, buyer_id: str) -> Sequence[CardView]:
    """The buyer's saved cards, those that can be charged first, without their charges. Raises `NotFound`."""
    with context.database.read() as session:
        merchant, buyer = merchants.get(session, merchant_id), buyers.of_merchant(session, merchant_id, buyer_id)
        found = aliases.of_buyer(session, buyer.id, limit=SHOWN)
        return [_card(session, context, merchant, alias, charges=0) for alias in found]


def of_buyer_one(context: ServiceContext, merchant_id: str, buyer_id: str, alias_id: str, charges: int) -> CardView:
    """One of the buyer's saved cards, with that many of its charges. Raises `NotFound`, also for another buyer's."""
    with context.database.read() as session:
        merchant, alias = merchants.get(session, merchant_id), buyers.alias(session, merchant_id, alias_id)
        if alias.buyer_id != buyer_id:
            raise NotFound("no such alias")
        return _card(session, context, merchant, alias, charges=charges)


def _card(
    session: Session, context: ServiceContext, merchant: models.Merchant, alias: models.Alias, *, charges: int
) -> CardView:
    source = orders.latest(session, alias.id)
    able = Capability.MERCHANT_INITIATED in context.provider(merchant).capabilities
    return CardView(
        alias=alias,
        consents=aliases.consents(session, alias.id),
        source=source,
        last=orders.last_charge(session, alias.id),
        charges=aliases.charges(session, alias.id, limit=charges) if charges else (),
        chargeable=able and source is not None and alias.status is AliasStatus.ACTIVE,
        seen=questions.seen_of_charge(session, alias),
    )
