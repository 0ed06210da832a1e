"""What is printed of an object that holds a secret: a log, a traceback or a debugger shows it, and whoever reads that knows the secret."""

from __future__ import annotations

import dataclasses
import gc
import importlib
import pkgutil
import re
import types
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet
from pydantic import BaseModel

import webapp
from tests.kit import Shop, outside, settings, shop, test_gateway
from webapp import app as wiring
from webapp.db import models, pages
from webapp.mail.smtp import Envelope
from webapp.services.merchants import declarations
from webapp.services.orders import buyer_view

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CANARY = "canary0123456789abcdefghijklmnop"
SECRET = re.compile(
    r"(^|_)(secrets?|tokens?|passwords?|keys?|codes?|link|csrf|qr|chat_url|smtp_url|database_url|direct_url)$"
)
NONE = {
    "publishable_key": "every page shows it",
    "idempotency_key": "of a form, within its page",
    "Currency.code": "of a currency",
    "KeyField.secret": "whether it is one",
    "Place.key": "the key column of a table",
    "SealedRows.by_key": "counts",
    "Lease.token": "of a row that a worker has in hand",
    "Problem.code": "a word",
    "LineError.code": "a word",
    "LineProblem.code": "a word",
    "Details.postal_code": "of an address",
    "Declined.code": "the gateway's word",
    "Refused.code": "a word",
    "ServiceContext.chat_url": "where every chat opens",
    "Settings.whatsapp_chat_url": "the same",
    "PayPage.chat_url": "on every page",
}
"""What is called so and is no secret."""


def documents() -> Iterator[tuple[str, str, bool]]:
    """Each field of each class that prints its fields: the class, the field, and whether it is printed."""
    for module in pkgutil.walk_packages(webapp.__path__, "webapp."):
        if "migrations" not in module.name:
            importlib.import_module(module.name)
    for kind in [each for each in gc.get_objects() if isinstance(each, type)]:
        if not str(kind.__module__).startswith("webapp."):
            continue
        if dataclasses.is_dataclass(kind):
            yield from ((kind.__name__, field.name, field.repr) for field in dataclasses.fields(kind))
        elif issubclass(kind, BaseModel):
            yield from ((kind.__name__, name, field.repr) for name, field in kind.model_fields.items())


def test_no_field_that_is_called_a_secret_is_printed(database_url: str) -> None:
    found = {(f"{kind}.{name}", name): printed for kind, name, printed in documents() if SECRET.search(name)}
    assert len(found) > 20
    assert {path for (path, name), printed in found.items() if printed and not {path, name} & NONE.keys()} == set()


def reached(*roots: object) -> Iterator[object]:
    """All that hangs on them: attributes, what stands in lists, and what functions have in hand."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType | str | bytes | int):
            continue
        seen.add(id(one))
        yield one
        held = isinstance(one, dict | list | tuple | set | types.FunctionType | types.CellType | types.MethodType)
        if held or type(one).__module__.startswith(("webapp", "functools")):
            globals_ = one.__globals__ if isinstance(one, types.FunctionType) else None
            waiting += [each for each in gc.get_referents(one) if each is not globals_]


def test_nothing_that_holds_a_secret_prints_it(shop: Shop) -> None:
    """The settings and all that is made of them, a merchant's file and what becomes of it, a page and a letter."""
    made = settings(
        shop,
        secret_keys=(CANARY,),
        encryption_keys=(Fernet.generate_key().decode(),),
        oidc_metadata_url="https://id.example/x",
        oidc_client_id="ordo",
        oidc_client_secret=CANARY,
        smtp_url=f"smtp://ordo:{CANARY}@mail.example",
        smtp_from="a@mail.example",
        database_url=f"postgresql+psycopg://ordo:{CANARY}@127.0.0.1:1/ordo",
        database_direct_url=f"postgresql+psycopg://ordo:{CANARY}@127.0.0.1:1/ordo",
    )
    context = wiring.make_context(made)
    file = shop.declaration()
    file["gateway"] |= {"secret_key": f"sk_test_{CANARY}", "webhook_secrets": [f"whsec_{CANARY}"]}
    file["whatsapp"] |= dict.fromkeys(("access_token", "app_secret", "verify_token"), CANARY)
    file["endpoints"] = [{"url": "http://127.0.0.1:9/x", "secret": f"whsec_{CANARY}"}]
    declared = declarations.declared(file)
    assert declared.gateway
    provider = shop.context.providers.default
    account = provider.account(declared.gateway.model_dump(exclude={"provider"}), live=False)
    gateway = provider.connect(account)
    order = shop.order()
    link = shop.context.links.token(order, 1)
    view = buyer_view.by_link(shop.context, link)
    sealed = pages.opened(shop.context.database, order).merchant.gateway_secrets
    client = shop.context.whatsapp(shop.one(models.Merchant))
    letter = Envelope("ml_1", "a@b.example", "Café", "", "s", link, link, "fr", shop.clock())
    roots: list[Any] = [made, context, declared, account, gateway, view, client, letter, shop.context]
    printed = [repr(each) for each in reached(*roots) if type(each).__module__.startswith(("webapp", "functools"))]
    assert len(printed) > 20
    token = declarations.whatsapp_secrets(shop.context, shop.one(models.Merchant))["access_token"]
    for secret in (CANARY, made.encryption_keys[0], sealed, link, token, shop.account.secret_key):
        assert [each for each in printed if secret in each] == []
    assert [each for each in (str(made), f"{context}", f"{declared}") if CANARY in each] == []
