"""Secrets at rest: sealed with every key's newest, opened at the place for which they were sealed and at no other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet

from tests.kit import Shop, outside, rival, settings, shop, test_gateway
from webapp import app as wiring
from webapp.db import models, work
from webapp.services.accounts import operators
from webapp.services.merchants import declarations
from webapp.services.notifications import notify
from webapp.services.runtime.sealing import CannotOpen, Sealer
from webapp.services.webhooks import deliveries

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["outside", "shop", "test_gateway"]

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = {"secret_key": "sk_test_1", "webhook_secrets": ["whsec_1"], "access_token": "t", "n": [1, None, "é"]}


def test_a_document_opens_at_its_own_place_and_at_no_other() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal(SECRET, "cafe/gateway")
    assert sealer.open(sealed, "cafe/gateway") == SECRET
    for other in ("rival/gateway", "cafe/whatsapp", "cafe", "", "CAFE/gateway"):
        with pytest.raises(CannotOpen):
            sealer.open(sealed, other)


def test_a_rotation_of_keys_loses_nothing_and_a_dropped_key_opens_nothing() -> None:
    sealed = Sealer([OLD]).seal(SECRET, "cafe/gateway")
    assert Sealer([NEW, OLD]).open(sealed, "cafe/gateway") == SECRET
    with pytest.raises(CannotOpen):
        Sealer([NEW]).open(sealed, "cafe/gateway")
    with pytest.raises(CannotOpen):
        Sealer([OLD]).open(Sealer([NEW, OLD]).seal(SECRET, "cafe/gateway"), "cafe/gateway")


def test_what_stands_for_a_value_tells_neither_value_nor_place_and_differs_by_both_and_by_key() -> None:
    sealer, blind = Sealer([NEW]), Sealer([NEW]).blind("+33612345678", "limits/join")
    assert (sealer.blind("+33612345678", "limits/join"), len(blind)) == (blind, 32)
    others = {
        sealer.blind("+33612345679", "limits/join"),
        sealer.blind("+33612345678", "limits/chat"),
        Sealer([OLD]).blind("+33612345678", "limits/join"),
        sealer.blind("+33612345678", "limits"),
    }
    assert len(others | {blind}) == 5


def callback(shop: Shop) -> None:
    """The order backend is told of something."""
    shop.pay(shop.order())
    with shop.context.database.write() as session:
        lease, rows = work.claim(session, models.Callback, now=shop.clock(), lease=timedelta(seconds=60), limit=9)
    for row in rows:
        deliveries.deliver(shop.context, row, lease, notify.endpoint_disabled)
    assert rows


def gateway(shop: Shop) -> None:
    """The merchant's gateway, as the service is wired."""
    context = wiring.make_context(settings(shop))
    try:
        context.gateway(declarations.get(context, shop.id))
    finally:
        context.database.close()


# Each secret that a row holds, and who reads it.
READ: dict[str, tuple[type[Any], str, Callable[[Shop], object]]] = {
    "gateway": (models.Merchant, "gateway_secrets", gateway),
    "whatsapp": (
        models.Merchant,
        "whatsapp_secrets",
        lambda shop: declarations.whatsapp_secrets(shop.context, declarations.get(shop.context, shop.id)),
    ),
    "endpoint": (models.Endpoint, "secrets", callback),
    "invitation": (models.Operator, "sealed", lambda shop: operators.listed(shop.context, shop.id)),
}


def sealed(shop: Shop, name: str) -> tuple[str, str]:
    """The row's id and the secret of that name, as it is stored."""
    model, column, _ = READ[name]
    owner = model.id if model is models.Merchant else model.merchant_id
    row = next(row for row in shop.all(model, owner == shop.id) if getattr(row, column))
    return row.id, getattr(row, column)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", READ)
def test_a_secret_copied_from_another_merchant_or_column_is_useless(shop: Shop, name: str) -> None:
    other = rival(shop)
    for each in (shop, other):
        operators.invite(shop.context, each.id, "Noé", "fr")
    model, column, use = READ[name]
    use(shop)
    row, _ = sealed(shop, name)
    for copied in (sealed(other, name), *(sealed(shop, column) for column in READ if column != name)):
        with shop.context.database.write() as session:
            setattr(session.get_one(model, row), column, copied[1])
        with pytest.raises(CannotOpen):
            use(shop)
