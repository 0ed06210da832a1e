"""Every address of the gateway answers, and each answer has the fields and types that the SDK declares (`rig.judge`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sandbox.gateway.documented.rig import Shop, gateway, opened

V1 = "/v1"
ADDRESSES: dict[str, Callable[[Shop], Any]] = {
    "GET /account": lambda shop: shop.get(f"{V1}/account"),
    "GET /balance": lambda shop: shop.get(f"{V1}/balance"),
    "GET /charges": lambda shop: (shop.pay(), shop.get(f"{V1}/charges")),
    "GET /charges/<charge>": lambda shop: shop.charge(shop.pay()),
    "POST /charges/<charge>": lambda shop: shop.post(f"{V1}/charges/{shop.charge(shop.pay())['id']}", description="Tea"),
    "POST /confirmation_tokens": lambda shop: shop.token(),
    "GET /confirmation_tokens/<confirmation_token>": lambda shop: shop.get(f"{V1}/confirmation_tokens/{shop.ready_token()}"),
    "POST /test_helpers/confirmation_tokens": lambda shop: shop.ready_token(),
    "POST /customers": lambda shop: shop.customer(),
    "GET /customers": lambda shop: (shop.customer(), shop.get(f"{V1}/customers")),
    "GET /customers/search": lambda shop: (
        shop.customer(metadata={"a": "1"}),
        shop.get(f"{V1}/customers/search", query="metadata['a']:'1'"),
    ),
    "GET /customers/<customer>": lambda shop: shop.get(f"{V1}/customers/{shop.customer()}"),
    "POST /customers/<customer>": lambda shop: shop.post(f"{V1}/customers/{shop.customer()}", name="Léa"),
    "DELETE /customers/<customer>": lambda shop: shop.delete(f"{V1}/customers/{shop.customer()}"),
    "GET /customers/<customer>/payment_methods": lambda shop: shop.get(
        f"{V1}/customers/{shop.saved()['customer']}/payment_methods"
    ),
    "GET /customers/<customer>/payment_methods/<payment_method>": lambda shop: (
        kept := shop.saved(),
        shop.get(f"{V1}/customers/{kept['customer']}/payment_methods/{kept['id']}"),
    ),
    "GET /disputes": lambda shop: shop.dispute(),
    "GET /disputes/<dispute>": lambda shop: shop.again(shop.dispute()[1]),
    "POST /disputes/<dispute>": lambda shop: shop.post(
        f"{V1}/disputes/{shop.dispute()[1]['id']}", evidence={"product_description": "Tea"}
    ),
    "POST /disputes/<dispute>/close": lambda shop: shop.post(f"{V1}/disputes/{shop.dispute()[1]['id']}/close"),
    "GET /events": lambda shop: (shop.pay(), shop.events()),
    "GET /events/<event>": lambda shop: (shop.pay(), shop.get(f"{V1}/events/{shop.event('charge.succeeded')['id']}")),
    "POST /payment_intents": lambda shop: shop.payment(),
    "GET /payment_intents": lambda shop: (shop.pay(), shop.get(f"{V1}/payment_intents")),
    "GET /payment_intents/search": lambda shop: shop.get(f"{V1}/payment_intents/search", query="status:'succeeded'"),
    "GET /payment_intents/<intent>": lambda shop: shop.again(shop.pay()),
    "POST /payment_intents/<intent>": lambda shop: shop.post(f"{V1}/payment_intents/{shop.payment()['id']}", amount=900),
    "POST /payment_intents/<intent>/confirm": lambda shop: shop.confirm(shop.payment(), payment_method="pm_card_visa"),
    "POST /payment_intents/<intent>/capture": lambda shop: shop.post(
        f"{V1}/payment_intents/{shop.pay(capture_method='manual')['id']}/capture"
    ),
    "POST /payment_intents/<intent>/cancel": lambda shop: shop.post(f"{V1}/payment_intents/{shop.payment()['id']}/cancel"),
    "POST /payment_method_domains": lambda shop: shop.post(f"{V1}/payment_method_domains", domain_name="shop.example"),
    "GET /payment_method_domains": lambda shop: shop.get(f"{V1}/payment_method_domains"),
    "GET /payment_method_domains/<domain>": lambda shop: shop.again(
        shop.post(f"{V1}/payment_method_domains", domain_name="shop.example")
    ),
    "POST /payment_method_domains/<domain>": lambda shop: (
        made := shop.post(f"{V1}/payment_method_domains", domain_name="shop.example"),
        shop.post(f"{V1}/payment_method_domains/{made['id']}", enabled=False),
    ),
    "POST /payment_methods": lambda shop: shop.method(),
    "GET /payment_methods": lambda shop: shop.get(f"{V1}/payment_methods", customer=shop.saved()["customer"]),
    "GET /payment_methods/<payment_method>": lambda shop: shop.again(shop.method()),
    "POST /payment_methods/<payment_method>": lambda shop: shop.post(
        f"{V1}/payment_methods/{shop.saved()['id']}", metadata={"a": "1"}
    ),
    "POST /payment_methods/<payment_method>/attach": lambda shop: shop.saved(),
    "POST /payment_methods/<payment_method>/detach": lambda shop: shop.post(
        f"{V1}/payment_methods/{shop.saved()['id']}/detach"
    ),
    "POST /refunds": lambda shop: shop.refund(shop.pay()),
    "GET /refunds": lambda shop: (shop.refund(shop.pay()), shop.get(f"{V1}/refunds")),
    "GET /refunds/<refund>": lambda shop: shop.again(shop.refund(shop.pay())),
    "POST /refunds/<refund>": lambda shop: shop.post(
        f"{V1}/refunds/{shop.refund(shop.pay())['id']}", metadata={"a": "1"}
    ),
    "POST /refunds/<refund>/cancel": lambda shop: shop.tries(
        f"{V1}/refunds/{shop.refund(shop.pay())['id']}/cancel"
    ).refused(),
    "POST /setup_intents": lambda shop: shop.setup(),
    "GET /setup_intents": lambda shop: (shop.setup(), shop.get(f"{V1}/setup_intents")),
    "GET /setup_intents/<intent>": lambda shop: shop.again(shop.setup()),
    "POST /setup_intents/<intent>": lambda shop: shop.post(f"{V1}/setup_intents/{shop.setup()['id']}", description="Card"),
    "POST /setup_intents/<intent>/confirm": lambda shop: shop.confirm(shop.setup(), payment_method="pm_card_visa"),
    "POST /setup_intents/<intent>/cancel": lambda shop: shop.post(f"{V1}/setup_intents/{shop.setup()['id']}/cancel"),
    "POST /webhook_endpoints": lambda shop: shop.hook(),
    "GET /webhook_endpoints": lambda shop: (shop.hook(), shop.get(f"{V1}/webhook_endpoints")),
    "GET /webhook_endpoints/<endpoint>": lambda shop: shop.again(shop.hook()),
    "POST /webhook_endpoints/<endpoint>": lambda shop: shop.post(
        f"{V1}/webhook_endpoints/{shop.hook()['id']}", description="Orders"
    ),
    "DELETE /webhook_endpoints/<endpoint>": lambda shop: shop.delete(f"{V1}/webhook_endpoints/{shop.hook()['id']}"),
}  # fmt: skip
# What only the gateway's own frames ask, and no SDK has a type for.
FRAMES = {"GET /3ds2/challenge", "POST /3ds2/authenticate", "GET /elements/sessions"}


def test_every_address_answers_as_the_sdk_declares_it(tmp_path: Path) -> None:
    with gateway(tmp_path) as made, opened(made) as shop:
        known = {
            f"{method} {rule.rule.removeprefix(V1)}"
            for rule in shop.app.url_map.iter_rules()
            if rule.rule.startswith(f"{V1}/")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        }
        assert known == set(ADDRESSES) | FRAMES
        for ask in ADDRESSES.values():
            ask(shop)
