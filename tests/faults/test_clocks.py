"""One machine's clock is wrong. Fault 14. On SQLite there is one machine, and its clock is the database's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.actors import BUYER, Merchant, until
from webapp.db import models

if TYPE_CHECKING:
    from tests.faults.actors import Gateway, Product


def test_a_worker_whose_clock_is_wrong_stops_and_says_so_and_one_that_is_a_little_ahead_works_by_the_database_s(
    product: Product, merchant: Merchant, gateway: Gateway
) -> None:
    if not product.database.is_postgresql:
        pytest.skip("one machine, one clock")
    merchant.orders(f"10 EUR {BUYER} ORDER=CLOCK")
    product.is_idle()
    product.world.worker.stop()
    for seconds, words in ((8 * 86400, "ahead of"), (600, "ahead of"), (-600, "behind")):
        wrong = product.worker_of_another_time(seconds)
        wrong.start()
        until(lambda wrong=wrong: wrong.ended is not None, "a worker with a wrong clock ends")
        assert wrong.ended == 3
        assert f"s {words} the database's" in wrong.last_words()
    near = product.worker_of_another_time(30)
    near.start()
    seen = {beat.worker for beat in product.rows(models.Heartbeat)}
    until(lambda: {beat.worker for beat in product.rows(models.Heartbeat)} - seen, "the other works")
    assert near.ended is None
    assert product.order("CLOCK").state == "open"
    product.world.worker.start()
    product.tells_the_truth()
