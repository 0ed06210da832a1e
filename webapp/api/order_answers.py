"""Orders as this door answers them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import segno

from webapp.api.guard import merchant_id
from webapp.api.order_schemas import Include
from webapp.services.orders import backend_view
from webapp.services.webhooks.outbox import stamp
from webapp.web.services import context

if TYPE_CHECKING:
    from webapp.services.orders.backend_view import BackendView


def of_id(order_id: str, include: Include | None = None) -> dict[str, object]:
    """The order as it stands now. Raises `NotFound`."""
    return shown(backend_view.one(context(), merchant_id(), order_id), include)


def shown(view: BackendView, include: Include | None = None) -> dict[str, object]:
    """An order: what callbacks tell of it, and what only its own backend may know."""
    order = view.order
    told = {name: value for name, value in view.told.items() if name != "order"}
    link = {"url": view.link, "expires_at": stamp(order.expires_at), "qr": None}
    if view.link is not None and include is Include.QR:
        link["qr"] = _qr(view.link)
    return {
        "id": order.id,
        **told,
        "created_at": stamp(order.created_at),
        "expires_at": stamp(order.expires_at),
        "pending": order.pending_transition,
        "link": link if view.link is not None else None,
    }


@functools.lru_cache(maxsize=256)
def _qr(address: str) -> str:
    """Drawn only for who asks: it takes as long as all the rest of an answer."""
    return str(segno.make(address, micro=False).svg_data_uri(border=4))
