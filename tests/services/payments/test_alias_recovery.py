"""Cards that were saved after the backup that was restored: found at the gateway, charged by nobody until the buyer has agreed anew."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER
from webapp.db import models
from webapp.domain import ids
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict
from webapp.domain.money import Money
from webapp.services.payments import aliases, erasure, reconciliation

if TYPE_CHECKING:
    from tests.kit import Shop

FIVE = Money(500, "EUR")
OF_AN_ORDER = (
    models.Message,
    models.Mail,
    models.Callback,
    models.Consent,
    models.Attempt,
    models.OrderEvent,
)


def compare(shop: Shop) -> list[tuple[str, bool]]:
    found = reconciliation.compare(shop.context, shop.id, shop.clock() - timedelta(days=3650))
    return [(each.order, each.mended) for each in found]


def saved(shop: Shop, phone: str = BUYER) -> str:
    """An order that saved a card; all is told of it."""
    order = shop.order(Action.REGISTER_PAY, phone=phone)
    shop.pay(order)
    shop.drain()
    return order


def forget(shop: Shop, order: str, *, lost: bool) -> None:
    """As a backup has it: from before the payment, or (`lost`) from before the order and the buyer."""
    with shop.context.database.write() as session:
        row = session.get_one(models.Order, order)
        buyer = row.buyer_id
        row.state, row.intent, row.alias_id, row.closed_at, row.card = "open", None, None, None, None
        session.flush()
        session.query(models.Delivery).delete()
        for model in OF_AN_ORDER:
            session.query(model).filter(model.order_id == order).delete()
        session.query(models.Alias).filter(models.Alias.id == ids.alike("al", order)).delete()
        if lost:
            session.query(models.Reminder).filter(models.Reminder.id == order).delete()
            session.query(models.OrderSearch).filter(models.OrderSearch.order_id == order).delete()
            session.query(models.Order).filter(models.Order.id == order).delete()
            session.query(models.Buyer).filter(models.Buyer.id == buyer).delete()


@pytest.mark.both_databases
@pytest.mark.parametrize("lost", [False, True])
def test_a_forgotten_card_has_its_id_again_and_is_charged_once_its_buyer_has_agreed_anew(
    shop: Shop, *, lost: bool
) -> None:
    order = saved(shop)
    before, buyer = shop.one(models.Alias), shop.one(models.Buyer)
    forget(shop, order, lost=lost)
    assert compare(shop) == [(order, not lost)]
    assert compare(shop) == ([(order, False)] if lost else [])
    alias = shop.one(models.Alias)
    same = ("id", "merchant_id", "buyer_id", "customer", "payment_method_id", "brand", "last4", "fingerprint")
    assert [getattr(alias, name) for name in same] == [getattr(before, name) for name in same]
    again = shop.one(models.Buyer)
    assert (again.id, again.phone, again.email, again.customer) == (buyer.id, buyer.phone, buyer.email, buyer.customer)
    assert (alias.status, shop.all(models.Consent)) == ("unproven", [])
    shop.drain()
    asked = shop.one(models.Order, models.Order.renews_alias_id == alias.id)
    assert (asked.action, asked.state, shop.charges()) == ("REGISTER", "open", [1000])
    if not lost:
        with pytest.raises(Conflict, match="no_alias"):
            aliases.charge(shop.context, shop.id, order, FIVE)
    shop.pay(asked.id)
    alias = shop.one(models.Alias)
    assert (alias.id, alias.status, shop.one(models.Consent).order_id) == (before.id, "active", asked.id)
    aliases.charge(shop.context, shop.id, asked.id, FIVE)
    shop.drain()
    assert shop.charges() == [500, 1000]


def test_another_card_for_an_alias_is_found_by_the_alias_that_it_was_to_replace(shop: Shop) -> None:
    order = saved(shop)
    alias = shop.one(models.Alias).id
    asked = aliases.renew(shop.context, shop.id, alias).id
    shop.pay(asked, "mastercard")
    shop.drain()
    means = shop.one(models.Alias).payment_method_id
    with shop.context.database.write() as session:
        row = session.get_one(models.Alias, alias)
        row.payment_method_id, row.fingerprint = "pm_before", "of before"
        session.query(models.Consent).filter(models.Consent.order_id == asked).delete()
        session.query(models.Delivery).delete()
        for model in OF_AN_ORDER:
            session.query(model).filter(model.order_id == asked).delete()
        session.query(models.Reminder).filter(models.Reminder.id == asked).delete()
        session.query(models.OrderSearch).filter(models.OrderSearch.order_id == asked).delete()
        session.query(models.Order).filter(models.Order.id == asked).delete()
    assert (asked, False) in compare(shop)
    found = shop.one(models.Alias)
    assert (found.id, found.payment_method_id, found.status) == (alias, means, "unproven")
    assert shop.get(order).alias_id == alias


def test_a_card_to_which_a_consent_is_known_stays_what_it_was(shop: Shop) -> None:
    saved(shop)
    alias = shop.one(models.Alias).id
    second = saved(shop)
    assert shop.get(second).alias_id == alias
    with shop.context.database.write() as session:
        session.get_one(models.Alias, alias).payment_method_id = "pm_before"
    forget(shop, second, lost=False)
    compare(shop)
    found = shop.one(models.Alias)
    assert (found.status, shop.get(second).alias_id) == ("active", alias)
    assert found.payment_method_id != "pm_before"


def test_nobody_is_asked_for_a_card_that_the_gateway_keeps_no_more_and_none_is_kept_of_an_erased_buyer(
    shop: Shop,
) -> None:
    order = saved(shop)
    alias = shop.one(models.Alias)
    shop._stripe("POST", f"/v1/payment_methods/{alias.payment_method_id}/detach")
    forget(shop, order, lost=False)
    compare(shop)
    shop.drain()
    assert (shop.one(models.Alias).status, len(shop.all(models.Order))) == ("revoked", 1)
    other = saved(shop, phone="+33687654321")
    forget(shop, other, lost=False)
    with shop.context.database.write() as session:
        session.get_one(models.Order, other).state = "cancelled"
    erasure.erase(shop.context, shop.id, shop.get(other).buyer_id)
    compare(shop)
    shop.drain()
    assert [each.id for each in shop.all(models.Alias)] == [alias.id]
    assert not [each for each in shop.ledger()["payment_methods"] if each["customer"]]


def test_a_forgotten_card_goes_with_its_buyer_and_by_revocation(shop: Shop) -> None:
    order = saved(shop)
    forget(shop, order, lost=True)
    compare(shop)
    aliases.revoke(shop.context, shop.id, shop.one(models.Alias).id)
    shop.drain()
    assert (shop.one(models.Alias).status, shop.all(models.Order)) == ("revoked", [])
    assert not [each for each in shop.ledger()["payment_methods"] if each["customer"]]
