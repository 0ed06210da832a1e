"""The worker's loop: does what is due with real threads, one row's failure stops no other, and it ends when told."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.e2e.actors import until
from webapp.db import models
from webapp.domain.actions import Action
from webapp.jobs.worker import Kind, Worker
from webapp.services import notify

if TYPE_CHECKING:
    from tests.kit import Shop
    from webapp.db import work
    from webapp.services.kit import Kit


def at_work(shop: Shop, carry_out: Any) -> tuple[Worker, threading.Thread]:
    """A worker whose only kind of work is messages, on a thread of its own."""
    worker = Worker(shop.kit, (Kind(models.Message, carry_out, threads=2, lease=timedelta(seconds=60)),))
    thread = threading.Thread(target=worker.run)
    thread.start()
    return worker, thread


def test_every_due_row_is_handed_over_once_and_a_failing_one_stops_no_other(shop: Shop) -> None:
    for _ in range(5):
        shop.order(Action.PAYMENT)
    with shop.kit.database.write() as session:
        for order in session.query(models.Order).all():
            shop_request(shop, session, order)
    seen: list[str] = []

    def carry_out(_kit: Kit, message: models.Message, _lease: work.Lease) -> None:
        seen.append(message.id)
        if len(seen) == 1:
            raise RuntimeError("this one breaks")

    worker, thread = at_work(shop, carry_out)
    try:
        expected = len(shop.all(models.Message))
        until(lambda: len(seen) >= expected, "all messages are handed over")
    finally:
        worker.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert len(seen) == len(set(seen)) == expected
    assert [beat.worker for beat in shop.all(models.Beat)] == [worker.name]


def shop_request(shop: Shop, session: Any, order: models.Order) -> None:
    """Queue the order's link."""
    notify.request(session, shop.kit, session.get_one(models.Merchant, order.merchant_id), order)
