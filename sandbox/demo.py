"""The demo: a café, its people, one buyer, and the file that makes the café a merchant of the product."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.gateway.app import Account
from sandbox.identity import Person
from sandbox.phones.parties import Contact, Sender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.keyring import Keyring

MERCHANT = "demo"
SHOP = "Café Lumière"
CLIENT_ID = "ordo"
LETTERS_FROM = "receipts@ordo.example"

CONTACTS = (
    Contact(phone="+33611111111", name="Léa", role="shop"),
    Contact(phone="+33612345678", name="Camille", role="buyer"),
)
PEOPLE = (
    Person("lea", "lea@cafe-lumiere.example", "Léa", SHOP),
    Person("noe", "noe@cafe-lumiere.example", "Noé", SHOP),
    Person("ines", "ines@cafe-lumiere.example", "Inès", SHOP),
    Person("max", "max@elsewhere.example", "Max", "no merchant here"),
)
# What a shop's webhook endpoint at the gateway is told, and no more: what the product asks shops to subscribe to.
EVENTS = (
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing", "payment_intent.requires_action",
    "payment_intent.canceled", "payment_intent.amount_capturable_updated",
    "setup_intent.succeeded", "setup_intent.setup_failed", "setup_intent.requires_action", "setup_intent.canceled",
    "charge.refunded", "refund.created", "refund.updated", "refund.failed",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payment_method.detached", "payment_method.updated", "payment_method.automatically_updated",
)  # fmt: skip
SCOPES = ("orders:read", "orders:write", "refunds:write", "charges:write", "callbacks", "admin")
NEW_KEY = ("api-key", "create", MERCHANT, "Sandbox", *(word for scope in SCOPES for word in ("--scope", scope)))
"""The console command that makes the café's key of the API."""
ROLES = {"lea": "admin", "noe": "clerk", "ines": "viewer"}


def account(keyring: Keyring) -> Account:
    """The café's account at the gateway."""
    return Account(
        secret_key=keyring["GATEWAY_SECRET_KEY"], publishable_key=keyring["GATEWAY_PUBLISHABLE_KEY"], name=SHOP
    )


def sender(keyring: Keyring) -> Sender:
    """The café's number on WhatsApp."""
    return Sender(
        phone_number_id="104200000000001",
        business_account_id="108400000000002",
        access_token=keyring["WHATSAPP_ACCESS_TOKEN"],
        app_secret=keyring["WHATSAPP_APP_SECRET"],
        verify_token=keyring["WHATSAPP_VERIFY_TOKEN"],
        name=SHOP,
        phone="+33199001234",
    )


def merchant_file(keyring: Keyring, *, webhook_secret: str, backend_url: str) -> str:
    """What `flask merchant apply` reads (docs/contributor/seams.md)."""
    whatsapp = sender(keyring)
    merchant = {
        "id": MERCHANT,
        "name": SHOP,
        "mode": "test",
        "country": "FR",
        "currency": "EUR",
        "language": "en",
        "time_zone": "Europe/Paris",
        "contact": "hello@cafe-lumiere.example",
    }
    gateway = {
        "publishable_key": keyring["GATEWAY_PUBLISHABLE_KEY"],
        "secret_key": keyring["GATEWAY_SECRET_KEY"],
        "webhook_secrets": [webhook_secret],
    }
    names = ("phone_number_id", "business_account_id", "access_token", "app_secret", "verify_token")
    shop_phones = [contact for contact in CONTACTS if contact.role == "shop"]
    users = [(person, ROLES[person.sub]) for person in PEOPLE if person.sub in ROLES]
    return "\n".join(
        [
            "# The demo merchant, made by `make run` each time it starts.",
            _table("[merchant]", merchant),
            _table("[gateway]", gateway),
            _table("[whatsapp]", {"number": whatsapp.phone} | {name: getattr(whatsapp, name) for name in names}),
            *(_table("[[operators]]", {"phone": it.phone, "name": it.name, "language": "en"}) for it in shop_phones),
            *(_table("[[users]]", {"email": it.email, "name": it.name, "role": role}) for it, role in users),
            _table("[[endpoints]]", {"url": f"{backend_url}/ordo", "secret": keyring["CALLBACK_SECRET"]}),
        ]
    )


def _table(heading: str, values: Mapping[str, object]) -> str:
    """A TOML table. Its basic strings and arrays of them are written as JSON's."""
    return "\n".join(
        [heading, *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()), ""]
    )
