"""When an endpoint is disabled, who hears of it, and that nothing is lost meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.kit import OPERATOR, Shop, declaration, paid
from webapp.callbacks import sender
from webapp.db import merchants, models, work
from webapp.services.merchants import declarations
from webapp.services.notifications import notify
from webapp.services.webhooks import deliveries


def told(shop: Shop) -> list[str]:
    """The order of each POST."""
    return [json.loads(body)["data"]["order"] for _headers, body in shop.place.told]


def disable(shop: Shop) -> None:
    """As a 410 to another callback, or five days of failure, would have."""
    with shop.context.database.write() as session:
        endpoint = merchants.lock_endpoint(session, shop.one(models.Endpoint).id)
        endpoint.disabled_at, endpoint.disabled_why = shop.clock(), "answered 410 Gone"


def enable(shop: Shop) -> None:
    """`flask merchant apply`."""
    url = shop.one(models.Endpoint).url
    declarations.apply(shop.context, declarations.declared(declaration(shop.account, url)))


@pytest.mark.both_databases
def test_one_callback_that_is_given_up_stops_no_other(shop: Shop) -> None:
    bad = paid(shop)
    shop.place.backend_answers.append(500)
    shop.drain()
    for _ in sender.WAITS:
        paid(shop)
        shop.drain()
        shop.clock.at = shop.one(models.Callback, models.Callback.order_id == bad).due_at
        shop.place.backend_answers.append(500)
        shop.drain()
    assert shop.one(models.Callback, models.Callback.order_id == bad).state == "failed"
    assert shop.kinds(bad)[-1] == "callback_failed"
    good = paid(shop)
    shop.drain()
    assert (shop.one(models.Endpoint).disabled_at, told(shop)[-1]) == (None, good)


def test_gone_disables_at_once_and_what_was_not_taken_goes_out_when_the_endpoint_is_enabled(shop: Shop) -> None:
    shop.place.backend_answers.append(410)
    first = paid(shop)
    shop.drain()
    second = paid(shop)
    shop.later(seconds=6)
    shop.later(days=30)
    assert told(shop) == [first]
    assert [(row.state, row.due_at) for row in shop.all(models.Callback)] == [("pending", None)] * 2
    enable(shop)
    shop.drain()
    assert sorted(told(shop)[1:]) == sorted([first, second])
    assert {row.state for row in shop.all(models.Callback)} == {"delivered"}


def test_a_callback_in_work_when_its_endpoint_is_disabled_is_not_posted(shop: Shop) -> None:
    paid(shop)
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, models.Callback, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    disable(shop)
    deliveries.deliver(shop.context, row, lease, notify.endpoint_disabled)
    assert (told(shop), shop.one(models.Callback).due_at, shop.one(models.Callback).tries) == ([], None, 0)


def test_a_callback_that_finds_its_endpoint_disabled_and_enabled_again_is_not_held(shop: Shop) -> None:
    paid(shop)
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, models.Callback, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    deliveries.hold(shop.context, row, lease)  # it was enabled after `deliver` had looked
    assert shop.one(models.Callback).due_at == shop.clock()


def test_five_days_without_a_success_disable_the_endpoint(shop: Shop) -> None:
    shop.place.backend_answers.extend([500] * 1000)
    began = shop.clock()
    last = ""
    while shop.one(models.Endpoint).disabled_at is None:
        last = paid(shop)
        shop.later(hours=12)
        assert shop.clock() - began <= timedelta(days=5, hours=12)
    assert shop.clock() - began >= timedelta(days=5)
    assert "5 days" in shop.one(models.Endpoint).disabled_why
    count = len(shop.place.told)
    shop.later(days=1)
    assert len(shop.place.told) == count
    assert shop.one(models.Callback, models.Callback.order_id == last).state == "pending"


def test_one_success_in_five_days_keeps_the_endpoint_enabled(shop: Shop) -> None:
    for day in range(7):
        paid(shop)
        shop.place.backend_answers.extend([500] * 3 if day != 3 else [])
        shop.later(days=1)
    assert shop.one(models.Endpoint).disabled_at is None


def test_a_disabled_endpoint_is_an_alarm_on_the_order_and_told_once_to_its_operators(shop: Shop) -> None:
    shop.hear("HELP")
    shop.place.backend_answers.extend([410, 410])
    first, second = paid(shop), paid(shop)
    shop.place.sent.clear()
    shop.drain()
    assert [shop.kinds(order).count("alarm") for order in (first, second)].count(1) == 1
    notices = [sent for sent in shop.place.sent if "410" in sent.get("text", {}).get("body", "")]
    assert [sent["to"] for sent in notices] == [OPERATOR]
    assert "127.0.0.1" in notices[0]["text"]["body"]
    assert "context" not in notices[0]


def test_three_operators_at_most_are_told_those_who_wrote_last_first(shop: Shop) -> None:
    with shop.context.database.write() as session:
        for number in range(1, 5):
            seen = shop.clock() - timedelta(hours=number) if number < 4 else None
            session.add(
                models.Operator(
                    id=f"op{number}",
                    merchant_id=shop.id,
                    phone=f"+3361111110{number}",
                    name="",
                    language="en",
                    seen_at=seen,
                )
            )
    with shop.context.database.read() as session:
        assert [each.id for each in merchants.recent_operators(session, shop.id, 3)] == ["op1", "op2", "op3"]
