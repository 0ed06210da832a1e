"""Two who act at the same moment. Faults 10 and 11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.actors import WORKS, Merchant
from tests.faults.actors import CONFIRM, TRUTHFUL, Buyer, at_once, meanwhile, somebody
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Gateway, Office, Product

ROUNDS = 12


def test_two_devices_that_pay_at_the_same_moment_pay_once_and_both_are_told_so(
    merchant: Merchant, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {somebody()} ORDER=DEVICES")
    both = [Buyer(product.world, gateway).opens(link).fills(WORKS) for _ in range(2)]
    at_once(*(buyer.sends for buyer in both))
    for buyer in both:
        buyer.is_told_the_truth().finds("Paid")
    gateway.took(1000)
    product.tells_the_truth()


def test_fifty_posts_at_once_against_two_web_processes_make_one_charge_and_one_intent(
    merchant: Merchant, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {somebody()} ORDER=FIFTY")
    crowd = [Buyer(product.world, gateway).opens(link).fills(WORKS) for _ in range(50)]
    at_once(*(buyer.sends for buyer in crowd))
    for buyer in crowd:
        buyer.is_told_the_truth()
    crowd[0].finds("Paid")
    gateway.took(1000)
    assert len([it for it in gateway.ledger()["intents"] if it["metadata"]["reference"] == "FIFTY"]) == 1
    product.tells_the_truth()


def test_an_order_that_is_cancelled_while_it_is_paid_is_one_of_the_two(
    merchant: Merchant, gateway: Gateway, product: Product, office: Office
) -> None:
    gateway.fails("slow", CONFIRM, seconds=0.3, times=ROUNDS // 2)
    for number in range(ROUNDS):
        link, _ = merchant.orders(f"10 EUR {somebody()} ORDER=CANCEL{number}")
        buyer, order = Buyer(product.world, gateway).opens(link).fills(WORKS), product.order(f"CANCEL{number}")
        at_once(buyer.sends, lambda order=order: office.cancels(order))  # type: ignore[misc]
    product.page_is_left()
    product.is_idle()
    assert {order.state for order in named(product, "CANCEL")} <= {"paid", "cancelled"}
    product.tells_the_truth()


def test_an_order_that_expires_while_it_is_paid_is_one_of_the_two(
    merchant: Merchant, gateway: Gateway, product: Product
) -> None:
    product.clock.passes(days=-7)
    buyers = []
    for number in range(ROUNDS // 2):
        link, _ = merchant.orders(f"10 EUR {somebody()} ORDER=EXPIRE{number}")
        buyers.append(Buyer(product.world, gateway).opens(link).fills(WORKS))
        gateway.fails("slow", CONFIRM, seconds=3 + number / 4)
    paying = [meanwhile(buyer.sends) for buyer in buyers]
    gateway.hangs(but_for=len(buyers) - 1)
    product.clock.returns()
    assert {each.result(60).status for each in paying} <= set(TRUTHFUL)
    product.page_is_left()
    product.is_idle()
    assert {order.state for order in named(product, "EXPIRE")} <= {"paid", "expired"}
    product.tells_the_truth()


def named(product: Product, beginning: str) -> list[models.Order]:
    """The orders whose reference begins so."""
    return [order for order in product.rows(models.Order) if order.reference.startswith(beginning)]
