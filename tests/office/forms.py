"""A browser in the back office, and what its forms are filled with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.kit import Shop, browser
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

NEW = {
    "action": "PAYMENT",
    "amount": "12,50",
    "currency": "EUR",
    "phone": "06 12 34 56 78",
    "days": "7",
    "channel": "link",
    "language": "",
}


def enter(app: Flask, shop: Shop, email: str = "admin@cafe.example") -> FlaskClient:
    """A browser in which that user is logged in."""
    client, path = browser(app), f"/office/link/{sessions.make_link(shop.context, email)}"
    assert client.post(path, data={"csrf_token": csrf(client, path)}).status_code == 303
    return client


def leave_to_office(shop: Shop) -> None:
    """The shop's file names what it must from here on, and leaves its other settings to the back office."""
    document = shop.declaration()
    for name in ("name", "contact", "country", "currency", "language", "time_zone"):
        document["merchant"].pop(name)
    del document["gateway"], document["whatsapp"]
    document["endpoints"] = [{"url": shop.backend(), "secret": "whsec_" + "QUFB" * 8}]
    declarations.apply(shop.context, declarations.declared(document, declarations.present(shop.context, document)))


def csrf(client: FlaskClient, path: str = "/office/orders") -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]
