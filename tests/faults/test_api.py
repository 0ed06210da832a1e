"""An order backend that gets no answer, and asks again. Fault 23."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import requests

from tests.actors import WORKS
from tests.faults import truth
from tests.faults.actors import meanwhile, somebody
from webapp.db import models
from webapp.services.runtime import idempotency

if TYPE_CHECKING:
    from tests.actors import Merchant
    from tests.faults.actors import Buyer, Gateway, Product

AT_ONCE, ROUNDS = 10, 8


def test_killed_between_the_commit_and_the_answer_charges_that_are_asked_for_again_are_made_once(
    merchant: Merchant, buyer: Buyer, gateway: Gateway, product: Product
) -> None:
    link, _ = merchant.orders(f"10 EUR {somebody()} REGISTER buyer@example.com ORDER=SAVED")
    buyer.opens(link).pays(WORKS).sees("Paid")
    alias, token = product.order("SAVED").alias_id, truth.key_of_the_api(product.world)

    ordo = product.world.addresses.ordo

    def ask(amount: int) -> requests.Response:
        return requests.post(
            f"{ordo.server}/api/v1/aliases/{alias}/charge",
            json={"reference": f"AGAIN-{amount}", "amount": amount, "currency": "EUR"},
            headers={
                "Host": ordo.browser.removeprefix("http://"),
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": f"charge-{amount}",
            },
            timeout=60,
        )

    asked: list[int] = []
    for _ in range(ROUNDS):  # until one was killed between the two
        before = len(asked)
        asked += [500 + before + number for number in range(AT_ONCE)]
        waiting = [meanwhile(lambda amount=amount: ask(amount)) for amount in asked[before:]]  # type: ignore[misc]
        patience = time.monotonic() + 60
        while len(charges(product)) <= before + 1:  # without a rest: all are done in less than a second
            assert time.monotonic() < patience
        product.dies(product.world.app)
        assert [each for each in waiting if each.exception(60)]
        torn = unanswered(product)
        product.lives()
        if torn:
            break
    assert torn
    product.clock.passes(seconds=idempotency.LEASE.total_seconds() + 5)
    answers = [ask(amount) for amount in asked]
    assert {each.status_code for each in answers} == {201}
    assert {told["id"] for each in answers for told in [each.json()]} == {order.id for order in charges(product)}
    assert [each.json() for each in map(ask, asked)] == [each.json() for each in answers]
    product.lease_ends(models.Attempt)  # of a worker that could not write while so many did
    gateway.took(*asked, 1000)
    product.tells_the_truth()


def charges(product: Product) -> list[Any]:
    """What was placed."""
    return [order for order in product.rows(models.Order) if order.reference.startswith("AGAIN-")]


def unanswered(product: Product) -> set[str]:
    """The orders whose request has no answer."""
    left = {row.id for row in product.rows(models.IdempotentRequest, status=None)}
    return {order.id for order in charges(product) if order.idempotency_key in left}
