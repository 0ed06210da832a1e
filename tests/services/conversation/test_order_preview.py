"""What a new order's buyer would be sent: as it would go, and nothing of another shop's buyers or of a link that there is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import BUYER, STRANGER, Shop, rival
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.channels import ChannelName
from webapp.domain.money import Money
from webapp.services.conversation import order_preview
from webapp.services.orders.lifecycle import Request

if TYPE_CHECKING:
    from webapp.services.conversation.order_preview import Preview

pytestmark = pytest.mark.wording
ASKED = Request(Action.PAYMENT, Money(1250, "EUR"), BUYER, "b@example.com", "2 pizzas")
WAYS = (ChannelName.WHATSAPP, ChannelName.EMAIL, None)


def preview(shop: Shop, way: ChannelName | None = ChannelName.WHATSAPP, **more: Any) -> Preview:
    return order_preview.preview(shop.context, shop.id, replace(ASKED, **more), way)


@pytest.mark.parametrize("way", WAYS)
def test_it_is_what_goes_that_way_alone_and_leads_nowhere(shop: Shop, way: ChannelName | None) -> None:
    found = preview(shop, way)
    said = {ChannelName.WHATSAPP: found.message is not None, ChannelName.EMAIL: found.letter is not None}
    assert said == {each: each is way for each in said}
    words = (found.message.text if found.message else "") + (found.letter.text() if found.letter else "")
    assert ("12,50" in words, "/p/ord_" in words, found.order.id in words) == (way is not None, False, False)


def test_where_nothing_is_taken_no_amount_stands_and_where_none_is_typed_it_is_left_open(shop: Shop) -> None:
    open_, none = (
        preview(shop, action=each, amount=None, reference="A12") for each in (Action.PAYMENT, Action.REGISTER)
    )
    assert open_.message
    assert none.message
    assert [order_preview.UNKNOWN in each.text for each in (open_.message, none.message)] == [True, False]


def test_a_buyer_is_known_to_their_own_shop_alone(shop: Shop) -> None:
    """Their language, and that they want no messages."""
    other = rival(shop)
    for each in (shop, other):
        each.order(phone=STRANGER)
    with shop.context.database.write() as session:
        for buyer in session.query(models.Buyer).where(models.Buyer.merchant_id == other.id):
            buyer.language, buyer.stopped_at = "de", shop.clock()
    assert [
        (found.t.language, found.stopped) for found in (preview(each, phone=STRANGER) for each in (shop, other))
    ] == [
        ("fr", False),
        ("de", True),
    ]
