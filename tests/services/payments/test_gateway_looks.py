"""Whoever has a link may ask what became of its payment as often as they like: it costs the shop's gateway little, and no other shop anything."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

import pytest

from tests.kit import ASKS_ALWAYS, STRANGER, Shop, application, browser, meanwhile, rival
from webapp.db import limits, models
from webapp.domain.errors import Busy, NotSent, TooMany
from webapp.services.payments import checkout, gateway_looks
from webapp.services.runtime import counters
from webapp.services.runtime.slots import GatewaySlots
from webapp.web import services as web_services

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext

CAFE = "203.0.113.7"


def at_the_bank(shop: Shop) -> str:
    """An order whose buyer the bank asks."""
    order = shop.order()
    shop.pay(order, ASKS_ALWAYS)
    assert shop.state(order) == "processing"
    return order


def looked(shop: Shop, order: str, context: ServiceContext | None = None, ip: str = "") -> bool:
    with contextlib.suppress(Busy, TooMany):
        return checkout.resume(context or shop.context, order, ip) is not None
    return False


@pytest.mark.both_databases
@pytest.mark.parametrize("door", ["resume", "another-card"])
def test_a_crowd_of_requests_with_one_link_makes_one_look_and_takes_no_place_of_another_shop(
    shop: Shop, door: str
) -> None:
    order, other, go_on, begun = at_the_bank(shop), rival(shop), threading.Event(), threading.Event()
    looks: list[int] = []

    def slowly() -> None:
        looks.append(1)
        begun.set()
        assert go_on.wait(20)

    slots = GatewaySlots(4)
    app = application(shop)
    web_services.install(app, dataclasses.replace(meanwhile(shop, "lookup", before=slowly), gateway_slots=slots))
    link = shop.context.links.token(order, 1)
    form = {"csrf_token": shop.context.links.form_token(link)}
    ask = lambda _n: browser(app).post(f"/p/{link}/{door}", data=form).status_code  # noqa: E731
    paying = dataclasses.replace(other, context=dataclasses.replace(shop.context, gateway_slots=slots))
    with ThreadPoolExecutor(24) as threads:
        asked = [threads.submit(ask, number) for number in range(24)]
        assert begun.wait(20)
        with ThreadPoolExecutor(3) as buyers:
            placed = [paying.order(phone=STRANGER) for _ in range(3)]
            list(buyers.map(paying.pay, placed))
        for _ in itertools.islice(as_completed(asked, timeout=30), 23):
            pass  # all but the one that looks are answered
        go_on.set()
        answers = {each.result() for each in asked}
    assert [paying.state(each) for each in placed] == ["paid"] * 3
    assert len(looks) == 1
    assert answers == {303}


def test_a_look_that_fails_lets_the_next_one_through_and_one_that_dies_for_half_a_minute(shop: Shop) -> None:
    order = at_the_bank(shop)

    def broken() -> None:
        raise NotSent("nobody there")

    for _ in range(2):
        with pytest.raises(NotSent):
            checkout.resume(meanwhile(shop, "lookup", before=broken), order)
    rule = gateway_looks.ONE_AT_A_TIME
    with shop.context.database.write() as session:  # of a process that is gone
        limits.count(session, rule.key(order), shop.clock(), rule.window)
    assert not looked(shop, order)
    shop.clock.forward(seconds=30)
    assert looked(shop, order)


def test_looks_are_counted_for_each_link_and_the_page_shows_what_is_known(shop: Shop) -> None:
    order, other = at_the_bank(shop), at_the_bank(shop)
    most = gateway_looks.LOOKS_OF_LINK.most
    assert [looked(shop, order, ip=f"203.0.113.{number}") for number in range(most + 2)] == [True] * most + [False] * 2
    assert looked(shop, other)
    app = application(shop)
    link = shop.context.links.token(order, 1)
    before = shop.dump()
    form = {"csrf_token": shop.context.links.form_token(link)}
    answer = browser(app).post(f"/p/{link}/resume", data=form, headers={"HX-Request": "true"})
    assert (answer.status_code, 'id="status"' in answer.text, shop.dump() == before) == (202, True, True)
    assert browser(app).post(f"/p/{link}/another-card", data=form).status_code == 429
    assert shop.attempts(order) == ["action_needed"]
    shop.answer_bank(order, "passed")
    shop.later(minutes=1)
    assert shop.state(order) == "paid"  # the worker looked


def test_looks_are_counted_for_each_address(shop: Shop) -> None:
    rule, order = gateway_looks.LOOKS_OF_IP, at_the_bank(shop)
    with shop.context.database.write() as session:
        for _ in range(rule.most):
            limits.count(session, rule.key(counters.blinded(shop.context, CAFE) or ""), shop.clock(), rule.window)
    assert not looked(shop, order, ip=CAFE)
    assert looked(shop, order, ip="198.51.100.9")
    shop.clock.forward(minutes=10)
    assert looked(shop, order, ip=CAFE)


def test_an_order_that_is_not_at_the_gateway_is_asked_about_and_nothing_is_counted(shop: Shop) -> None:
    assert not looked(shop, shop.order(), ip=CAFE)
    assert shop.all(models.Limit) == []


def test_a_link_that_may_not_pay_takes_no_place(shop: Shop) -> None:
    order, slots = at_the_bank(shop), GatewaySlots(1)
    with slots.for_try():
        context = dataclasses.replace(shop, context=dataclasses.replace(shop.context, gateway_slots=slots))
        with pytest.raises(Exception, match="wrong_state"):
            context.pay(order)


def test_looks_leave_places_to_tries_and_to_other_shops() -> None:
    slots = GatewaySlots(4)
    with contextlib.ExitStack() as taken:
        for _ in range(2):
            taken.enter_context(slots.for_look("cafe"))
        with pytest.raises(Busy), slots.for_look("cafe"):
            pass
        taken.enter_context(slots.for_look("rival"))
        with pytest.raises(Busy), slots.for_look("third"):
            pass
        taken.enter_context(slots.for_try())
        with pytest.raises(Busy), slots.for_try():
            pass
    with contextlib.ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(slots.for_try())
    with slots.for_look("cafe"):
        pass


@pytest.mark.parametrize("most", [1, 2, 3])
def test_of_few_places_each_kind_gets_one(most: int) -> None:
    slots = GatewaySlots(most)
    for hold in (slots.for_try, lambda: slots.for_look("cafe")):
        with hold():
            pass
