"""Looking at buyers: what the office, order backends and the console are shown of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import actors, buyer_exports, buyer_lists
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.errors import NotFound
from webapp.domain.pages import Place
from webapp.services.runtime import audit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from webapp.db import models
    from webapp.domain.pages import Page
    from webapp.services.runtime.context import ServiceContext

Search = buyer_lists.Search
ListedBuyer = buyer_lists.ListedBuyer
KnownOrder = buyer_exports.KnownOrder
MOST_COUNTED = buyer_lists.MOST_COUNTED
READ_AT_ONCE = 200  # orders of an export


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


def paged(context: ServiceContext, merchant_id: str, search: Search, place: Place, limit: int) -> Page[ListedBuyer]:
    """The same both ways from a place."""
    with context.database.read() as session:
        return buyer_lists.paged(session, merchant_id, search, place, limit=limit)


def newest_orders(context: ServiceContext, buyer: ListedBuyer, limit: int) -> Sequence[models.Order]:
    """The buyer's newest orders."""
    with context.database.read() as session:
        return buyer_lists.orders(session, buyer.buyer.id, Place(), limit=limit).rows


def of_ids(context: ServiceContext, buyer: ListedBuyer, order_ids: Sequence[str]) -> Sequence[models.Order]:
    """Those of the buyer's orders."""
    with context.database.read() as session:
        return buyer_lists.orders_of_ids(session, buyer.buyer.id, order_ids) if order_ids else ()


def who_erased(context: ServiceContext, erasure: models.Erasure) -> Mapping[str, str]:
    """The present name of who asked for an erasure, by its id."""
    with context.database.read() as session:
        return actors.names_of(session, [(erasure.actor_kind, erasure.actor_id)])


def disclosed(context: ServiceContext, merchant_id: str, buyer_id: str) -> ListedBuyer:
    """The merchant's buyer, of whom a file of all that is known is made now: an entry of the audit log. Raises `NotFound`."""
    found = get(context, merchant_id, buyer_id)
    with context.database.write() as session:
        after = {"what": "buyer"}
        audit.record(session, context, merchant_id, AuditAction.EXPORT_MADE, AuditSubject.BUYER, buyer_id, after=after)
    return found


def orders(context: ServiceContext, buyer: ListedBuyer) -> Iterator[KnownOrder]:
    """All of the buyer's orders with what belongs to each, the newest first, some at a time."""
    place = Place()
    while True:
        with context.database.read() as session:
            page, known = buyer_exports.page(session, buyer.buyer.id, place, limit=READ_AT_ONCE)
        yield from known
        if not page.has_next:
            return
        place = Place(after=page.last)
