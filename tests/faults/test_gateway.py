"""A gateway that does not answer, answers too late, or answers with errors. Faults 7, 8 and 9."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.actors import ASKS_THE_BANK, BUYER, WORKS, Merchant, until
from tests.faults.actors import CHARGE, CHECKING, CONFIRM, LOOK, meanwhile, somebody
from webapp.db import models
from webapp.services.payments.outcomes import POLL

if TYPE_CHECKING:
    from tests.faults.actors import Buyer, Gateway, Product

A_DAY_AND_MORE = {"hours": -25}  # the gateway has forgotten the key by then
LOOKS, SHORT = 6, 3  # looks in vain, and how many of them are followed by a wait of seconds
BUSY = "Too many people are paying at this moment"


@pytest.mark.parametrize("kind", ["timeout_after", "drop_after", "500_after"])
def test_an_answer_that_is_lost_after_the_charge_reads_checking_and_ends_in_one_charge(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product, kind: str
) -> None:
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=LOST-{kind}")
    gateway.loses_webhooks()
    gateway.fails(kind, CONFIRM, seconds=12)
    product.is_idle()
    product.dies(product.world.worker)  # who would be quick to find out
    buyer.opens(link).pays(WORKS).sees(CHECKING)
    assert buyer.status == 202
    buyer.opens(link).sees(CHECKING)
    product.lives()
    buyer.finds("Paid")
    assert len(gateway.asked(CONFIRM)) == 1
    gateway.took(1000)
    product.tells_the_truth()


def test_a_request_that_was_lost_a_day_ago_is_looked_up_and_not_repeated_and_the_buyer_can_pay(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    product.clock.passes(**A_DAY_AND_MORE)
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=YESTERDAY")
    gateway.fails("timeout_before", CONFIRM, seconds=3)
    buyer.opens(link).fills(WORKS)
    paying = meanwhile(buyer.sends)
    gateway.hangs()
    product.dies()
    assert paying.exception(30)
    product.clock.returns()
    product.lives()
    buyer.finds("Your card")
    assert gateway.asked(LOOK)
    assert len(gateway.asked(CONFIRM)) == 1
    buyer.pays(WORKS).sees("Paid")
    gateway.took(1000)
    product.tells_the_truth()


def test_a_replayed_500_is_looked_up_and_then_made_once_under_a_second_key(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    link, confirmation = merchant.orders(f"10 EUR {somebody()} REGISTER buyer@example.com ORDER=REPLAYED")
    buyer.opens(link).pays(WORKS).sees("Paid")
    product.is_idle()
    gateway.fails("500", CHARGE)
    looked = len(gateway.asked("GET /v1/payment_intents"))
    merchant.texts("CHARGE 5 EUR", reply_to=confirmation)
    gateway.was_asked(CHARGE, 4)
    product.is_idle()
    assert [call["replayed"] for call in gateway.asked(CHARGE)] == [0, 0, 1, 0]
    assert len(gateway.asked("GET /v1/payment_intents")) > looked
    gateway.took(500, 1000)
    product.tells_the_truth()


def test_in_a_storm_of_errors_nothing_is_taken_and_said_to_fail_and_the_order_is_paid_once_afterwards(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=STORM")
    gateway.loses_webhooks()
    for kind, match in (("429", CHARGE), ("500", CHARGE), ("429", CONFIRM)):
        gateway.fails(kind, match)
        buyer.opens(link).pays(WORKS).sees(BUSY).sees("No money was taken")
    gateway.fails("500", CONFIRM)
    buyer.opens(link).pays(WORKS).sees(CHECKING)
    product.page_is_left()
    buyer.finds("Your card").pays(WORKS).sees("Paid")
    gateway.took(1000)
    product.tells_the_truth()


def test_a_storm_that_hides_the_truth_is_looked_into_more_and_more_seldom(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {BUYER} ORDER=HIDDEN")
    gateway.loses_webhooks()
    buyer.opens(link).pays(ASKS_THE_BANK)
    gateway.passes_the_bank("HIDDEN")
    before = len(gateway.asked(LOOK))
    for kind in ("429", "500"):
        gateway.fails(kind, LOOK, times=LOOKS // 2)
    product.clock.passes(seconds=31)
    next_looks = []
    for number, wait in enumerate(POLL[:LOOKS], start=1):
        attempt = until(lambda number=number: tried(product, "HIDDEN", number), f"look {number}")
        next_looks.append(attempt.due_at)
        product.clock.passes(seconds=wait)
    buyer.finds("Paid")
    for (sooner, later), wait in zip(pairwise(next_looks[SHORT:]), POLL[SHORT + 1 : LOOKS], strict=True):
        assert later - sooner >= timedelta(seconds=wait)
    assert len(gateway.asked(LOOK)) == before + LOOKS + 1
    product.tells_the_truth()


def tried(product: Product, reference: str, times: int) -> models.Attempt | None:
    """The order's try, when it was looked up so often and waits for the next time; where it waits for seconds only, that may be
    over before we see it."""
    (attempt,) = product.of(reference, models.Attempt)
    seen = attempt.tries >= times if times <= SHORT else attempt.tries == times
    return attempt if seen and attempt.lease is None else None
