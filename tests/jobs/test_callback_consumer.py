"""The worker of callbacks with real threads: endpoints that hang leave the others theirs, and what came of each POST is recorded once."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.actors import until
from tests.jobs.backends import Backends, another_endpoint, told_by
from tests.jobs.working import LEASE, at_work
from tests.kit import rival
from webapp.callbacks.standard import new_secret
from webapp.db import callback_queue, models
from webapp.domain.errors import Unavailable
from webapp.jobs import callback_consumer, endpoint_slots
from webapp.jobs.queues import QUEUES
from webapp.jobs.worker import Worker
from webapp.services.webhooks import declared, endpoints, outbox, outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop
    from webapp.services.runtime.context import ServiceContext


@pytest.fixture
def backends() -> Backends:
    return Backends()


def worker(context: ServiceContext, threads: int = 16) -> Worker:
    kind = next(kind for kind in QUEUES if kind.model is models.Callback)
    return Worker(context, (dataclasses.replace(kind, threads=threads),))


def pending(shop: Shop, *where: Any) -> list[Any]:
    return shop.all(models.Callback, models.Callback.state == "pending", *where)


def held(shop: Shop) -> list[Any]:
    return shop.all(models.Callback, models.Callback.lease.is_not(None))


def pays(shop: Shop, count: int) -> list[str]:
    orders = [shop.order() for _ in range(count)]
    for order in orders:
        shop.pay(order)
    return orders


def test_an_endpoint_that_hangs_takes_one_thread_and_leaves_the_others_theirs(shop: Shop, backends: Backends) -> None:
    hangs, works = shop.one(models.Endpoint), another_endpoint(shop)
    backends.hanging.add(hangs.url)
    pays(shop, 8)
    with at_work(worker(told_by(shop, backends))):
        until(lambda: not pending(shop, models.Callback.endpoint_id == works.id), "the others are delivered")
        until(lambda: backends.at(hangs.url) == 1, "the one that hangs is told")
        assert [row.endpoint_id for row in held(shop)] == [hangs.id]
        backends.over.set()
        until(lambda: not pending(shop), "its own are delivered too")
    assert max(Counter(name for _url, name in backends.told).values()) == 1
    assert {row.tries for row in shop.all(models.Callback)} == {1}
    assert len(shop.all(models.Delivery)) == 16


def test_endpoints_that_all_hang_leave_a_merchant_of_whom_nothing_is_known_a_thread(
    shop: Shop, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint_slots, "HANGS", 0.2)
    monkeypatch.setattr(callback_consumer, "LOOK", 0.05)
    for port in range(1, 12):
        another_endpoint(shop, port)
    backends.hanging |= {each.url for each in shop.all(models.Endpoint)}
    pays(shop, 1)
    other = rival(shop)
    pays(other, 1)
    (told,) = shop.all(models.Endpoint, models.Endpoint.merchant_id == other.id)
    backends.hanging.discard(told.url)
    if told.url in {each.url for each in shop.all(models.Endpoint, models.Endpoint.merchant_id == shop.id)}:
        with shop.context.database.write() as session:
            session.get_one(models.Endpoint, told.id).url = "http://127.0.0.1:99/"
    with at_work(worker(told_by(shop, backends))):
        until(lambda: not pending(shop, models.Callback.merchant_id == other.id), "the other merchant's is delivered")
        assert len(held(shop)) <= 8  # a quarter of the threads for those that hang, another for new ones
        backends.over.set()
        until(lambda: not pending(shop), "all are")


def test_what_came_of_many_posts_is_recorded_in_one_transaction(
    shop: Shop, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_consumer, "LINGER", 10.0)
    for port in range(1, 4):
        another_endpoint(shop, port)
    pays(shop, 1)
    batches, real = [], outcomes.record

    def record(session: Any, context: Any, many: Any, disabled: Any) -> Any:
        batches.append(len(many))
        return real(session, context, many, disabled)

    monkeypatch.setattr(outcomes, "record", record)
    with at_work(worker(told_by(shop, backends))):
        until(lambda: not pending(shop), "all are delivered")
    assert batches == [4]
    (order,) = shop.all(models.Order)
    assert shop.kinds(order.id).count("callback_delivered") == 4


def test_callbacks_of_an_order_go_out_in_sequence_and_later_ones_wait_with_the_first(
    shop: Shop, backends: Backends
) -> None:
    (order,) = pays(shop, 1)
    with shop.context.database.write() as session:
        merchant, row = session.get_one(models.Merchant, shop.id), session.get_one(models.Order, order)
        outbox.queue(session, shop.context, merchant, row)
    backends.says[order] = 500
    with at_work(worker(told_by(shop, backends))):
        until(lambda: shop.all(models.Delivery), "the first has failed")
        first, second = sorted(shop.all(models.Callback), key=lambda row: row.sequence)
        assert first.due_at == second.due_at > shop.clock()
        backends.says.clear()
        shop.clock.forward(seconds=6)
        until(lambda: not pending(shop), "both are delivered")
    assert [name for _url, name in backends.told] == [first.id, first.id, second.id]
    assert [row.status for row in shop.all(models.Delivery)] == [500, 200, 200]


def test_what_is_written_while_an_earlier_one_waits_waits_with_it(shop: Shop, backends: Backends) -> None:
    (order,) = pays(shop, 1)
    backends.says[order] = 500
    with at_work(worker(told_by(shop, backends))):
        until(lambda: shop.all(models.Delivery), "the first has failed")
    with shop.context.database.write() as session:
        merchant, row = session.get_one(models.Merchant, shop.id), session.get_one(models.Order, order)
        outbox.queue(session, shop.context, merchant, row)
    first, second = sorted(shop.all(models.Callback), key=lambda row: row.sequence)
    assert first.due_at == second.due_at


def test_callbacks_that_wait_while_their_endpoint_gets_another_address_go_there(shop: Shop, backends: Backends) -> None:
    former, secret = shop.one(models.Endpoint).url, new_secret()

    def names(url: str) -> None:
        with shop.context.database.write() as session:
            wanted = [declared.Declared(url, (secret,))]
            declared.declare(session, shop.context, shop.id, wanted)

    names(former)
    pays(shop, 5)
    backends.says[former] = 500
    with at_work(worker(told_by(shop, backends))):
        until(lambda: len(shop.all(models.Delivery)) == 5, "the former address has failed")
        names("http://127.0.0.1:98/")
        until(lambda: not pending(shop), "the new one is told")
    assert (backends.at(former), backends.at("http://127.0.0.1:98/")) == (5, 5)


def test_a_disabled_endpoint_s_callbacks_are_put_aside_together_and_go_out_when_it_is_enabled(
    shop: Shop, backends: Backends
) -> None:
    pays(shop, 5)
    with shop.context.database.write() as session:
        session.query(models.Endpoint).one().disabled_at = shop.clock()
    with at_work(worker(told_by(shop, backends))):
        until(lambda: all(row.due_at is None for row in shop.all(models.Callback)), "all are put aside")
        assert (backends.told, {row.tries for row in pending(shop)}) == ([], {0})
        endpoints.enable(shop.context, shop.id, shop.one(models.Endpoint).id)
        until(lambda: not pending(shop), "all are delivered")


def test_a_worker_that_is_stopped_records_what_is_in_hand(shop: Shop, backends: Backends) -> None:
    backends.hanging.add(shop.one(models.Endpoint).url)
    pays(shop, 1)
    tells = worker(told_by(shop, backends))
    with at_work(tells):
        assert backends.begun.acquire(timeout=20)
        tells.stop()
        backends.over.set()
    assert [(row.state, row.posts, row.lease) for row in shop.all(models.Callback)] == [("delivered", 1, None)]


def test_a_worker_that_is_stopped_gives_back_what_it_has_just_claimed(
    shop: Shop, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    pays(shop, 1)
    tells, real = worker(told_by(shop, backends)), callback_queue.claim

    def claim(*given: Any) -> Any:
        claimed = real(*given)
        tells.stop()
        return claimed

    monkeypatch.setattr(callback_queue, "claim", claim)
    with at_work(tells):
        pass
    assert [(row.state, row.tries, row.lease) for row in shop.all(models.Callback)] == [("pending", 0, None)]
    assert backends.told == []


class Failing:
    """A database at which a transaction meets an error while `fails`."""

    def __init__(self, database: Any) -> None:
        self._database, self.fails, self.met = database, False, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextlib.contextmanager
    def write(self) -> Iterator[Any]:
        if self.fails:
            self.met += 1
            raise Unavailable("the database is away")
        with self._database.write() as session:
            yield session


def test_what_came_of_a_post_outlives_a_database_that_is_away(
    shop: Shop, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_consumer, "PAUSE", 0.01)
    backends.hanging.add(shop.one(models.Endpoint).url)
    pays(shop, 1)
    database: Any = Failing(shop.context.database)
    with at_work(worker(dataclasses.replace(told_by(shop, backends), database=database))):
        assert backends.begun.acquire(timeout=20)
        database.fails = True
        backends.over.set()
        until(lambda: database.met > 1, "it could not be recorded")
        database.fails = False
        until(lambda: not pending(shop), "it is recorded")
    assert (len(backends.told), len(shop.all(models.Delivery))) == (1, 1)


def test_one_that_cannot_be_recorded_stops_no_other_and_says_why(
    shop: Shop, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_consumer, "PAUSE", 0.01)
    bad, *_ = pays(shop, 3)
    real = outcomes._delivery

    def delivery(outcome: outcomes.Outcome, *given: Any) -> Any:
        if outcome.callback.order_id == bad:
            raise ZeroDivisionError("a bug")
        return real(outcome, *given)

    monkeypatch.setattr(outcomes, "_delivery", delivery)
    with at_work(worker(told_by(shop, backends))):
        until(lambda: len(pending(shop)) == 1, "the others are delivered")
        until(lambda: pending(shop)[0].error, "the reason is kept")
    assert [(row.order_id, row.error, row.lease) for row in pending(shop)] == [(bad, "ZeroDivisionError: a bug", None)]


def test_one_whose_secret_cannot_be_opened_says_why_and_waits(shop: Shop, backends: Backends) -> None:
    pays(shop, 1)
    with shop.context.database.write() as session:
        session.query(models.Endpoint).one().secrets = "nonsense"
    with at_work(worker(told_by(shop, backends))):
        until(lambda: shop.one(models.Callback).error, "the reason is kept")
    assert (shop.one(models.Callback).lease, backends.told) == (None, [])
    assert shop.one(models.Callback).due_at > shop.clock()


def test_a_lease_that_is_lost_while_a_post_is_on_its_way_records_nothing(shop: Shop, backends: Backends) -> None:
    url = shop.one(models.Endpoint).url
    backends.hanging.add(url)
    pays(shop, 1)
    with at_work(worker(told_by(shop, backends))):
        assert backends.begun.acquire(timeout=20)
        with shop.context.database.write() as session:
            row = session.query(models.Callback).one()
            row.lease, row.lease_until = "another's", shop.clock() + LEASE
        backends.over.set()
        until(lambda: len(backends.told) == 1, "it was POSTed")
    row = shop.one(models.Callback)
    assert (row.state, row.posts, row.lease, shop.all(models.Delivery)) == ("pending", 0, "another's", [])
