"""What is about people is kept for as long as it is declared to be, and no longer."""

from __future__ import annotations

import pytest

from tests.kit import Post, Shop
from tests.services.payments import erased, retained
from tests.services.payments.test_erasure import books, knows
from webapp.db import models, personal
from webapp.domain.retention import Kept
from webapp.services.payments import aliases, refunds


def revoke_all(shop: Shop) -> None:
    for alias in shop.all(models.Alias):
        aliases.revoke(shop.as_operator(), shop.id, alias.id)
    shop.drain()


@pytest.mark.both_databases
def test_of_a_life_at_the_shop_nothing_is_left_but_the_books(shop: Shop, post: Post) -> None:
    buyer = erased.lives(shop)
    revoke_all(shop)
    shop.later(days=8)  # the links end
    customer, before = shop.one(models.Buyer, models.Buyer.id == buyer).customer, books(shop)
    shop.later(days=1094)
    assert {"phone", erased.EMAIL, erased.USER_ID} <= erased.traces(shop).keys()
    shop.later(days=10)
    assert erased.traces(shop) == {}
    assert books(shop) == before
    assert not knows(shop, customer)
    done = shop.one(models.Erasure, models.Erasure.id == buyer)
    assert (done.stage, done.actor_kind, done.sought) == ("done", "clock", None)


@pytest.mark.both_databases
def test_whatever_is_declared_personal_of_buyers_is_gone_after_its_time(shop: Shop, post: Post) -> None:
    erased.lives(shop)
    refunds.request(shop.as_operator(), shop.id, shop.one(models.Order, models.Order.reference == "A2").id, None)
    revoke_all(shop)
    shop.later(days=8)
    marks = retained.fill(shop)
    declared = {f"{table}.{column}" for table, columns in personal.OF_BUYERS.items() for column in columns}
    of_times = {"buyers.stopped_at", "idempotent_requests.status", "erasures.sought", "erasures.error"}
    assert set(marks.values()) == declared - of_times
    assert retained.left(shop, marks) == set(marks.values())
    shop.later(days=31)
    for days in (60, 90, 550, 366):
        shop.later(days=days)
    assert retained.left(shop, marks) == set()
