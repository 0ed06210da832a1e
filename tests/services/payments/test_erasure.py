"""A buyer is erased: nothing of the person is left anywhere, and the books are as they were."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from tests.kit import (
    ASKS_ALWAYS,
    BUYER,
    DECLINED,
    OPERATOR,
    Killed,
    Meanwhile,
    Post,
    Shop,
    killed,
    meanwhile,
    paid,
    rival,
    saved,
)
from tests.services.payments import erased
from tests.services.payments.ledger import books, knows
from webapp.db import buyers, models
from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, NotFound
from webapp.domain.money import Money
from webapp.services.orders import imports, lifecycle
from webapp.services.payments import aliases, erasure, refunds

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def buyer_of(shop: Shop, order: str) -> str:
    return shop.get(order).buyer_id


def erase(shop: Shop, buyer: str) -> models.Erasure:
    """Erase, and let the worker do its part."""
    erasure.erase(shop.context, shop.id, buyer)
    shop.drain()
    shop.later(minutes=10)
    found: models.Erasure = shop.one(models.Erasure, models.Erasure.id == buyer)
    return found


def test_nothing_of_the_person_can_be_read_anywhere_and_the_books_are_as_they_were(shop: Shop, post: Post) -> None:
    buyer = erased.lives(shop)
    assert erased.traces(shop).keys() == erased.TRACES.keys()
    customer, before, told = shop.one(models.Buyer, models.Buyer.id == buyer).customer, books(shop), len(post.letters())
    last = next(each for each in reversed(shop.place.sent) if each.get("to") == erased.PHONE)

    erasure.erase(shop.context, shop.id, buyer)
    assert [row.answer for row in shop.all(models.IdempotentRequest)] == [None]
    done = erase(shop, buyer)
    assert (done.stage, done.sought, done.actor_kind, done.done_at is not None) == ("done", None, "user", True)
    assert erased.traces(shop) == {}
    assert books(shop) == before
    assert not knows(shop, customer)
    assert [alias.status for alias in shop.all(models.Alias)] == ["revoked"]
    assert {order.state for order in shop.all(models.Order)} == {"paid", "cancelled"}
    assert len(post.letters()) == told

    bodies = [json.loads(row.body)["data"] for row in shop.all(models.Callback)]
    assert bodies
    assert all(each["buyer"] == {"phone": None, "email": None, "details": None} for each in bodies)
    assert {"A1", "A2", "A3"} == {each["reference"] for each in bodies}

    erased.reported(shop, "read", last)  # news that come late have the phone in them
    assert erased.traces(shop) == {}
    before_again = shop.dump()
    erasure.erase(shop.context, shop.id, buyer)
    shop.later(minutes=10)
    assert shop.dump() == before_again


def test_a_file_that_waits_brings_the_person_no_order_and_is_not_called_by_their_name(shop: Shop) -> None:
    buyer = erased.lives(shop)
    lines = (
        f"reference,amount,phone,email\nF1,5,{erased.PHONE},\nF2,5,+33655555555,\nF3,5,+33655555554,{erased.EMAIL}\n"
    )
    made = imports.submit(shop.context, shop.id, lines.encode(), f"orders of {erased.PHONE}.csv")
    with shop.context.database.write() as session:
        session.get_one(models.Import, made.id).due_at = None  # it is parked, say

    assert erase(shop, buyer).stage == "done"
    assert erased.traces(shop) == {}
    assert shop.one(models.Import).name is None
    found = [(row.number, row.code) for row in shop.all(models.ImportLine)]
    assert found == [(2, "buyer_erased"), (3, None), (4, "buyer_erased")]
    progress = imports.progress(shop.context, shop.id, made.id)
    assert (progress.created, progress.failed, progress.waiting) == (0, 2, 1)


def test_money_that_is_moving_refuses_and_leaves_everything_as_it_was(shop: Shop) -> None:
    asked = shop.order()
    shop.pay(asked, ASKS_ALWAYS)
    held = paid(shop, manual_capture=True, phone="+33600000001")
    back = paid(shop, phone="+33600000002")
    disputed = paid(shop, card="createDispute", phone="+33600000003")
    shop.hint(disputed, "charge.dispute.created")
    refunds.request(shop.context, shop.id, back, Money(300, "EUR"))
    for order, why in ((asked, "processing"), (held, "authorised"), (back, "refund"), (disputed, "dispute")):
        before = shop.dump()
        with pytest.raises(Conflict, match=why) as caught:
            erasure.erase(shop.context, shop.id, buyer_of(shop, order))
        assert (caught.value.code, caught.value.details["orders"]) == ("money_in_flight", [order])
        assert shop.dump() == before
    shop.drain()
    lifecycle.void(shop.context, shop.id, held)
    shop.decide_dispute(disputed, won=True)
    shop.hint(disputed, "charge.dispute.closed")
    for order in (held, back, disputed):
        assert erase(shop, buyer_of(shop, order)).stage == "done"


def test_what_the_gateway_has_to_end_first_is_waited_for_and_what_is_lost_is_done_again(shop: Shop) -> None:
    opened = shop.order()
    shop.pay(opened, DECLINED)  # the gateway has an intent of it
    alias = shop.get(saved(shop)).alias_id
    buyer = buyer_of(shop, opened)
    customer = shop.one(models.Buyer, models.Buyer.id == buyer).customer
    shop.drain()
    erasure.erase(shop.context, shop.id, buyer)
    shop.work(models.Message)  # what the shop is still to hear
    shop.work(models.Erasure)
    assert (shop.one(models.Erasure).stage, shop.state(opened), knows(shop, customer)) == ("gateway", "open", True)
    shop.fault("500", "DELETE /v1/customers/*", times=1)
    shop.drain()
    assert (shop.state(opened), shop.one(models.Alias, models.Alias.id == alias).status) == ("cancelled", "revoked")
    dying = dataclasses.replace(shop, context=meanwhile(shop, "delete_customer", after=killed))
    for _ in range(3):
        with contextlib.suppress(Killed):
            dying.later(minutes=6)
    assert (shop.one(models.Erasure).stage, knows(shop, customer)) == ("gateway", False)
    shop.later(minutes=6)
    assert shop.one(models.Erasure).stage == "done"


@SQLITE
def test_who_comes_again_is_a_new_buyer_and_what_was_is_not_opened_again(shop: Shop) -> None:
    registered, lapsed = saved(shop), shop.order(reference="B7")
    buyer = buyer_of(shop, lapsed)
    erase(shop, buyer)
    for refused in (
        lambda: lifecycle.reactivate(shop.context, shop.id, lapsed, send=False),
        lambda: lifecycle.extend(shop.context, shop.id, lapsed, 3),
        lambda: aliases.charge(shop.context, shop.id, registered, Money(500, "EUR")),
        lambda: shop.order(phone=None, buyer=buyer),
    ):
        with pytest.raises(Conflict):
            refused()
    shop.hear("hello", sender=BUYER)
    shop.hear("HELP")
    again = shop.order(send=True)
    shop.drain()
    assert buyer_of(shop, again) != buyer
    assert shop.one(models.Buyer, models.Buyer.id == buyer).phone is None
    assert shop.pay(again)
    assert any(each["to"] == BUYER for each in shop.place.sent)


@SQLITE
def test_an_operator_who_buys_stays_an_operator(shop: Shop) -> None:
    shop.hear("HELP")
    shop.hear("10 EUR ORDER=Z1")
    order = shop.order(phone=OPERATOR, email="lea@home.example", send=True, description="Lunch at noon")
    shop.drain()
    as_operator = (models.Message.phone == OPERATOR, models.Message.order_id.is_(None))
    before = [(row.id, row.body) for row in shop.all(models.Message, *as_operator)]
    erase(shop, buyer_of(shop, order))
    assert shop.one(models.Operator).phone == OPERATOR
    assert [(row.id, row.body) for row in shop.all(models.Message, *as_operator)] == before
    assert b"lea@home.example" not in dict(erased.contents(shop))["ordo.db"]
    assert b"Lunch at noon" not in dict(erased.contents(shop))["ordo.db"]
    assert [m for m in shop.hear("STATUS Z1") if m["to"] == OPERATOR]


@SQLITE
def test_a_message_that_is_being_sent_meanwhile_leaves_no_words(shop: Shop) -> None:
    order = shop.order(send=True)
    request = shop.one(models.Message).id

    def erased_meanwhile() -> None:
        erasure.erase(shop.context, shop.id, buyer_of(shop, order))
        shop.clock.forward(minutes=2)  # the worker is taken for lost
        shop.work(models.Message)
        shop.work(models.Erasure)
        assert shop.one(models.Message, models.Message.id == request).phone == ""

    client: Any = lambda m: Meanwhile(shop.context.whatsapp(m), "send", before=erased_meanwhile)  # noqa: E731
    slow = dataclasses.replace(shop.context, whatsapp=client)
    dataclasses.replace(shop, context=slow).work(models.Message)
    assert BUYER in {each["to"] for each in shop.place.sent}
    row = shop.one(models.Message, models.Message.id == request)
    assert (row.phone, row.body, row.notice, row.wamid, row.state) == ("", None, None, None, "dropped")


@SQLITE
def test_of_another_merchant_s_buyer_nobody_learns_anything_and_of_none_nothing_is_erased(shop: Shop) -> None:
    buyer = buyer_of(shop, shop.order())
    before = shop.dump()
    for merchant, identity in ((rival(shop).id, buyer), (shop.id, "buy_unknown")):
        before = shop.dump()
        with pytest.raises(NotFound, match="no such buyer"):
            erasure.erase(shop.context, merchant, identity)
        assert shop.dump() == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_order_that_is_placed_at_the_same_moment_is_erased_too(shop: Shop) -> None:
    buyer = buyer_of(shop, shop.order())
    with ThreadPoolExecutor(1) as threads:
        with shop.context.database.write() as session:
            assert buyers.lock_known(session, shop.id, BUYER, None) is not None
            erasing = threads.submit(erasure.erase, shop.context, shop.id, buyer)
            while not (erasing.done() or session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))):
                pass
            merchant = session.get_one(models.Merchant, shop.id)
            wanted = lifecycle.Request(Action.PAYMENT, Money(500, "EUR"), phone=BUYER, email="late@mail.example")
            late = lifecycle.place(session, shop.context, merchant, wanted).id
        erasing.result(timeout=10)
    order = shop.get(late)
    assert (order.buyer_id, order.email, order.state) == (buyer, None, "cancelled")
