"""An order's link, and posts of the forms behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.kit import Shop, browser

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

GOOD = {
    "name": "Ada Martin",
    "line1": "1 rue de la Paix",
    "line2": "",
    "postal_code": "75002",
    "city": "Paris",
    "country": "FR",
}


def link(shop: Shop, order: str) -> str:
    return shop.context.links.token(order, shop.get(order).link_version)


def post(app: Flask, shop: Shop, order: str, verb: str = "pay", *, htmx: bool = True, **form: Any) -> TestResponse:
    token = link(shop, order)
    shown = re.search(r'name="consent_version" value="([^"]+)"', browser(app).get(f"/p/{token}").text)
    data = {"csrf_token": shop.context.links.form_token(token), "consent_version": shown[1] if shown else "", **form}
    return browser(app).post(f"/p/{token}/{verb}", data=data, headers={"HX-Request": "true"} if htmx else {})
