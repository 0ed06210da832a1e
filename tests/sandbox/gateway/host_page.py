"""A shop's page with the gateway's script in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Browser, Page

from sandbox.gateway.app import create_app
from sandbox.serve import Served
from tests.sandbox.gateway.conftest import OTHER, SHOP, Clock, Gateway

HOST_PAGE = """<!doctype html><html lang="en"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="host.css"><h1>10 EUR</h1><div id="card"></div><script src="{script}"></script></html>"""


@pytest.fixture
def gateway(tmp_path: Any) -> Iterator[Gateway]:
    """Here on the name by which browsers know it."""
    database = tmp_path / "gateway.db"
    app = create_app(database=database, accounts=[SHOP, OTHER], public_url="http://gateway.localhost")
    served = Served(app).start()
    yield Gateway(served.url, database, Clock())
    served.stop()
    app.extensions["courier"].stop()


@pytest.fixture
def origin(gateway: Gateway) -> str:
    return gateway.url.replace("127.0.0.1", "gateway.localhost")


@pytest.fixture
def page(browser: Browser, gateway: Gateway, origin: str) -> Iterator[Page]:
    """A shop's page with the script; after the test, nothing in it was blocked and nothing failed."""
    shop = Flask("shop")

    @shop.get("/")
    def index() -> Response:
        response = Response(HOST_PAGE.format(script=f"{origin}/endive/stripe.js"))
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self' {origin}; frame-src {origin}; connect-src {origin}; "
            "style-src 'self'"
        )
        response.headers["Permissions-Policy"] = request.args.get("policy", "")
        return response

    @shop.get("/host.css")
    def style() -> Response:
        return Response("body { margin: 8px }", mimetype="text/css")

    served = Served(shop).start()
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(f"http://shop.localhost:{served.port}/")
    tab.evaluate("key => { window.stripe = Stripe(key, {locale: 'en'}) }", SHOP.publishable_key)
    yield tab
    assert [text for text in complaints if "Failed to load resource" not in text] == []  # a refused card is a 402
    context.close()
    served.stop()
