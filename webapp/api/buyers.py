"""Buyers: shown, listed, erased."""

from __future__ import annotations

from typing import Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from webapp.api import lists
from webapp.api.fields import Answer, Moment
from webapp.api.guard import merchant_id
from webapp.api.operations import operation
from webapp.api.order_schemas import Email, Phone
from webapp.domain.scopes import Scope
from webapp.services.orders import buyers as buyer_lists
from webapp.services.payments import erasure
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

buyers = APIBlueprint(
    "buyers",
    __name__,
    url_prefix="/api/v1/buyers",
    tag={"name": "Buyers", "description": "Who pays: a phone, within one merchant."},
)


class BuyerSearch(lists.Page):
    """Which buyers, the newest first."""

    phone: Phone | None = Field(None, description="The one of this phone. In an address, + is written %2B.")
    email: Email | None = Field(None, description="Those whose last order had this address.")


class KnownBuyer(Answer):
    """A buyer, as far as they are known."""

    id: str
    phone: str | None = Field(description="Null of who was not written to, and of who was erased.")
    email: str | None
    language: str | None = Field(description="The one that they chose last.")
    wants_messages: bool = Field(description="Whether they may be written to by WhatsApp: not after STOP.")
    orders: int = Field(description="How many orders they have; 1000 stands for that many or more.")
    aliases: int = Field(description="How many of their saved cards can be charged.")
    created_at: Moment
    erased_at: Moment | None = Field(description="Since when nothing is known of the person.")
    erasure: Literal["running", "done"] | None = Field(
        description="Whether the erasure has been carried out everywhere, at the gateway too."
    )


class KnownBuyers(Answer):
    """A page of buyers."""

    data: list[KnownBuyer]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")


@buyers.get("")
@operation(Scope.ORDERS_READ, KnownBuyers, asks=BuyerSearch, problems=("bad_cursor",))
def list_buyers(query: BuyerSearch) -> Any:
    """List buyers

    The newest first, those who were erased too."""
    search = buyer_lists.Search(query.phone, query.email, query.place)
    found = buyer_lists.listed(context(), merchant_id(), search, query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (each.buyer.created_at, each.buyer.id))
    return {"data": [_shown(each) for each in rows], "next_cursor": cursor}


@buyers.get("/<buyer_id>")
@operation(Scope.ORDERS_READ, KnownBuyer, problems=("not_found",))
def get_buyer(buyer_id: str) -> Any:
    """Get a buyer"""
    return _of_id(buyer_id)


@buyers.post("/<buyer_id>/erase")
@operation(Scope.ADMIN, KnownBuyer, problems=("not_found", "money_in_flight"))
def erase_buyer(buyer_id: str) -> Any:
    """Erase a buyer

    Names, phones, addresses and texts go from everywhere, and the customer at the gateway; what was paid stays, under ids that name nobody. Open
    orders are cancelled, saved cards revoked. It cannot be undone. Refused while money of theirs is moving."""
    erasure.erase(context(), merchant_id(), buyer_id)
    return _of_id(buyer_id)


def _of_id(buyer_id: str) -> dict[str, object]:
    return _shown(buyer_lists.get(context(), merchant_id(), buyer_id))


def _shown(view: buyer_lists.ListedBuyer) -> dict[str, object]:
    buyer, erased = view.buyer, view.erasure
    return {
        "id": buyer.id,
        "phone": buyer.phone or buyer.former_phone,
        "email": buyer.email,
        "language": buyer.language,
        "wants_messages": buyer.phone is not None and buyer.stopped_at is None,
        "orders": view.orders,
        "aliases": view.aliases,
        "created_at": stamp(buyer.created_at),
        "erased_at": stamp(buyer.erased_at) if buyer.erased_at is not None else None,
        "erasure": None if erased is None else "running" if erased.done_at is None else "done",
    }
