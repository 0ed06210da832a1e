"""A second shop, of which no other test makes or changes anything: pages that show all that a shop has look the same each time there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.kit import DECLINED, rival
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys
from webapp.services.orders import import_previews

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.kit import Shop

ADMIN = "boss@rival.example"
PAGES = {
    "office-home": "",
    "office-buyers": "buyers",
    "office-buyer": "buyers/{buyer}",
    "office-callbacks": "callbacks",
    "office-callback": "callbacks/{callback}",
    "office-api-keys": "api_keys",
    "office-members": "members",
    "office-audit": "audit",
    "office-new-order": "orders/new",
    "office-import": "orders/import",
    "office-imported": "orders/import/{imported}",
}
"""What trees alone are kept of, by its path below /office."""
FILE = "reference,amount,phone,description,channel\nQ-7,7.50,+33687654321,Tea,none\nQ-8,8,+33687654321,Cake,none\n"


@dataclass(frozen=True)
class Quiet:
    """The shop, and what the addresses of its pages name."""

    shop: Shop
    things: Mapping[str, str]

    def path(self, name: str) -> str:
        """The address of one of `PAGES`."""
        return f"/office/{PAGES[name].format(**self.things)}".rstrip("/")


def make(first: Shop) -> Quiet:
    """All in the last hours, a minute after each other, so that each list has an order."""
    now = first.clock()
    first.clock.forward(hours=-3)
    quiet = rival(first)
    saved = quiet.order(Action.REGISTER_PAY, reference="Q-1", description="2 pizzas")
    quiet.pay(saved)
    quiet.later(minutes=1)
    quiet.pay(quiet.order(reference="Q-2"), DECLINED)
    quiet.later(minutes=1)
    api_keys.create(quiet.context, quiet.id, "Till", [Scope.ORDERS_READ, Scope.ORDERS_WRITE])
    quiet.later(minutes=1)
    brought = import_previews.take(quiet.context, quiet.id, FILE.encode(), "november.csv")
    import_previews.confirm(quiet.context, quiet.id, brought.id)
    quiet.later(minutes=1)
    told = quiet.one(models.Callback, models.Callback.order_id == saved)
    first.clock.at = now
    return Quiet(quiet, {"buyer": quiet.get(saved).buyer_id, "callback": told.id, "imported": brought.id})
