"""Every page of the back office and every part of one, with an example: what is walked by roles and by two merchants (test_tenants).

A page that is added is walked by itself; what its address names besides has to be in `things`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from tests.doors import registry
from tools import permissions
from webapp.db import models
from webapp.domain.scopes import Scope
from webapp.office.permissions import ANYBODY, Permission
from webapp.services.accounts import api_keys
from webapp.services.orders import import_previews
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.kit import Shop

SAFE = {"GET"}
QUERIES: dict[str, str] = {}
"""What stands behind the question mark of an address, for those that say little without."""


@dataclass(frozen=True)
class Route:
    """A method and address of the back office, what its view declares, and what is posted there."""

    method: str
    rule: str
    needed: Permission

    @property
    def names(self) -> bool:
        """Whether its address names a thing of a merchant's."""
        return "<" in self.rule

    def path(self, things: Mapping[str, str]) -> str:
        """An address of that merchant's. Raises `KeyError` for a kind of thing that `things` has not."""
        parts = [
            things[part.strip("<>").rpartition(":")[2]] if part.startswith("<") else part
            for part in self.rule.split("/")
        ]
        return "/".join(parts) + QUERIES.get(self.rule, "")

    @property
    def form(self) -> Mapping[str, str]:
        """A right form."""
        return registry.FORMS.get(self.rule, {})

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def routes() -> list[Route]:
    """Those that need a login, in a fixed order; logging out comes last, for nothing comes after it."""
    found = [
        Route(method, rule, needed)
        for method, rule, needed in permissions.routes(permissions.application())
        if needed is not ANYBODY and isinstance(needed, Permission)
    ]
    return sorted(found, key=lambda each: (each.rule == "/office/logout", each.rule, each.method))


def things(shop: Shop) -> Mapping[str, str]:
    """One of each kind of thing of the shop's, by the name that addresses have for it."""
    api_keys.create(shop.context, shop.id, "Café Lumière", [Scope.ORDERS_READ])
    endpoints.send_test(shop.context, shop.id, endpoints.listed(shop.context, shop.id)[0].id)
    order = shop.get(
        shop.order(reference="OURS-1", description="Secret pizza", phone="+33687654321", email="ours@buyers.example")
    )
    import_previews.take(shop.context, shop.id, FILE.encode(), "ours.csv")
    return {"order_id": order.id, "buyer_id": order.buyer_id, **dict(_rows(shop))}


def _rows(shop: Shop) -> Iterator[tuple[str, str]]:
    kinds = {
        "operator_id": models.Operator,
        "user_id": models.User,
        "endpoint_id": models.Endpoint,
        "callback_id": models.Callback,
        "key_id": models.ApiKey,
        "alias_id": models.Alias,
        "import_id": models.Import,
        "refund_id": models.Refund,
    }
    with shop.context.database.read() as session:
        yield "session_id", str(session.scalars(select(models.Login.hash)).first() or "none")[:24]
        for name, model in kinds.items():
            found = session.scalars(select(model.id).where(model.merchant_id == shop.id).order_by(model.id)).first()  # type: ignore[attr-defined]  # each has both
            yield name, str(found or f"no_{name}")


FILE = "reference,amount,phone,description,channel\nOURS-2,12.50,+33687654321,Secret pizza,none\n"
OURS = ("OURS-1", "Secret pizza", "687654321", "Café Lumière", "admin@cafe.example")
"""What stands on pages of the shop that `things` has filled, and on none of another's."""
