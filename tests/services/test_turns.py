"""Who waits behind whom: people before machines, and no shop and no source behind a flood of another."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import OPERATOR, rival
from webapp.db import models, work
from webapp.gateways.base import Notification
from webapp.jobs import queues
from webapp.services import inbox
from webapp.services.notifications import channels
from webapp.whatsapp import inbound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.kit import Shop

pytestmark = pytest.mark.both_databases
LEASE = timedelta(seconds=60)


@pytest.fixture
def other(shop: Shop) -> str:
    """Another merchant of the same database."""
    return rival(shop).id


def wrote(shop: Shop, merchant: str, *names: str) -> None:
    keep(shop, merchant, [(name, {"message": {"id": name, "from": OPERATOR[1:], "type": "text"}}) for name in names])


def got(shop: Shop, merchant: str, *names: str) -> None:
    keep(shop, merchant, [(name, {"status": {"id": name, "status": "sent"}}) for name in names])


def paid(shop: Shop, merchant: str, name: str) -> None:
    inbox.keep_gateway(shop.context, merchant, Notification(name, "payment_intent.succeeded", "pi_1", None))


def keep(shop: Shop, merchant: str, events: Sequence[tuple[str, dict[str, Any]]]) -> None:
    number = shop.one(models.Merchant, models.Merchant.id == merchant).phone_number_id
    inbox.keep_whatsapp(shop.context, merchant, [inbound.Event(name, number, payload) for name, payload in events])


def taken(shop: Shop, count: int, model: Any = models.InboxEvent) -> list[str]:
    """The next rows, in the sequence in which a worker with one thread finishes them."""
    found = []
    for _ in range(count):
        with shop.context.database.write() as session:
            lease, (row,) = work.claim(session, model, now=shop.clock(), lease=LEASE, limit=1)
            work.finish(session, model, row.id, lease)
        found.append(row.external_id if model is models.InboxEvent else row.phone)
    return found


def test_what_people_write_is_worked_on_before_what_machines_report(shop: Shop) -> None:
    got(shop, shop.id, *(f"s{n}" for n in range(30)))
    wrote(shop, shop.id, "order 1", "order 2")
    got(shop, shop.id, "s30")
    paid(shop, shop.id, "evt")
    assert taken(shop, 4) == ["order 1", "evt", "order 2", "s0"]


def test_a_flood_at_one_shop_takes_one_turn_for_each_of_another_s(shop: Shop, other: str) -> None:
    wrote(shop, shop.id, *(f"a{n}" for n in range(30)))
    assert taken(shop, 3) == ["a0", "a1", "a2"]
    wrote(shop, other, "b0", "b1", "b2")
    paid(shop, shop.id, "evt")
    assert taken(shop, 7) == ["a3", "b0", "evt", "a4", "b1", "a5", "b2"]


def test_who_floods_after_another_shares_with_it(shop: Shop, other: str) -> None:
    wrote(shop, shop.id, *(f"a{n}" for n in range(30)))
    taken(shop, 20)
    wrote(shop, other, *(f"b{n}" for n in range(30)))
    assert Counter(name[0] for name in taken(shop, 10)) == {"a": 5, "b": 5}


def test_machines_take_turns_too(shop: Shop, other: str) -> None:
    got(shop, shop.id, *(f"a{n}" for n in range(30)))
    got(shop, other, "b0")
    assert "b0" in taken(shop, 2)


def test_answers_of_a_flooded_shop_are_sent_in_turns_with_another_s(shop: Shop, other: str) -> None:
    with shop.context.database.write() as session:
        for merchant, count in ((shop.id, 20), (other, 2)):
            row = session.get_one(models.Merchant, merchant)
            for n in range(count):
                one = channels.message(shop.context, row, f"{merchant}{n}", "answer", order=None, reply_to=None)
                one.body = {}
                session.add(one)
                session.flush()
    assert taken(shop, 4, models.Message) == [f"{shop.id}0", f"{other}0", f"{shop.id}1", f"{other}1"]


def test_a_hanging_gateway_and_a_hanging_shop_leave_a_thread_to_others() -> None:
    shares = {queue.model: (queue.share, queue.merchant_share, queue.threads) for queue in queues.QUEUES}
    source, merchant, threads = shares[models.InboxEvent]
    assert source is not None
    assert merchant is not None
    assert max(source, merchant) < threads
    _, of_messages, threads = shares[models.Message]
    assert of_messages is not None
    assert of_messages < threads


def test_a_source_and_a_merchant_that_have_their_share_get_no_more(shop: Shop, other: str) -> None:
    paid(shop, shop.id, "evt")
    wrote(shop, other, "b")
    event = shop.one(models.InboxEvent, models.InboxEvent.external_id == "evt")
    inbox_queue = next(queue for queue in queues.QUEUES if queue.model is models.InboxEvent)
    for busy, left in (([inbox_queue.shared(event)], "b"), ([shop.id], "b"), ([other], "evt")):
        with shop.context.database.write() as session:
            lease, rows = work.claim(session, models.InboxEvent, now=shop.clock(), lease=LEASE, limit=9, busy=busy)
            assert [row.external_id for row in rows] == [left]
            work.release(session, models.InboxEvent, [row.id for row in rows], lease)
