"""A merchant's buyers, listed and shown."""

from __future__ import annotations

import pytest

from tests.kit import BUYER, STRANGER, Shop, rival, saved
from webapp.db import buyer_lists, models
from webapp.domain.errors import NotFound
from webapp.services.orders import buyers, lifecycle
from webapp.services.payments import aliases


def test_buyers_are_listed_the_newest_first_with_what_they_have(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = saved(shop)
    lifecycle.cancel(shop.context, shop.id, shop.order())
    shop.clock.forward(minutes=1)
    other = shop.order(phone=STRANGER, email="other@example.com")
    found = buyers.listed(shop.context, shop.id, buyers.Search(), 10)
    assert [(each.buyer.phone, each.orders, each.aliases) for each in found] == [(STRANGER, 1, 0), (BUYER, 2, 1)]
    newest = found[0].buyer
    after = buyers.Search(after=(newest.created_at, newest.id))
    assert [each.buyer.phone for each in buyers.listed(shop.context, shop.id, after, 10)] == [BUYER]
    for search, wanted in (
        (buyers.Search(phone=BUYER), [BUYER]),
        (buyers.Search(phone="+33600000009"), []),
        (buyers.Search(email="other@example.com"), [STRANGER]),
        (buyers.Search(phone=BUYER, email="other@example.com"), []),
    ):
        assert [each.buyer.phone for each in buyers.listed(shop.context, shop.id, search, 10)] == wanted
    aliases.revoke(shop.context, shop.id, shop.get(order).alias_id or "")
    monkeypatch.setattr(buyer_lists, "MOST_COUNTED", 1)
    mine = buyers.get(shop.context, shop.id, shop.get(order).buyer_id)
    assert (mine.orders, mine.aliases, mine.erasure) == (1, 0, None)
    assert buyers.listed(shop.context, rival(shop).id, buyers.Search(), 10) == []
    with pytest.raises(NotFound):
        buyers.get(shop.context, "rival", shop.get(other).buyer_id)


def test_a_phone_is_found_in_the_form_in_which_it_was_kept(shop: Shop) -> None:
    shop.order(phone="+5511987654321")
    (found,) = buyers.listed(shop.context, shop.id, buyers.Search(phone="+551187654321"), 10)
    assert found.buyer.phone == "+5511987654321"


def test_a_buyer_is_found_by_the_phone_that_another_account_has_now(shop: Shop) -> None:
    buyer = shop.get(shop.order(phone="+5511987654321")).buyer_id
    with shop.context.database.write() as session:
        row = session.get_one(models.Buyer, buyer)
        row.phone, row.former_phone = None, row.phone
    (found,) = buyers.listed(shop.context, shop.id, buyers.Search(phone="+551187654321"), 10)
    assert found.buyer.id == buyer
