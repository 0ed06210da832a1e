"""A database that is gone in mid-request, one that stands still, and one that has lost an hour. Faults 12 and 20."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.actors import ASKS_THE_BANK, BUYER, WORKS, Merchant
from tests.faults.actors import CONFIRM, meanwhile
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Buyer, Gateway, Office, Product

HOOK = "/hooks/stripe/demo"
ORDERS = {"BEFORE": "", "CARD": "REGISTER buyer@example.com", "BANK": "", "OPEN": ""}


def test_without_the_database_pages_answer_503_webhooks_are_not_acknowledged_and_all_recovers_by_itself(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=GONE")
    buyer.opens(link).fills(WORKS)
    product.is_idle()
    gateway.fails("slow", CONFIRM, seconds=3)
    paying = meanwhile(buyer.sends)
    gateway.hangs()
    with product.database.down():
        assert paying.result(60).status == 503
        gateway.took(1000)
        assert product.post(HOOK, *gateway.event("payment_intent.succeeded")) == 503
        message = merchant.texts(f"12 EUR {BUYER} ORDER=MEANWHILE")
    assert "MEANWHILE" in merchant.answer(message)["text"]
    product.page_is_left()
    buyer.finds("Paid")
    product.tells_the_truth()


def test_an_hour_old_backup_catches_up_with_what_became_of_every_try_and_refund_and_nothing_is_made_twice(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, office: Office, product: Product
) -> None:
    links = {name: merchant.orders(f"10 EUR {BUYER} {what} ORDER={name}")[0] for name, what in ORDERS.items()}
    for name in ("BEFORE", "CARD"):
        buyer.opens(links[name]).pays(WORKS).sees("Paid")
    buyer.opens(links["BANK"]).pays(ASKS_THE_BANK).sees("Your bank asks")
    product.is_idle(but_for="try")
    product.dies(product.world.worker)
    office.refunds(product.order("BEFORE"), "4")
    office.charges_again(product.order("CARD"), "5")
    product.database.backs_up()
    product.lives()
    gateway.passes_the_bank("BANK")
    buyer.opens(links["OPEN"]).pays(WORKS).sees("Paid")
    merchant.orders(f"10 EUR {BUYER} ORDER=LATER")
    product.comes_to("paid", "BANK")
    product.is_idle()
    product.forgets()
    product.lease_ends(models.Attempt)
    product.comes_to("paid", "BANK")
    product.comes_to("partially_refunded", "BEFORE")
    buyer.opens(links["OPEN"]).pays(WORKS).sees("Paid")
    gateway.took(500, 1000, 1000, 1000, 1000)
    gateway.gave_back(0, 0, 0, 0, 400)
    again = [order.reference for order in product.rows(models.Order)]
    assert "LATER" not in again
    product.tells_the_truth(told_again=again)


def test_a_transaction_that_stands_still_keeps_nobody_waiting_for_ever(
    merchant: Merchant, buyer: Buyer, product: Product
) -> None:
    """As a worker leaves it that is paused, or whose machine is cut off, between two statements."""
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=LOCKED")
    buyer.opens(link).fills(WORKS)
    product.is_idle()
    with product.database.locked(product.order("LOCKED").id):
        assert buyer.sends().status == 503
    buyer.opens(link).pays(WORKS).sees("Paid")
    product.tells_the_truth()


def test_an_order_paid_since_the_backup_is_found_to_be_paid_though_the_buyer_never_comes_back(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    """By the daily sweep, which is due when a backup is restored that is older than a day."""
    product.clock.passes(hours=-25)
    product.applies()
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=FORGOTTEN")
    product.is_idle()
    product.database.backs_up()
    product.clock.returns()
    buyer.opens(link).pays(WORKS).sees("Paid")
    product.is_idle()
    product.forgets()
    product.comes_to("paid", "FORGOTTEN")
    gateway.took(1000)
    product.tells_the_truth(told_again=["FORGOTTEN"])
