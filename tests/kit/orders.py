"""Orders that got somewhere, and what the order backend is to be told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.kit.merchant import WORKS
from webapp.domain.actions import Action

if TYPE_CHECKING:
    from tests.kit.shops import Shop


def paid(shop: Shop, action: Action = Action.PAYMENT, card: str = WORKS, **more: Any) -> str:
    """An order that its buyer has tried to pay by that card; nothing of what follows has been done yet."""
    order = shop.order(action, **more)
    shop.pay(order, card)
    return order


def saved(shop: Shop, card: str = WORKS, action: Action = Action.REGISTER) -> str:
    """An order that left an alias."""
    order = shop.order(action)
    shop.pay(order, card, save=True)
    if shop.state(order) == "processing":
        shop.answer_bank(order, "passed")
        shop.later(seconds=31)
    assert shop.get(order).alias_id
    return order


def types(shop: Shop, order: str) -> list[str]:
    """The type of each callback, in order."""
    return [call["type"] for call in shop.callbacks(order)]
