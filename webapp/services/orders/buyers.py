"""Looking at buyers: what the office, order backends and the console are shown of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import buyer_lists
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.runtime.context import ServiceContext

Search = buyer_lists.Search
ListedBuyer = buyer_lists.ListedBuyer


def get(context: ServiceContext, merchant_id: str, buyer_id: str) -> ListedBuyer:
    """The merchant's buyer. Raises `NotFound`, also for another merchant's."""
    with context.database.read() as session:
        found = buyer_lists.one(session, merchant_id, buyer_id)
    if found is None:
        raise NotFound("no such buyer")
    return found


def listed(context: ServiceContext, merchant_id: str, search: Search, limit: int) -> Sequence[ListedBuyer]:
    """The merchant's newest buyers that match, those who were erased too."""
    with context.database.read() as session:
        return buyer_lists.page(session, merchant_id, search, limit=limit)
