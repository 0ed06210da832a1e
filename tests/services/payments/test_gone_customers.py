"""Customers and saved cards that were deleted in the gateway's own back office, within the day in which it still answers the key that made them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER, CONSENT, DECLINED, WORKS, Shop, buttons, meanwhile, saved, text, types
from webapp.db import models
from webapp.domain.errors import GatewayRefused, UnknownCustomer
from webapp.domain.money import Money
from webapp.services.payments import aliases, checkout

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.wording


def customer(shop: Shop) -> str:
    return str(shop.one(models.Buyer).customer)


def deleted(shop: Shop) -> str:
    """The buyer's customer is deleted at the gateway; its id."""
    gone = customer(shop)
    shop._stripe("DELETE", f"/v1/customers/{gone}")
    return gone


def refused(error: GatewayRefused) -> Callable[[], None]:
    def refuse() -> None:
        raise error

    return refuse


def test_a_buyer_whose_customer_was_deleted_pays_as_another_however_often_that_happens(shop: Shop) -> None:
    shop.pay(shop.order())
    for _ in range(3):
        gone, order = deleted(shop), shop.order()
        shop.pay(order)
        assert (shop.state(order), customer(shop) != gone) == ("paid", True)
    assert shop.charges() == [1000] * 4


@pytest.mark.both_databases
def test_two_orders_of_a_buyer_find_the_same_customer_in_the_place_of_the_deleted_one(shop: Shop) -> None:
    shop.pay(shop.order())
    gone = deleted(shop)
    one, two = shop.order(), shop.order()
    shop.pay(one)
    with shop.context.database.write() as session:  # as if both had been opened at once
        session.get_one(models.Buyer, shop.get(two).buyer_id).customer = gone
    now = {each["customer"] for each in shop.ledger()["intents"]} - {gone}
    shop.pay(two)
    assert {each["customer"] for each in shop.ledger()["intents"]} - {gone} == now == {customer(shop)}


def test_a_card_that_the_gateway_keeps_no_more_is_revoked_and_its_charge_refused_and_both_are_told(shop: Shop) -> None:
    source = saved(shop)
    deleted(shop)
    order = aliases.charge(shop.as_operator(), shop.id, source, Money(500, "EUR")).id
    before = len(shop.place.sent)
    shop.drain()
    assert (shop.state(order), shop.charges(), shop.one(models.Alias).status) == ("refused", [], "revoked")
    assert (types(shop, order), types(shop, source)[-1]) == (["order.refused"], "alias.revoked")
    told = str(shop.place.sent[before:])
    assert "the card is no longer saved at the payment provider" in told
    assert "cannot be charged again" in told
    assert "alarm" not in shop.kinds(order)


def test_a_card_that_was_detached_there_is_revoked_at_its_next_charge(shop: Shop) -> None:
    source = saved(shop)
    shop._stripe("POST", f"/v1/payment_methods/{shop.one(models.Alias).payment_method_id}/detach")
    order = aliases.charge(shop.context, shop.id, source, Money(500, "EUR")).id
    shop.drain()
    assert (shop.state(order), shop.one(models.Alias).status) == ("refused", "revoked")


def test_a_gateway_that_refuses_and_keeps_the_card_revokes_nothing(shop: Shop) -> None:
    order = aliases.charge(shop.context, shop.id, saved(shop), Money(500, "EUR")).id
    dataclasses.replace(shop, context=meanwhile(shop, "charge", before=refused(GatewayRefused("no")))).drain()
    assert (shop.state(order), shop.one(models.Alias).status) == ("refused", "active")


def test_a_buyer_who_chose_a_card_that_is_gone_is_told_and_may_take_another(shop: Shop) -> None:
    saved(shop)
    order = shop.order(reference="A12", language="en", send=True)
    shop.drain()
    (offer,) = shop.hear("PAY A12", sender=BUYER)
    shop._stripe("POST", f"/v1/payment_methods/{shop.one(models.Alias).payment_method_id}/detach")
    answers = shop.tap(offer, buttons(offer)[0], sender=BUYER)
    said = "\n".join(text(each) for each in answers if each["to"] == BUYER)
    assert "no longer saved" in said
    assert (shop.state(order), shop.get(order).declines, shop.charges()) == ("open", 0, [])
    assert shop.one(models.Alias).status == "revoked"


def test_an_intent_whose_customer_is_gone_is_cancelled_and_the_next_try_opens_another(shop: Shop) -> None:
    """Stripe lets no intent be confirmed for a customer that it knows no more; the sandbox does."""
    order = shop.order()
    shop.pay(order, DECLINED)
    first, gone = shop.get(order).intent, deleted(shop)
    context = meanwhile(shop, "submit", before=refused(UnknownCustomer("No such customer")))
    with pytest.raises(UnknownCustomer):
        checkout.start(context, order, checkout.Submission(shop.token(WORKS), False, CONSENT, ""))
    assert (shop.state(order), shop.get(order).intent, shop.attempts(order)[-1]) == ("open", None, "abandoned")
    shop.pay(order)
    assert (shop.state(order), shop.get(order).intent != first, customer(shop) != gone) == ("paid", True, True)
    assert (shop.charges(), "alarm" in shop.kinds(order)) == ([1000], False)
