"""The merchant of the tests: its people, its buyers' cards, its keys, its file, and changes of its settings."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet

from sandbox.gateway.app import Account
from webapp.callbacks.standard import new_secret
from webapp.db import models

if TYPE_CHECKING:
    from tests.kit.shops import Shop

NUMBER = "+33199001234"
OPERATOR, BUYER, STRANGER = "+33611111111", "+33612345678", "+33687654321"
WORKS, DECLINED, NO_FUNDS = "visa", "visa_chargeDeclined", "visa_chargeDeclinedInsufficientFunds"
ASKS, ASKS_ALWAYS, FAILS_LATER = "authenticationRequiredOnSetup", "authenticationRequired", "chargeCustomerFail"
CONSENT = {"wording": "I let the shop save my card.", "version": "2026-11", "language": "en"}
SECRET_KEYS = ("newest-" + "a" * 32, "oldest-" + "b" * 32)
ENCRYPTION_KEY = Fernet.generate_key().decode()
PUBLIC_URL = "https://ordo.localhost"
SCRIPT = "http://gateway.localhost/endive/stripe.js"
_numbers = itertools.count(1)


def declaration(account: Account, backend_url: str, **shop: Any) -> dict[str, Any]:
    """A merchant's file, as a document."""
    number = str(next(_numbers))
    return {
        "merchant": {
            "id": "cafe",
            "name": "Café Lumière",
            "mode": "test",
            "country": "FR",
            "currency": "EUR",
            "language": "en",
            "time_zone": "Europe/Paris",
            "contact": "hello@cafe.example",
        }
        | shop,
        "gateway": {
            "publishable_key": account.publishable_key,
            "secret_key": account.secret_key,
            "webhook_secrets": ["whsec_gateway"],
        },
        "whatsapp": {
            "number": NUMBER,
            "phone_number_id": number,
            "business_account_id": f"9{number}",
            "access_token": "a-token",
            "app_secret": "an-app-secret",
            "verify_token": "a-verify-token",
        },
        "operators": [{"phone": OPERATOR, "name": "Léa", "language": "en"}],
        "users": [
            {"email": f"{role}@cafe.example", "name": role.title(), "role": role}
            for role in ("viewer", "clerk", "admin")
        ],
        "endpoints": [{"url": backend_url, "secret": new_secret()}],
    }


def setting(shop: Shop, **values: object) -> None:
    """The merchant's row is to hold these values."""
    with shop.context.database.write() as session:
        merchant = session.get_one(models.Merchant, shop.id)
        for name, value in values.items():
            setattr(merchant, name, value)
