"""What the verbs need from outside, made once by `app` and handed to every service as its first argument."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from webapp.callbacks.sender import Sender
    from webapp.db.logins import VisitedMerchant
    from webapp.db.models import Merchant
    from webapp.db.pages import PageMerchant
    from webapp.db.session import Database
    from webapp.domain.actors import Actor
    from webapp.domain.message_rates import Rates
    from webapp.gateways.base import Gateway, GatewayProvider
    from webapp.gateways.registry import Providers
    from webapp.inventory.page import Expected
    from webapp.mail.smtp import Mailer
    from webapp.services.runtime.links import Links
    from webapp.services.runtime.sealing import Sealer
    from webapp.whatsapp.client import Client


@dataclass(frozen=True)
class ServiceContext:
    """The database, the clock, the keys, the gateways, and a connection to a merchant's gateway and WhatsApp number.

    `chat_url` is where a link opens a chat with a number (https://faq.whatsapp.com/5913398998672934).

    `expected` is how a buyer's page goes out of this installation, by the merchant's gateway. Without a `mailer` no e-mail is written, and without `rates` it
    is not known what messages cost.

    `gateway_slots` bounds how many requests of this process may wait for a gateway at once: the others still serve pages.

    `acting` is who asks (docs/adr/0018): doors name the actor, and every change is noted with it. None until they have.
    """

    database: Database
    now: Callable[[], datetime]
    sealer: Sealer
    links: Links
    providers: Providers
    gateway: Callable[[Merchant | PageMerchant], Gateway]
    whatsapp: Callable[[Merchant], Client]
    sender: Sender
    expected: Mapping[str, Expected]
    allow_sandbox_hosts: bool
    chat_url: str = "https://wa.me"
    mailer: Mailer | None = None
    rates: Rates | None = None
    gateway_slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(4))
    acting: Actor | None = None

    @property
    def actor(self) -> Actor:
        """Who asks. Raises `LookupError` where no door has said: nothing is changed by nobody."""
        if self.acting is None:
            raise LookupError("a change, and no actor was named")
        return self.acting

    def acting_as(self, actor: Actor) -> ServiceContext:
        """The same, for another actor."""
        return replace(self, acting=actor)

    def provider(self, merchant: Merchant | PageMerchant | VisitedMerchant) -> GatewayProvider:
        """The provider of a merchant's gateway. Raises `Invalid` (unknown_gateway) for one that this installation does not have."""
        return self.providers.named(merchant.gateway)
