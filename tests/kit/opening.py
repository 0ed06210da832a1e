"""A shop on a migrated database: the real services, the sandbox's gateway, recorders outside."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

import pytest
import requests
import stripe as sdk

from tests.kit.gateway import TestGateway
from tests.kit.merchant import ENCRYPTION_KEY, PUBLIC_URL, SCRIPT, SECRET_KEYS, declaration
from tests.kit.recorders import Outside
from tests.kit.shops import Clock, Shop
from webapp.callbacks.sender import Sender
from webapp.db import models
from webapp.db.session import Database
from webapp.domain import actors
from webapp.gateways import stripe
from webapp.gateways.registry import Providers
from webapp.gateways.stripe_provider import StripeProvider
from webapp.inventory.page import Expected
from webapp.services.merchants import declarations, settings
from webapp.services.runtime.context import ServiceContext
from webapp.services.runtime.links import Links
from webapp.services.runtime.sealing import Sealer
from webapp.services.runtime.slots import GatewaySlots
from webapp.whatsapp.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db.pages import PageMerchant
    from webapp.gateways.base import Gateway


@pytest.fixture
def shop(database_url: str, test_gateway: TestGateway, outside: Outside) -> Iterator[Shop]:
    """A merchant on a database of the test's own, on each kind of database."""
    with shop_on(database_url, test_gateway, outside) as shop:
        yield shop


@contextlib.contextmanager
def shop_on(database_url: str, test_gateway: TestGateway, outside: Outside) -> Iterator[Shop]:
    """A merchant on a migrated database."""
    url, place = outside.place()
    account, clock, database = test_gateway.account(), Clock(), Database(database_url)
    http = sdk.RequestsClient(timeout=(1, 10))
    session = requests.Session()

    def gateway(merchant: models.Merchant | PageMerchant) -> Gateway:
        keys = context.sealer.open(merchant.gateway_secrets, settings.gateway_place(merchant.id))
        credentials = stripe.Credentials(
            merchant.publishable_key,
            keys["secret_key"],
            tuple(keys["webhook_secrets"]),
            merchant.gateway_account,
            tuple(keys["card_brands"]),
        )
        return stripe.connect(credentials, stripe.Addresses(test_gateway.served.url, SCRIPT), http)

    context = ServiceContext(
        database=database,
        now=clock,
        sealer=Sealer([ENCRYPTION_KEY]),
        links=Links(SECRET_KEYS, PUBLIC_URL),
        providers=Providers([StripeProvider(stripe.Addresses(test_gateway.served.url, SCRIPT))]),
        gateway=gateway,
        whatsapp=lambda m: Client(
            f"{url}/whatsapp", "v26.0", m.phone_number_id, m.business_account_id, "a-token", session
        ),
        sender=Sender(allow_loopback=True),
        expected={"stripe": Expected({}, "js/gateways/stripe.js", f"{url}/stripe.js")},
        allow_sandbox_hosts=True,
        gateway_slots=GatewaySlots(64),
        acting=actors.user("usr_test"),
    )
    declarations.apply(context, declarations.declared(declaration(account, f"{url}/backend")))
    yield Shop(context, clock, place, account, test_gateway, http, f"{url}/whatsapp")
    requests.delete(f"{test_gateway.served.url}/_sandbox/faults", timeout=5)
    session.close()
    http.close()  # type: ignore[no-untyped-call]  # the SDK's own
    database.close()


def rival(shop: Shop) -> Shop:
    """Another merchant of the same installation, with operators and an endpoint of its own; `boss@rival.example` is its admin."""
    backend = f"{shop.whatsapp_url.removesuffix('/whatsapp')}/backend"
    document = declaration(shop.account, backend, id="rival", name="Rival")
    document["users"] = [{"email": "boss@rival.example", "name": "Boss", "role": "admin"}]
    declarations.apply(shop.context, declarations.declared(document))
    return dataclasses.replace(shop, id="rival")
