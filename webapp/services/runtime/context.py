"""What the verbs need from outside, made once by `app` and handed to every service as its first argument."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from webapp.domain import retention
from webapp.domain.errors import Misconfigured
from webapp.services.runtime.budgets import Budgets
from webapp.services.runtime.pace import Pace
from webapp.services.runtime.slots import ExportSlots, GatewaySlots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from webapp.callbacks.sender import Sender
    from webapp.db.logins import VisitedMerchant
    from webapp.db.models import Merchant
    from webapp.db.pages import PageMerchant
    from webapp.db.session import Database
    from webapp.domain.actors import Actor
    from webapp.domain.message_rates import Rates
    from webapp.domain.retention import Kept
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

    `identity` asks the identity provider what it says of itself: what keeps people from logging in, in words. None without a provider.

    `gateway_slots` bounds how many requests of this process may wait for a gateway at once: the others still serve pages. So does
    `export_slots` of those that write a merchant's orders into a file.

    `kept` is for how many days what is about people is kept where a merchant does not say so itself (`runtime.kept`).

    `pace` keeps what may happen often from being written down often.

    `budgets` are parts of shared counts that this process may spend.

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
    identity: Callable[[], Sequence[str]] | None = None
    rates: Rates | None = None
    kept: Mapping[Kept, int] = field(default_factory=lambda: retention.DEFAULTS)
    gateway_slots: GatewaySlots = field(default_factory=GatewaySlots)
    export_slots: ExportSlots = field(default_factory=ExportSlots)
    pace: Pace = field(default_factory=Pace)
    budgets: Budgets = field(default_factory=Budgets)
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

    def must_be_real(self, merchant: Merchant | PageMerchant) -> None:
        """Before each use of a merchant's keys. Raises `Misconfigured` (live_in_sandbox) where those of a live merchant could go to other
        hosts than the real ones."""
        if self.allow_sandbox_hosts and merchant.mode == "live":
            raise Misconfigured(
                "live_in_sandbox",
                f"{merchant.id} is live, and its keys go to real hosts only: unset ALLOW_SANDBOX_HOSTS",
            )

    def provider(self, merchant: Merchant | PageMerchant | VisitedMerchant) -> GatewayProvider:
        """The provider of a merchant's gateway. Raises `Invalid` (unknown_gateway) for one that this installation does not have."""
        return self.providers.named(merchant.gateway)
