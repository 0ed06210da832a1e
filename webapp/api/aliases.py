"""Aliases: saved cards shown, charged, replaced and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint

from webapp.api import alias_schemas as schemas
from webapp.api import lists, order_answers
from webapp.api.guard import merchant_id
from webapp.api.operations import operation, request_id
from webapp.api.order_schemas import Order
from webapp.domain.actions import Action
from webapp.domain.scopes import Scope
from webapp.services.orders import lifecycle
from webapp.services.payments import alias_view
from webapp.services.payments import aliases as cards
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

if TYPE_CHECKING:
    from webapp.services.payments.alias_view import AliasView

aliases = APIBlueprint(
    "aliases",
    __name__,
    url_prefix="/api/v1/aliases",
    tag={
        "name": "Aliases",
        "description": "Cards that buyers have agreed to have saved, and that can be charged again.",
    },
)


@aliases.get("")
@operation(Scope.ORDERS_READ, schemas.Aliases, asks=schemas.Search, problems=("bad_cursor",))
def list_aliases(query: schemas.Search) -> Any:
    """List saved cards

    The newest first, those that were revoked too."""
    search = alias_view.Search(query.buyer, query.place)
    found = alias_view.listed(context(), merchant_id(), search, query.limit + 1)
    rows, cursor = lists.page(found, query.limit, lambda each: (each.alias.created_at, each.alias.id))
    return {"data": [_shown(each) for each in rows], "next_cursor": cursor}


@aliases.get("/<alias_id>")
@operation(Scope.ORDERS_READ, schemas.Alias)
def get_alias(alias_id: str) -> Any:
    """Get a saved card"""
    return _shown(alias_view.one(context(), merchant_id(), alias_id))


@aliases.get("/<alias_id>/consents")
@operation(Scope.ORDERS_READ, schemas.Consents)
def list_consents(alias_id: str) -> Any:
    """Get the consent record of a saved card

    What its buyer agreed to each time it was saved, word for word, the newest first."""
    found = alias_view.consents(context(), merchant_id(), alias_id)
    return {
        "data": [
            {
                "id": each.id,
                "order": each.order_id,
                "wording": each.wording,
                "version": each.version,
                "language": each.language,
                "at": stamp(each.given_at),
            }
            for each in found
        ]
    }


@aliases.post("/<alias_id>/charge")
@operation(
    Scope.CHARGES_WRITE,
    Order,
    takes=schemas.Charge,
    status=201,
    problems=(
        "reference_exists",
        "no_alias",
        "confirmation_needed",
        "other_currency",
        "amount_not_chargeable",
        "cannot_charge_saved",
        "bad_return_url",
    ),
)
def charge_alias(alias_id: str, body: schemas.Charge) -> Any:
    """Charge a saved card

    Without its buyer, as a new order. The answer comes before the bank's: follow the order, by callbacks or by asking for it."""
    wanted = lifecycle.Request(
        Action.PAYMENT,
        None,
        reference=body.reference,
        description=body.description,
        metadata=body.metadata,
        return_url=body.return_url,
        idempotency_key=request_id(),
    )
    made = cards.charge_alias(context(), merchant_id(), alias_id, body.price(), wanted, body.confirm)
    return order_answers.of_id(made.id), 201, {"Location": f"/api/v1/orders/{made.id}"}


@aliases.post("/<alias_id>/replace")
@operation(Scope.CHARGES_WRITE, Order, status=201, problems=("no_alias", "email_needed"))
def replace_alias(alias_id: str) -> Any:
    """Have a saved card replaced

    Its buyer is asked for another card, by an order that takes nothing. Once there is one, it takes the place of the former behind the same alias."""
    made = cards.renew(context(), merchant_id(), alias_id, idempotency_key=request_id())
    return order_answers.of_id(made.id), 201, {"Location": f"/api/v1/orders/{made.id}"}


@aliases.post("/<alias_id>/revoke")
@operation(Scope.CHARGES_WRITE, schemas.Alias)
def revoke_alias(alias_id: str) -> Any:
    """Revoke a saved card

    It is never charged again, and the gateway forgets it. Repeating it is harmless."""
    cards.revoke(context(), merchant_id(), alias_id)
    return _shown(alias_view.one(context(), merchant_id(), alias_id))


def _shown(view: AliasView) -> dict[str, object]:
    alias = view.alias
    return {
        "id": alias.id,
        "status": alias.status,
        "brand": alias.brand,
        "last4": alias.last4,
        "exp_month": alias.exp_month,
        "exp_year": alias.exp_year,
        "wallet": alias.wallet,
        "buyer": {"id": view.buyer.id, "phone": view.buyer.phone or view.buyer.former_phone},
        "created_at": stamp(alias.created_at),
    }
