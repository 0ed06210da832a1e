"""Payment method domains: on which sites the script may offer wallets."""

from __future__ import annotations

import re

from sandbox.gateway.call import Call, Route, new_id
from sandbox.gateway.errors import invalid
from sandbox.gateway.store import Doc

_METHODS = ("amazon_pay", "apple_pay", "google_pay", "klarna", "link", "paypal")


def create(call: Call) -> Doc:
    """A domain that is there already stays the one it is."""
    name = call.params["domain_name"].lower()
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", name):
        raise invalid(f"Invalid domain name: {name}", param="domain_name")
    found = _named(call, name)
    return found or call.insert(
        {
            "id": new_id("pmd"),
            "object": "payment_method_domain",
            "created": call.now,
            "domain_name": name,
            "enabled": call.params.get("enabled", True),
            "livemode": False,
            **{method: {"status": "active"} for method in _METHODS},
        }
    )


def update(call: Call, domain: str) -> Doc:
    doc = call.get("payment_method_domain", domain)
    doc["enabled"] = call.params.get("enabled", doc["enabled"])
    return call.save(doc)


def retrieve(call: Call, domain: str) -> Doc:
    return call.get("payment_method_domain", domain)


def listing(call: Call) -> Doc:
    matches: dict[str, object] = {name: call.params[name] for name in ("domain_name", "enabled") if name in call.params}
    return call.page("payment_method_domain", "/v1/payment_method_domains", matches)


def offered(call: Call, name: str) -> bool:
    """Whether wallets are offered on that site."""
    found = _named(call, name.lower())
    return found is not None and found["enabled"]


def _named(call: Call, name: str) -> Doc | None:
    found = call.tx.select(call.scope, "payment_method_domain", "json_extract(body, '$.domain_name') = ?", (name,))
    return found[0] if found else None


_PATH = "/v1/payment_method_domains"
ROUTES = (
    Route("POST", _PATH, create, "PaymentMethodDomainCreateParams"),
    Route("GET", _PATH, listing, "PaymentMethodDomainListParams"),
    Route("GET", f"{_PATH}/<domain>", retrieve, "PaymentMethodDomainRetrieveParams"),
    Route("POST", f"{_PATH}/<domain>", update, "PaymentMethodDomainUpdateParams"),
)
