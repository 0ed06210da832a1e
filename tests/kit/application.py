"""The web application of a shop, and browsers of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit.merchant import ENCRYPTION_KEY, PUBLIC_URL, SCRIPT, SECRET_KEYS
from tests.kit.shops import Shop
from webapp import app as wiring
from webapp.config import Settings
from webapp.web import services as web_services

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture
def app(shop: Shop) -> Flask:
    """The web application, on the shop's kit."""
    return application(shop)


def application(shop: Shop, **more: Any) -> Flask:
    """As `app`, with what differs in its settings."""
    made = wiring.create_app(settings(shop, **more))
    for each in (made, made.extensions["api"]):
        web_services.install(each, dataclasses.replace(shop.context, acting=None))
    return made


def settings(shop: Shop, **more: Any) -> Settings:
    """The service's settings for this shop's world."""
    return Settings(
        **{
            "public_url": PUBLIC_URL,
            "database_url": str(shop.context.database.url.render_as_string(hide_password=False)),
            "secret_keys": SECRET_KEYS,
            "encryption_keys": (ENCRYPTION_KEY,),
            "stripe_api_url": shop.gateway.served.url,
            "stripe_script_url": SCRIPT,
            "whatsapp_api_url": shop.whatsapp_url,
            "allow_sandbox_hosts": True,
            **more,
        }
    )


def browser(app: Flask) -> FlaskClient:
    """A browser of its own."""
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    client.environ_base["HTTP_HOST"] = "ordo.localhost"
    return client
