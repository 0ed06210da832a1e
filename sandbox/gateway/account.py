"""The account itself, its balance: what a doctor asks to see whether a key is good."""

from __future__ import annotations

from sandbox.gateway.call import Call, Route
from sandbox.gateway.store import Doc


def retrieve(call: Call) -> Doc:
    name = call.caller.account.name
    return {
        "id": call.caller.account_id,
        "object": "account",
        "business_profile": {
            "mcc": None,
            "name": name,
            "product_description": None,
            "support_email": None,
            "url": None,
        },
        "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "FR",
        "default_currency": "eur",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {"statement_descriptor_prefix": None},
            "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": None},
        },
        "type": "standard",
    }


def balance(call: Call) -> Doc:
    """What was taken less what was given back, by currency."""
    totals: dict[str, int] = {}
    for charge in call.tx.select(call.scope, "charge"):
        left = charge["amount"] - charge["amount_refunded"] if charge["captured"] else 0
        totals[charge["currency"]] = totals.get(charge["currency"], 0) + left
    lines = [
        {"amount": totals[currency], "currency": currency, "source_types": {"card": totals[currency]}}
        for currency in sorted(totals)
    ]
    return {"object": "balance", "available": lines, "livemode": False, "pending": []}


ROUTES = (
    Route("GET", "/v1/account", retrieve, "AccountRetrieveCurrentParams"),
    Route("GET", "/v1/balance", balance, "BalanceRetrieveParams"),
)
