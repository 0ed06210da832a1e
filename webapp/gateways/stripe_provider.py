"""Stripe, as an installation speaks to it: its addresses, its part of the buyer's page, and the keys of a merchant's file."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field

from webapp.gateways import keys, stripe
from webapp.gateways.base import Account, Capability, KeyField, PageParts, SignatureHeader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.gateways.base import Gateway


Brand = Literal["visa", "mastercard", "amex", "cartes_bancaires", "discover", "diners", "jcb", "unionpay"]
# What every account takes without being set up for it (https://docs.stripe.com/payments/cards, "Supported card brands") wherever it is.
USUAL: tuple[Brand, ...] = ("visa", "mastercard", "amex")


DASHBOARD = "https://dashboard.stripe.com"
RECORDS = {
    "pi": "payments",
    "ch": "payments",
    "py": "payments",
    "seti": "setup_intents",
    "re": "refunds",
    "pyr": "refunds",
    "dp": "disputes",
    "du": "disputes",
    "cus": "customers",
}
"""What each kind of id is listed under in the dashboard."""


class Keys(keys.Keys):
    """The `[gateway]` table. `webhook_secrets`: every one that is current, two during a rotation. `card_brands`: the cards that buyers are told
    are taken, which Stripe's API does not tell."""

    publishable_key: str
    secret_key: str = Field(repr=False)
    webhook_secrets: tuple[str, ...] = Field(repr=False)
    account: str | None = None
    card_brands: tuple[Brand, ...] = USUAL


@dataclass(frozen=True)
class StripeProvider:
    """`webapp.gateways.base.GatewayProvider`."""

    addresses: stripe.Addresses
    name: ClassVar[str] = "stripe"
    display_name: ClassVar[str] = "Stripe"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)
    signature_header: ClassVar[SignatureHeader] = SignatureHeader("Stripe-Signature", "v1=")
    key_fields: ClassVar[tuple[KeyField, ...]] = keys.fields(Keys)
    all_well: ClassVar[str] = "keys work; webhooks and the domain are registered"

    @functools.cached_property
    def page(self) -> PageParts:
        return PageParts("js/gateways/stripe.js", self.addresses.script_url, stripe.sources(self.addresses))

    def account(self, table: Mapping[str, object], *, live: bool) -> Account:
        given = keys.read(Keys, table)
        mode = "live" if live else "test"
        for name in ("publishable_key", "secret_key"):
            if f"_{mode}_" not in getattr(given, name)[:9]:
                raise keys.refused(f"{name} is not a {mode} key: those begin with pk_{mode}_, sk_{mode}_ or rk_{mode}_")
        secrets = {
            "secret_key": given.secret_key,
            "webhook_secrets": list(given.webhook_secrets),
            "card_brands": list(given.card_brands),
        }
        return Account(secrets, given.publishable_key, given.account)

    def record_url(self, identity: str, *, account: str | None, live: bool) -> str | None:
        place = RECORDS.get(identity.partition("_")[0])
        if place is None or urlsplit(self.addresses.api_url).hostname != "api.stripe.com":
            return None  # a sandbox's ids are not in anybody's dashboard
        parts = [DASHBOARD, *([account] if account else []), *([] if live else ["test"]), place, identity]
        return "/".join(parts)

    def connect(self, account: Account) -> Gateway:
        secrets = account.secrets
        credentials = stripe.Credentials(
            account.publishable_key,
            secrets["secret_key"],
            tuple(secrets["webhook_secrets"]),
            account.id,
            tuple(secrets.get("card_brands", USUAL)),  # a release before kept none
        )
        return stripe.connect(credentials, self.addresses)
