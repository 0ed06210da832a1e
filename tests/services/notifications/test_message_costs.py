"""What Meta says of each message's price is kept, and added up by order and by month."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from tests.kit import OPERATOR, Shop
from webapp.db import models
from webapp.domain import message_rates
from webapp.services.notifications import message_costs
from webapp.services.orders import merchant_view

RATES = message_rates.read({"currency": "EUR", "rates": {"FR": {"utility": "0.0300"}}})
UTILITY = {"billable": True, "pricing_model": "PMP", "category": "utility", "type": "regular"}
FREE = {"billable": False, "pricing_model": "PMP", "category": "service", "type": "free_customer_service"}


def told(shop: Shop, purpose: str, pricing: Any, word: str = "delivered") -> models.Message:
    (row,) = [row for row in shop.all(models.Message) if row.purpose == purpose]
    shop.status(row.wamid, word, pricing=pricing)
    found: models.Message = shop.one(models.Message, models.Message.id == row.id)
    return found


def test_the_price_that_a_status_names_is_kept_and_no_later_status_forgets_it(shop: Shop) -> None:
    shop.order(send=True)
    shop.drain()
    assert told(shop, "request", UTILITY, "sent").pricing == UTILITY
    assert told(shop, "request", None, "read").pricing == UTILITY


@pytest.mark.parametrize("odd", ["free", [], {}, {"billable": "yes"}, {"category": 7}])
def test_what_is_no_price_is_none(shop: Shop, odd: Any) -> None:
    shop.order(send=True)
    shop.drain()
    assert told(shop, "request", odd).pricing is None


def test_costs_of_an_order_and_of_its_month(shop: Shop) -> None:
    shop.context = dataclasses.replace(shop.context, rates=RATES)
    shop.hear("10 EUR +33612345678 ORDER=A12")
    shop.hear("HELP")
    told(shop, "request", UTILITY)
    told(shop, "confirmation", FREE)
    order = shop.one(models.Order).id
    cost = merchant_view.one(shop.context, shop.id, order).messages
    assert (cost.free, cost.billed, cost.unknown, cost.total) == (1, 1, 0, Decimal("0.0300"))
    total, by_order = message_costs.of_month(shop.context, shop.id, 2026, 11)
    assert (total.messages, total.unknown) == (3, 1)  # the answer to HELP: no status has come
    assert {each.reference: each.cost.messages for each in by_order} == {"A12": 2, None: 1}
    nothing, _ = message_costs.of_month(shop.context, shop.id, 2026, 12)
    assert nothing.messages == 0


def test_what_failed_costs_nothing(shop: Shop) -> None:
    order = shop.order(send=True)
    shop.drain()
    (row,) = shop.all(models.Message)
    shop.status(row.wamid, "failed", errors=[{"code": 131026, "title": "No"}])
    rows = merchant_view.one(shop.context, shop.id, order).messages
    assert rows.messages == len([each for each in shop.place.sent if each["to"] == OPERATOR])
