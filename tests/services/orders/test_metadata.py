"""What an order backend keeps with an order may be about a person: it goes with the buyer."""

from __future__ import annotations

from tests.kit import Shop
from webapp.services.orders import lifecycle
from webapp.services.payments import erasure


def test_metadata_is_erased_with_the_buyer_from_orders_and_callbacks(shop: Shop) -> None:
    order = shop.order(metadata={"guest": "Ada Martin"}, reference="A1")
    lifecycle.cancel(shop.context, shop.id, order)
    shop.drain()
    assert shop.callbacks(order)[0]["data"]["metadata"] == {"guest": "Ada Martin"}
    erasure.erase(shop.context, shop.id, shop.get(order).buyer_id)
    shop.drain()
    data = shop.callbacks(order)[0]["data"]
    assert (shop.get(order).metadata_, data["metadata"], data["reference"]) == (None, {}, "A1")
