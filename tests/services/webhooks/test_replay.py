"""Callbacks sent again: the same id and body at any time, one, a range, or all that were given up; in the order's sequence."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.kit import Shop, paid, rival
from webapp.callbacks import sender
from webapp.db import models
from webapp.domain.errors import Conflict, NotFound
from webapp.domain.money import Money
from webapp.domain.statuses import CallbackState
from webapp.services.merchants import declarations
from webapp.services.payments import refunds
from webapp.services.webhooks import endpoints, log, replay

FAILED = log.Search(state=CallbackState.FAILED)


def posts(shop: Shop) -> list[tuple[str, str]]:
    """The webhook-id and the body of each POST."""
    return [(headers["Webhook-Id"], body) for headers, body in shop.place.told]


def told(shop: Shop) -> str:
    """An order that was paid, and its callback, which arrived."""
    order = paid(shop)
    shop.drain()
    return str(shop.one(models.Callback, models.Callback.order_id == order).id)


def given_up(shop: Shop) -> str:
    """An order that was paid, and its callback, whose schedule is spent by one more failure."""
    order = paid(shop)
    with shop.context.database.write() as session:
        row = session.query(models.Callback).filter_by(order_id=order).one()
        row.posts = len(sender.WAITS)
    shop.place.backend_answers.append(500)
    shop.drain()
    assert shop.one(models.Callback, models.Callback.order_id == order).state == "failed"
    return str(row.id)


def test_one_that_arrived_is_sent_again_under_its_id_and_its_first_arrival_is_kept(shop: Shop) -> None:
    callback, arrived = told(shop), shop.clock()
    shop.clock.forward(days=40)
    shop.place.backend_answers.append(500)
    assert replay.one(shop.context, shop.id, callback).state == "pending"
    shop.drain()
    row = shop.one(models.Callback)
    assert (row.state, row.delivered_at, row.replayed_at) == ("pending", arrived, shop.clock())
    shop.later(seconds=6)
    row = shop.one(models.Callback)
    assert (row.state, row.delivered_at, row.posts) == ("delivered", shop.clock(), 2)
    assert posts(shop) == [posts(shop)[0]] * 3
    assert [each.status for each in log.one(shop.context, shop.id, callback).deliveries] == [200, 500, 200]


def test_one_that_was_given_up_has_the_whole_schedule_again(shop: Shop) -> None:
    callback = given_up(shop)
    replay.one(shop.context, shop.id, callback)
    shop.place.backend_answers.append(500)
    shop.drain()
    row = shop.one(models.Callback)
    assert sender.WAITS[0] <= row.due_at - shop.clock() <= sender.WAITS[0] * 1.1
    shop.later(seconds=6)
    assert shop.one(models.Callback).state == "delivered"


def test_one_that_waits_for_its_next_try_goes_out_now(shop: Shop) -> None:
    shop.place.backend_answers.append(500)
    callback = told(shop)
    replay.one(shop.context, shop.id, callback)
    shop.drain()
    assert (shop.one(models.Callback).state, len(posts(shop))) == ("delivered", 2)


def test_one_that_a_worker_has_in_hand_is_being_sent_already(shop: Shop) -> None:
    paid(shop)
    with shop.context.database.write() as session:
        row = session.query(models.Callback).one()
        row.lease, row.lease_until = "held", shop.clock() + timedelta(seconds=60)
    assert replay.one(shop.context, shop.id, row.id).lease == "held"


def test_a_replay_goes_before_what_waits_of_the_same_order_and_holds_no_other_order_up(shop: Shop) -> None:
    first = told(shop)
    order = shop.one(models.Callback).order_id
    replay.one(shop.context, shop.id, first)
    shop.place.backend_answers.append(500)
    shop.work(models.Callback)
    refunds.request(shop.context, shop.id, order, Money(100, "EUR"))
    shop.drain()
    other = told(shop)
    shop.later(seconds=6)
    types = [(json.loads(body)["type"], name) for name, body in posts(shop)]
    assert [kind for kind, name in types if name != other] == ["order.paid"] * 3 + ["order.partially_refunded"]
    assert types[2] == ("order.paid", other)


def test_a_range_is_by_time_type_and_endpoint(shop: Shop) -> None:
    start = shop.clock()
    names = []
    for _ in range(4):
        names.append(told(shop))
        shop.clock.forward(hours=1)
    shop.place.told.clear()
    middle = log.Search(since=start + timedelta(hours=1), until=start + timedelta(hours=3))
    assert sum(replay.every(shop.context, shop.id, middle)) == 2
    shop.drain()
    assert {name for name, _ in posts(shop)} == set(names[1:3])
    (endpoint,) = endpoints.listed(shop.context, shop.id)
    for search, count in (
        (log.Search(type="order.refunded"), 0),
        (log.Search(type="order.paid"), 4),
        (log.Search(endpoint="ep_other"), 0),
        (log.Search(endpoint=endpoint.id), 4),
        (FAILED, 0),
        (log.Search(until=start), 0),
        (log.Search(until=start + timedelta(days=365)), 4),
    ):
        assert sum(replay.every(shop.context, shop.id, search)) == count


def test_all_that_were_given_up_go_out_step_by_step_and_nothing_else(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "STEP", 2)
    failed = [given_up(shop) for _ in range(3)]
    told(shop)
    shop.clock.forward(seconds=1)
    shop.place.told.clear()
    first = replay.some(shop.context, shop.id, FAILED)
    assert (first.count, first.after is not None) == (2, True)
    assert list(replay.every(shop.context, shop.id, FAILED)) == [1]
    shop.drain()
    assert sorted(name for name, _ in posts(shop)) == sorted(failed)


def test_nothing_is_sent_again_to_an_endpoint_that_was_removed_and_to_a_disabled_one_once_it_is_enabled(
    shop: Shop,
) -> None:
    document = shop.declaration() | {"endpoints": []}
    declarations.apply(shop.context, declarations.declared(document))
    endpoint, _ = endpoints.create(shop.context, shop.id, shop.backend("/api"))
    callback = told(shop)
    endpoints.disable(shop.context, shop.id, endpoint.id)
    replay.one(shop.context, shop.id, callback)
    shop.drain()
    assert len(posts(shop)) == 1
    endpoints.enable(shop.context, shop.id, endpoint.id)
    shop.drain()
    assert len(posts(shop)) == 2
    endpoints.remove(shop.context, shop.id, endpoint.id)
    with pytest.raises(Conflict) as caught:
        replay.one(shop.context, shop.id, callback)
    assert caught.value.code == "endpoint_removed"
    assert list(replay.every(shop.context, shop.id, log.Search())) == [0]


def test_another_merchant_s_callbacks_are_unknown(shop: Shop) -> None:
    other, callback = rival(shop), told(shop)
    for verb in (replay.one, log.one):
        with pytest.raises(NotFound):
            verb(other.context, other.id, callback)
    assert list(replay.every(other.context, other.id, log.Search())) == [0]
    assert log.listed(other.context, other.id, log.Search(), 9) == []
