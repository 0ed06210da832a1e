"""What a clerk may give back in a day: the shop's limit, which the verb itself keeps, whoever asks by whatever way."""

from __future__ import annotations

import pytest

from tests.kit import Shop
from webapp.db import models
from webapp.domain import actors
from webapp.domain.errors import Conflict
from webapp.domain.money import Money
from webapp.services.payments import refunds


def limit(shop: Shop, most: int | None) -> None:
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).clerk_refund_limit = most


def give(shop: Shop, order: str, cents: int, role: str = "clerk") -> models.Refund:
    who = shop.one(models.User, models.User.email == f"{role}@cafe.example").id
    context = shop.context.acting_as(actors.user(who))
    spoken = sum(each.amount for each in shop.all(models.Refund, models.Refund.order_id == order))
    return refunds.request(context, shop.id, order, Money(cents, "EUR"), answered=(f"refunded:{spoken}",))


def test_a_clerk_gives_back_no_more_in_a_day_than_the_shop_lets_one(shop: Shop) -> None:
    limit(shop, 8)
    first, second = shop.order(amount=1000), shop.order(amount=1000)
    for order in (first, second):
        shop.pay(order)
    give(shop, first, 500)
    with pytest.raises(Conflict) as refused:
        give(shop, second, 301)
    assert (refused.value.code, refused.value.details["left"]) == ("clerk_limit", Money(300, "EUR"))
    give(shop, second, 300)
    give(shop, second, 400, role="admin")
    shop.clock.forward(hours=13)  # the next day by the shop's clock, and not by UTC's
    give(shop, first, 500)


def test_without_a_limit_and_for_those_who_are_no_clerks_there_is_none(shop: Shop) -> None:
    order = shop.order(amount=1000)
    shop.pay(order)
    give(shop, order, 200)
    limit(shop, 0)
    refunds.request(shop.as_operator(), shop.id, order, Money(100, "EUR"), answered=("refunded:200",))
    with pytest.raises(Conflict):
        give(shop, order, 1)
