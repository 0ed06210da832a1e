"""The gateway's webhooks, lost, repeated and out of order. Faults 4, 5 and 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.actors import ASKS_THE_BANK, BUYER, Merchant
from tests.faults.actors import at_once
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Buyer, Gateway, Product

HOOK = "/hooks/stripe/demo"


def test_a_payment_whose_every_webhook_is_lost_is_found_by_looking(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=UNHEARD")
    gateway.loses_webhooks()
    buyer.opens(link).pays(ASKS_THE_BANK).sees("Your bank asks for your confirmation")
    gateway.passes_the_bank("UNHEARD")
    product.clock.passes(seconds=35)
    buyer.finds("Paid")
    gateway.took(1000)
    product.tells_the_truth()


def test_one_event_a_hundred_times_at_once_is_acknowledged_each_time_and_moves_the_order_once(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=HUNDRED")
    gateway.holds_webhooks()
    buyer.opens(link).pays(ASKS_THE_BANK)
    gateway.passes_the_bank("HUNDRED")
    body, headers = gateway.event("payment_intent.succeeded")
    answers = at_once(*[lambda: product.post(HOOK, body, headers)] * 100)
    assert set(answers) == {200}
    buyer.finds("Paid")
    assert [event.kind for event in product.of("HUNDRED", models.OrderEvent)].count("paid") == 1
    assert len([row for row in product.rows(models.InboxEvent) if row.external_id.encode() in body]) == 1
    product.tells_the_truth()


@pytest.mark.parametrize("order", ["reverse", "shuffle"])
def test_events_out_of_order_and_repeated_the_refund_before_the_success_come_to_one_end(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product, order: str
) -> None:
    reference = order.upper()
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER={reference}")
    gateway.holds_webhooks()
    buyer.opens(link).pays(ASKS_THE_BANK)
    gateway.passes_the_bank(reference)
    gateway.refunds(reference, 400)
    answers = gateway.sends_held(order, repeat=10)
    assert len(answers) >= 40
    assert set(answers) == {"200"}
    product.comes_to("partially_refunded", reference)
    assert product.order(reference).refunded == 400
    product.tells_the_truth()
