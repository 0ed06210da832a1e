"""Two merchants of one installation: `cafe` at Stripe, `kiosk` at Toy Pay (tests/gateways/toy.py), served over HTTP by the application
that `create_app` makes of both providers."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import ports
from sandbox.serve import Served
from tests.gateways.toy import ToyProvider
from tests.gateways.toy_server import ToyServer
from tests.kit import ENCRYPTION_KEY, SCRIPT, SECRET_KEYS, Shop, declaration
from webapp import app as wiring
from webapp.config import Settings
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.gateways import stripe
from webapp.gateways.stripe_provider import StripeProvider
from webapp.services.merchants import declarations
from webapp.services.orders import lifecycle
from webapp.services.payments import checkout
from webapp.web import services as web_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from webapp.domain.outcome import Outcome
    from webapp.gateways.base import GatewayProvider

KIOSK = "kiosk"
TABLE = {"provider": "toy", "key": "test-kiosk", "webhook_secret": "a-secret"}


@dataclass
class House:
    """`shop` is the café, on the application's own kit, and its worker works for both."""

    shop: Shop
    toy: ToyServer
    app: Flask
    url: str

    def order(self, amount: int = 1000, **more: Any) -> str:
        """A new order of the kiosk."""
        wanted = lifecycle.Request(Action.PAYMENT, Money(amount, "EUR"), phone="+33612345678", **more)
        return lifecycle.create(self.shop.context, KIOSK, wanted, send=False).id

    def link(self, order: str) -> str:
        return self.shop.context.links.url(order, self.shop.get(order).link_version)

    def pay(self, order: str) -> Outcome:
        """What the page's POST does: no token, for the card is typed elsewhere."""
        return checkout.start(self.shop.context, order, checkout.Submission("", False, None, "Phone/1.0"))

    def paid(self) -> str:
        """An order of the kiosk that is paid, as its worker learns from the webhook."""
        order = self.order()
        self.pay(order)
        self.toy.tries(self.shop.get(order).intent or "", "works")
        self.shop.drain()
        assert self.shop.state(order) == "paid"
        return order


def kiosk(shop: Shop, **table: Any) -> dict[str, Any]:
    """The kiosk's file."""
    made = declaration(shop.account, "http://127.0.0.1:9/backend", id=KIOSK, name="Kiosk Zola", country="GB")
    made["users"] = [{"email": "admin@kiosk.example", "name": "Ada", "role": "admin"}]
    return made | {"gateway": TABLE | table}


@contextlib.contextmanager
def open_house(shop: Shop, kind: type[ToyProvider] = ToyProvider) -> Iterator[House]:
    """Serve both merchants; the kiosk's gateway is of that kind."""
    toy = ToyServer(TABLE["key"], TABLE["webhook_secret"])
    (port,) = ports.free(1)
    settings = Settings(
        public_url=f"http://127.0.0.1:{port}",
        database_url=str(shop.context.database.url.render_as_string(hide_password=False)),
        secret_keys=SECRET_KEYS,
        encryption_keys=(ENCRYPTION_KEY,),
        whatsapp_api_url=shop.whatsapp_url,
        allow_sandbox_hosts=True,
    )
    providers: list[GatewayProvider] = [
        StripeProvider(stripe.Addresses(shop.gateway.served.url, SCRIPT)),
        kind(toy.url),
    ]
    app = wiring.create_app(settings, providers)
    context = dataclasses.replace(web_kit_of(app), now=shop.clock)
    web_services.install(app, context)
    context = context.acting_as(actors.user("usr_test"))
    declarations.apply(context, declarations.declared(kiosk(shop)))
    served = Served(app, port).start()
    toy.webhooks.append(f"{served.url}/hooks/toy/{KIOSK}")
    yield House(dataclasses.replace(shop, context=context), toy, app, served.url)
    served.stop()
    toy.served.stop()
    context.database.close()


def web_kit_of(app: Flask) -> Any:
    return app.extensions[web_services.EXTENSION]
