"""Reminders: by what happened to the link, at most three, never at night, never once there is nothing to remind of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.kit import ASKS_ALWAYS, BUYER, DECLINED, OPERATOR, Shop, setting
from webapp.db import models, work
from webapp.domain.actions import Action
from webapp.services.notifications import reminders
from webapp.services.orders import lifecycle


def asked(shop: Shop, **more: Any) -> str:
    """An order whose link was sent."""
    order = shop.order(send=True, **more)
    shop.drain()
    return order


def happens(shop: Shop, order: str, word: str) -> None:
    """The newest message with the link gets as far as this."""
    if word == "opened":
        lifecycle.opened(shop.context, order)
        return
    link = [row for row in shop.all(models.Message) if row.purpose in {"request", "reminder"}]
    newest = max(link, key=lambda row: row.created_at)
    shop.status(newest.wamid, word, errors=[{"code": 131026, "title": "No"}] if word == "failed" else None)


def reminded(shop: Shop) -> list[dict[str, Any]]:
    """The reminders that the buyer got."""
    return [m for m in shop.place.sent if m["type"] == "template" and m["template"]["name"] == "ordo_reminder"]


def due(shop: Shop) -> datetime | None:
    found: datetime | None = shop.one(models.Reminder).due_at
    return found


def standings(shop: Shop, order: str) -> list[str]:
    rows = shop.all(models.OrderEvent, models.OrderEvent.order_id == order, models.OrderEvent.kind == "reminded")
    return [row.data["standing"] for row in rows]


@pytest.mark.parametrize(
    ("words", "standing"),
    [
        (("delivered",), "unread"),
        (("read",), "unopened"),
        (("delivered", "read"), "unopened"),
        (("delivered", "opened"), "unpaid"),
        (("opened",), "unpaid"),
    ],
)
def test_a_buyer_is_reminded_by_what_really_happened(shop: Shop, words: tuple[str, ...], standing: str) -> None:
    order = asked(shop)
    for word in words:
        happens(shop, order, word)
    shop.later(hours=3, minutes=59)
    assert reminded(shop) == []
    shop.later(minutes=2)
    (message,) = reminded(shop)
    assert message["to"] == BUYER
    body, button = message["template"]["components"]
    assert body["parameters"][0]["text"] == "Café Lumière"
    assert shop.context.links.token(order, 1) == button["parameters"][0]["text"]
    assert standings(shop, order) == [standing]
    assert "reminder_sent" in shop.kinds(order)


def test_when_nothing_arrives_it_is_the_shop_that_hears_of_it(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER}")
    order = shop.one(models.Order).id
    shop.later(hours=4)
    assert (reminded(shop), standings(shop, order)) == ([], ["undelivered"])
    told = shop.place.sent[-1]
    assert (told["to"], told["type"]) == (OPERATOR, "image")
    assert shop.context.links.url(order, 1) in told["image"]["caption"]
    assert "may be switched off" in told["image"]["caption"]


def test_there_are_three_and_then_no_more(shop: Shop) -> None:
    order = asked(shop, days=30)
    happens(shop, order, "delivered")
    times = []
    for hours in [1] * 96 + [24] * 16:  # another one would be sent after its hour as well
        before = len(reminded(shop))
        shop.later(hours=hours)
        times += [shop.clock()] * (len(reminded(shop)) - before)
    begin = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert [at - begin for at in times] == [timedelta(hours=hours) for hours in (4, 24, 72)]
    assert due(shop) is None


def test_at_night_nobody_is_reminded_where_the_phone_is(shop: Shop) -> None:
    shop.clock.at = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    asked(shop)
    assert due(shop) == datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
    shop.clock.at = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    with shop.context.database.write() as session:
        reminders.restart(session, shop.context, session.query(models.Order).one())
    assert due(shop) == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)  # eight in Paris


@pytest.mark.parametrize(
    ("phone", "eight"), [("+12125550123", 13), ("+18005550123", 7)], ids=["New York", "nobody knows: the shop's"]
)
def test_the_night_is_that_of_the_phone_s_zone_or_the_shop_s(shop: Shop, phone: str, eight: int) -> None:
    shop.clock.at = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    setting(shop, reminders=[1])
    asked(shop, phone=phone)
    found = due(shop)
    assert found is not None
    assert (found.hour, found.minute) == (eight, 0)


def test_a_worker_that_comes_late_waits_for_the_morning(shop: Shop) -> None:
    happens(shop, asked(shop), "delivered")
    shop.later(hours=11)  # ten in the evening
    assert reminded(shop) == []
    shop.later(hours=10)
    assert len(reminded(shop)) == 1


def stopped(shop: Shop, order: str) -> None:
    shop.hear("STOP", sender=BUYER)


def cancelled(shop: Shop, order: str) -> None:
    lifecycle.cancel(shop.context, shop.id, order)


def refused(shop: Shop, order: str) -> None:
    for _ in range(3):
        shop.pay(order, DECLINED)


def unreachable(shop: Shop, order: str) -> None:
    happens(shop, order, "failed")


@pytest.mark.parametrize("ends", [stopped, Shop.pay, cancelled, refused, unreachable])
def test_never_once_there_is_nothing_to_remind_of(shop: Shop, ends: Callable[[Shop, str], None]) -> None:
    order = asked(shop)
    if ends is not unreachable:
        happens(shop, order, "delivered")
    ends(shop, order)
    shop.drain()
    for _ in range(10):
        shop.later(hours=12)
    assert reminded(shop) == []
    assert due(shop) is None


def test_never_while_the_buyer_is_paying_but_after_that(shop: Shop) -> None:
    order = asked(shop)
    happens(shop, order, "opened")
    shop.clock.forward(hours=4)
    shop.pay(order, ASKS_ALWAYS)
    assert shop.state(order) == "processing"
    shop.work(models.Reminder)
    assert reminded(shop) == []
    shop.answer_bank(order, "failed")
    shop.later(minutes=1)
    assert shop.state(order) == "open"
    shop.later(minutes=31)
    assert len(reminded(shop)) == 1


def test_never_when_the_money_is_held(shop: Shop) -> None:
    order = asked(shop, manual_capture=True)
    shop.pay(order)
    assert shop.state(order) == "authorised"
    shop.later(hours=5)
    assert reminded(shop) == []


def test_never_after_the_link_has_expired(shop: Shop) -> None:
    asked(shop, days=1)
    happens(shop, shop.one(models.Order).id, "delivered")
    shop.later(hours=4)
    for _ in range(5):
        shop.later(hours=10)
    assert len(reminded(shop)) == 1  # after 4 hours; 24 would be too late


def test_a_reminder_that_waits_for_whatsapp_is_dropped_when_the_buyer_has_paid(shop: Shop) -> None:
    order = asked(shop)
    happens(shop, order, "delivered")
    shop.place.whatsapp_answers.extend([(503, {})] * 2)
    shop.later(hours=4)
    shop.pay(order)
    shop.later(minutes=10)
    assert reminded(shop) == []
    assert "reminder_dropped" in shop.kinds(order)
    assert shop.one(models.Message, models.Message.purpose == "reminder").state == "dropped"


def test_sending_again_lets_the_next_one_wait_from_then_and_counts_on(shop: Shop) -> None:
    order = asked(shop, days=30)
    happens(shop, order, "delivered")
    shop.later(hours=3)
    lifecycle.resend(shop.context, shop.id, order)
    shop.drain()
    happens(shop, order, "delivered")
    shop.later(hours=3)
    assert reminded(shop) == []
    for _ in range(6):
        shop.later(hours=60)
        lifecycle.resend(shop.context, shop.id, order)
        shop.drain()
        happens(shop, order, "delivered")
    assert len(reminded(shop)) == 3


def test_a_shop_that_wants_none_sends_none(shop: Shop) -> None:
    setting(shop, reminders=[])
    happens(shop, asked(shop), "delivered")
    shop.later(hours=12)
    assert shop.all(models.Reminder) == []


def test_a_card_registration_is_reminded_of_too(shop: Shop) -> None:
    order = asked(shop, action=Action.REGISTER)
    happens(shop, order, "delivered")
    shop.later(hours=4)
    assert len(reminded(shop)) == 1


def test_two_workers_with_the_same_reminder_remind_once(shop: Shop) -> None:
    happens(shop, asked(shop), "delivered")
    shop.clock.forward(hours=4)
    with shop.context.database.write() as session:
        first, (row,) = work.claim(session, models.Reminder, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    shop.clock.forward(seconds=61)
    with shop.context.database.write() as session:
        second, (again,) = work.claim(session, models.Reminder, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    reminders.carry_out(shop.context, again, second)
    reminders.carry_out(shop.context, row, first)
    shop.drain()
    assert (len(reminded(shop)), shop.one(models.Reminder).sent) == (1, 1)


def test_a_reminder_that_does_not_arrive_is_the_last(shop: Shop) -> None:
    order = asked(shop, days=30)
    happens(shop, order, "delivered")
    shop.later(hours=4)
    happens(shop, order, "failed")
    for _ in range(10):
        shop.later(hours=12)
    assert len(reminded(shop)) == 1
    assert "reminder_failed" in shop.kinds(order)


def test_a_link_that_is_valid_for_longer_has_time_for_a_reminder_again(shop: Shop) -> None:
    setting(shop, reminders=[48])
    order, unsent = asked(shop, days=1), shop.order(days=1)
    assert shop.all(models.Reminder) == []
    for each in (order, unsent):
        with shop.context.database.write() as session:
            lifecycle.extend_in(session, shop.context, session.get_one(models.Order, each), 10)
    assert due(shop) == shop.clock() + timedelta(hours=48)
