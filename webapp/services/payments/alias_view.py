"""Looking at saved cards: what order backends are shown of them, and of what their buyers agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.db import aliases, buyers, models

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.runtime.context import ServiceContext

Search = aliases.Search


@dataclass(frozen=True)
class AliasView:
    """A saved card, and whose it is."""

    alias: models.Alias
    buyer: models.Buyer


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
