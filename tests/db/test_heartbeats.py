"""The signs of life of the worker's queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.db import heartbeats, models

if TYPE_CHECKING:
    from tests.kit import Shop


def beat(shop: Shop, worker: str, queue: str) -> None:
    with shop.context.database.write() as session:
        heartbeats.beat(session, worker, queue, shop.clock())


def test_the_last_beat_of_any_worker_counts_for_each_queue_by_itself(shop: Shop) -> None:
    began = shop.clock()
    beat(shop, "one", "orders")
    beat(shop, "one", "messages")
    shop.clock.forward(seconds=15)
    beat(shop, "two", "orders")
    with shop.context.database.read() as session:
        assert heartbeats.last_heartbeats(session) == {"orders": shop.clock(), "messages": began}


def test_beats_of_workers_that_ended_long_ago_are_swept(shop: Shop) -> None:
    beat(shop, "old", "orders")
    shop.clock.forward(days=1, seconds=1)
    beat(shop, "new", "orders")
    beat(shop, "new", "orders")
    assert [row.worker for row in shop.all(models.Heartbeat)] == ["new"]
