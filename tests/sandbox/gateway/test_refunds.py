from __future__ import annotations

import pytest
import stripe

from tests.sandbox.gateway.conftest import Gateway


def test_money_goes_back_in_parts_and_never_more_than_was_taken(gateway: Gateway, shop: stripe.StripeClient) -> None:
    paid = gateway.confirm(gateway.payment().id)
    part = shop.v1.refunds.create({"payment_intent": paid.id, "amount": 400})
    assert (part.status, part.amount) == ("succeeded", 400)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        shop.v1.refunds.create({"payment_intent": paid.id, "amount": 601})
    assert shop.v1.refunds.create({"payment_intent": paid.id}).amount == 600
    charge = shop.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1000, True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"payment_intent": paid.id})
    assert caught.value.code == "charge_already_refunded"


def test_what_was_not_paid_is_not_refunded(gateway: Gateway, shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.refunds.create({"payment_intent": gateway.payment().id})


def test_a_disputed_charge_is_told_and_cannot_be_refunded(gateway: Gateway, shop: stripe.StripeClient) -> None:
    paid = gateway.confirm(gateway.payment().id, "createDispute")
    told = [event.type for event in shop.v1.events.list().data]
    assert {"charge.dispute.created", "charge.dispute.funds_withdrawn"} <= set(told)
    (dispute,) = shop.v1.disputes.list({"payment_intent": paid.id}).data
    assert (dispute.status, dispute.amount) == ("needs_response", 1000)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"payment_intent": paid.id})
    assert caught.value.code == "charge_disputed"
