"""What the people of a shop have to look at, until they have."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.kit import Shop
from tests.kit.orders import paid, types
from webapp.db import models
from webapp.domain.errors import Conflict, NotFound
from webapp.domain.money import Money
from webapp.domain.statuses import CallbackState
from webapp.domain.timeline import EventKind
from webapp.services.monitoring import attention
from webapp.services.payments import refunds


def test_an_order_whose_refund_failed_is_named_until_somebody_has_looked(shop: Shop) -> None:
    order = paid(shop, card="createDispute")
    shop.drain()
    assert attention.of_merchant(shop.context, shop.id).is_empty
    refunds.request(shop.context, shop.id, order, Money(300, "EUR"))
    shop.drain()
    found = attention.of_merchant(shop.context, shop.id)
    assert [each.id for each in found.alarmed] == [order]
    assert found.why[order].kind is EventKind.REFUND_FAILED
    attention.looked_at(shop.context, shop.id, order)
    assert attention.of_merchant(shop.context, shop.id).is_empty
    assert shop.kinds(order)[-1] == "looked_at"
    with pytest.raises(Conflict):
        attention.looked_at(shop.context, shop.id, order)
    with pytest.raises(NotFound):
        attention.looked_at(shop.context, "another", order)


def test_more_than_are_named_are_said_to_be_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "NAMED", 2)
    made = [shop.order(reference=f"R{number}") for number in range(3)]
    for number, order in enumerate(made):
        with shop.context.database.write() as session:
            session.get_one(models.Order, order).alarmed_at = shop.clock() + timedelta(minutes=number)
    found = attention.of_merchant(shop.context, shop.id)
    assert ([each.id for each in found.alarmed], found.more) == ([made[2], made[1]], True)


def test_money_that_goes_back_soon_endpoints_and_callbacks_are_named(shop: Shop) -> None:
    held = paid(shop, manual_capture=True)
    shop.drain()
    assert attention.of_merchant(shop.context, shop.id).holds == []
    with shop.context.database.write() as session:
        session.get_one(models.Order, held).capture_before = shop.clock() + timedelta(hours=47)
        endpoint = session.query(models.Endpoint).first()
        assert endpoint is not None
        endpoint.disabled_at, endpoint.disabled_why = shop.clock(), "gone"
        for callback in session.query(models.Callback):
            callback.state = CallbackState.FAILED
    found = attention.of_merchant(shop.context, shop.id)
    assert [each.id for each in found.holds] == [held]
    assert [each.disabled_why for each in found.disabled] == ["gone"]
    assert found.failed_callbacks == len(types(shop, held)) > 0
