"""kill -9 at the worst moment: between the gateway and the commit, between the commit and the callback, between the receiver's
answer and our note of it. Faults 1, 2 and 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.actors import BUYER, WORKS, Backend, Merchant, until
from tests.faults.actors import CHARGE, CHECKING, CONFIRM, REFUND, REFUSALS, behaves, meanwhile, somebody
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Buyer, Gateway, Office, Product


@pytest.mark.parametrize("worker_too", [False, True], ids=["the worker lives", "the worker dies too"])
def test_killed_between_the_charge_and_the_commit_a_payment_is_found_and_made_once(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product, backend: Backend, *, worker_too: bool
) -> None:
    order = f"KILLED-{worker_too}"
    link, confirmation = merchant.orders(f"10 EUR {BUYER} REGISTER buyer@example.com ORDER={order}")
    gateway.loses_webhooks()
    gateway.fails("timeout_after", CONFIRM, seconds=15)
    buyer.opens(link)
    paying = meanwhile(lambda: buyer.pays(WORKS))
    gateway.took(1000)
    product.dies(product.world.app, *([product.world.worker] if worker_too else []))
    assert paying.exception(30)
    product.lives()
    buyer.opens(link).sees(CHECKING)
    product.page_is_left()
    assert backend.hears_of(order)["alias"]
    merchant.hears(confirmation, "saved")
    buyer.finds("Paid")
    assert len(gateway.asked(CONFIRM)) == 1
    product.tells_the_truth()


def test_a_worker_killed_in_a_charge_without_the_buyer_finds_it_and_does_not_repeat_it(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product, backend: Backend
) -> None:
    link, confirmation = merchant.orders(f"10 EUR {somebody()} REGISTER buyer@example.com ORDER=CARD")
    buyer.opens(link).pays(WORKS).sees("Paid")
    gateway.loses_webhooks()
    gateway.fails("timeout_after", CHARGE, seconds=15)
    merchant.texts("CHARGE 5 EUR", reply_to=confirmation)
    gateway.took(500, 1000)
    product.dies(product.world.worker)
    product.lease_ends(models.Attempt)
    product.lives()
    alias = product.order("CARD").alias_id
    until(lambda: [told for told in backend.log() if told["charged_alias"] == alias], "the callback of the charge")
    gateway.took(500, 1000)
    product.tells_the_truth()


def test_a_worker_killed_in_a_charge_that_did_not_reach_the_gateway_makes_it_once_with_the_same_key(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product, backend: Backend
) -> None:
    link, confirmation = merchant.orders(f"10 EUR {somebody()} REGISTER buyer@example.com ORDER=LOST")
    buyer.opens(link).pays(WORKS).sees("Paid")
    gateway.fails("timeout_before", CHARGE, seconds=3)
    merchant.texts("CHARGE 5 EUR", reply_to=confirmation)
    gateway.hangs()
    product.dies(product.world.worker)
    product.lease_ends(models.Attempt)
    product.lives()
    gateway.took(500, 1000)
    gateway.was_asked(CHARGE, 3)  # the order's own intent, the try that was lost, the try that was made
    assert len({call["idempotency_key"] for call in gateway.asked(CHARGE)}) == 2
    product.tells_the_truth()


def test_a_worker_killed_in_a_refund_finds_it_and_does_not_repeat_it(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, office: Office, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=BACK")
    buyer.opens(link).pays(WORKS).sees("Paid")
    gateway.loses_webhooks()
    gateway.fails("timeout_after", REFUND, seconds=15)
    office.refunds(product.order("BACK"), "4")
    gateway.gave_back(400)
    product.dies(product.world.worker)
    product.lease_ends(models.Refund)
    product.lives()
    product.comes_to("partially_refunded", "BACK")
    assert len(gateway.asked(REFUND)) == 1
    product.tells_the_truth()


def test_killed_between_the_commit_and_the_callback_the_backend_is_told_after_the_restart(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product, backend: Backend
) -> None:
    link, confirmation = merchant.orders(f"10 EUR {BUYER} ORDER=COMMITTED")
    gateway.loses_webhooks()
    product.is_idle()
    product.dies(product.world.worker)
    buyer.opens(link).pays(WORKS).sees("Paid")
    product.dies(product.world.app)
    assert "COMMITTED" not in [told["reference"] for told in backend.log()]
    product.lives()
    assert backend.hears_of("COMMITTED")["copies"] == 1
    merchant.hears(confirmation, "Paid")
    product.tells_the_truth()


def test_killed_between_the_receiver_s_200_and_its_note_the_same_callback_comes_again_and_is_applied_once(
    merchant: Merchant, buyer: Buyer, product: Product, backend: Backend
) -> None:
    behaves(product.world, {"kind": "status", "status": 500, "times": REFUSALS})
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=TWICE")
    buyer.opens(link).pays(WORKS).sees("Paid")
    product.is_refused("TWICE")
    behaves(product.world, {"kind": "slow", "seconds": 12})
    product.tells_again("TWICE")
    product.pauses(product.world.worker)
    behaves(product.world, None)
    first = backend.hears_of("TWICE")
    product.dies(product.world.worker)
    product.lease_ends(models.Callback)
    product.lives()
    until(lambda: backend.hears_of("TWICE")["copies"] == 2, "the callback comes again")
    assert backend.hears_of("TWICE")["id"] == first["id"]
    product.tells_the_truth()
