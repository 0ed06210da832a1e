"""Whatever is lost, late, repeated, raced or killed: one charge, one end state, one callback, one alias."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.kit import ASKS, CONSENT, DECLINED, Killed, Shop, killed, meanwhile
from webapp.db import models
from webapp.domain.actions import Action
from webapp.domain.errors import Busy, Conflict
from webapp.domain.outcome import ActionNeeded, Decline, Declined, Done, Pending, Unconfirmed, Unknown
from webapp.gateways.base import Notification
from webapp.services import inbox
from webapp.services.payments import checkout, outcomes

CONFIRM = "POST /v1/*_intents/*/confirm"


def one_success(shop: Shop, order: str) -> None:
    assert shop.state(order) == "paid"
    assert shop.charges() == [1000]
    assert len(shop.ledger()["intents"]) == 1
    assert [told["type"] for told in shop.callbacks(order)] == ["order.paid"]


def intent_of(shop: Shop, order: str) -> str:
    return shop.get(order).intent or ""


@pytest.mark.both_databases
def test_fifty_parallel_submits_give_one_charge_and_one_intent(shop: Shop) -> None:
    order, tokens = shop.order(), [shop.token("visa") for _ in range(2)]

    def submit(number: int) -> str:
        try:
            return type(shop.pay(order, token=tokens[number % 2])).__name__
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(50) as threads:
        ends = Counter(threads.map(submit, range(50)))
    assert ends == {"Done": 1, "wrong_state": 49}
    one_success(shop, order)


def test_more_submits_than_slots_are_told_to_come_back_and_nothing_is_started(shop: Shop) -> None:
    order = shop.order()
    with contextlib.ExitStack() as taken:
        for _ in range(64):
            taken.enter_context(shop.context.gateway_slots.for_try())
        with pytest.raises(Busy):
            shop.pay(order)
    assert (shop.state(order), shop.attempts(order), shop.ledger()["intents"]) == ("open", [], [])


@pytest.mark.parametrize("fault", ["timeout_after", "500_after"])
def test_an_answer_that_is_lost_after_the_charge_is_never_called_failed(shop: Shop, fault: str) -> None:
    order = shop.order(Action.REGISTER_PAY)
    shop.fault(fault, CONFIRM)
    assert isinstance(shop.pay(order), Unknown)
    assert (shop.state(order), shop.attempts(order)) == ("processing", ["unknown"])
    shop.later(seconds=3)
    one_success(shop, order)
    assert len(shop.all(models.Alias)) == 1


def test_a_request_that_is_lost_before_the_charge_opens_the_order_again_but_not_at_once(shop: Shop) -> None:
    order = shop.order()
    shop.fault("timeout_before", CONFIRM)
    assert isinstance(shop.pay(order), Unknown)
    shop.later(seconds=20)
    assert shop.state(order) == "processing"
    with pytest.raises(Conflict):
        shop.pay(order)
    shop.later(seconds=75)
    assert (shop.state(order), shop.attempts(order)) == ("open", ["abandoned"])
    shop.pay(order)
    one_success(shop, order)


def test_a_lost_second_try_is_not_taken_for_the_decline_of_the_first(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, DECLINED)
    shop.fault("timeout_before", CONFIRM)
    shop.pay(order)
    shop.later(seconds=20)
    assert shop.attempts(order) == ["declined", "unknown"]
    shop.later(seconds=75)
    assert (shop.attempts(order), shop.get(order).declines) == (["declined", "abandoned"], 1)


def test_a_storm_at_the_gateway_is_waited_out(shop: Shop) -> None:
    order = shop.order()
    shop.fault("500_after", CONFIRM)
    shop.fault("500", "GET /v1/payment_intents/*", times=3)
    shop.pay(order)
    for _ in range(4):
        shop.later(seconds=31)
    one_success(shop, order)


def test_late_news_of_the_first_try_changes_nothing_in_the_second(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, DECLINED)
    intent = intent_of(shop, order)
    context = meanwhile(shop, "submit", before=lambda: checkout.follow(shop.context, shop.id, intent))
    checkout.start(context, order, checkout.Submission(shop.token(ASKS), False, CONSENT, ""))
    checkout.follow(shop.context, shop.id, intent)
    assert (shop.state(order), shop.attempts(order)) == ("processing", ["declined", "action_needed"])


@pytest.mark.both_databases
def test_news_repeated_a_hundred_times_and_shuffled_gives_one_end(shop: Shop) -> None:
    order = shop.order(Action.REGISTER_PAY)
    shop.pay(order, DECLINED)
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    intent = intent_of(shop, order)
    old = shop.all(models.Attempt, models.Attempt.order_id == order, models.Attempt.number == 1)[0].gateway_attempt_ref
    with shop.context.database.read() as session:
        truth = shop.context.gateway(session.get_one(models.Merchant, shop.id)).lookup(intent)
    assert isinstance(truth, Done)
    stale = [
        Declined(intent, Decline.GENERIC, "x", old),
        ActionNeeded(intent, {"secret": "s"}),
        Pending(intent),
        Unknown("?"),
        Unconfirmed(intent),
    ]
    news = [*stale, truth] * 100
    random.Random(7).shuffle(news)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda each: outcomes.apply_outcome(shop.context, order, each), news))
    one_success(shop, order)
    assert len(shop.all(models.Alias)) == len(shop.all(models.Consent)) == 1


@pytest.mark.both_databases
def test_one_event_a_hundred_times_in_parallel_is_one_row_and_one_transition(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    event = Notification("evt_1", "payment_intent.succeeded", intent_of(shop, order), None)
    with ThreadPoolExecutor(8) as threads:
        new = sum(threads.map(lambda _: inbox.keep_gateway(shop.context, shop.id, event), range(100)))
    assert new == 1
    shop.drain()
    one_success(shop, order)


def test_events_of_another_account_or_of_no_order_change_nothing(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    inbox.keep_gateway(shop.context, shop.id, Notification("evt_1", "x", intent_of(shop, order), "acct_somebody"))
    inbox.keep_gateway(shop.context, shop.id, Notification("evt_2", "x", "pi_nobody", None))
    inbox.keep_gateway(shop.context, shop.id, Notification("evt_3", "x", None, None))
    shop.drain()
    assert shop.state(order) == "processing"
    assert [event.due_at for event in shop.all(models.InboxEvent)] == [None, None, None]


def test_an_event_whose_look_up_fails_is_worked_on_again(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    shop.fault("500", "GET /v1/payment_intents/*")
    inbox.keep_gateway(shop.context, shop.id, Notification("evt_1", "x", intent_of(shop, order), None))
    shop.drain()
    assert shop.state(order) == "processing"
    shop.later(seconds=1)
    one_success(shop, order)


def test_an_amount_that_is_not_the_order_s_is_an_alarm_and_no_payment(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    for done in (Done(intent_of(shop, order), 999, "EUR", None), Done(intent_of(shop, order), 1000, "USD", None)):
        outcomes.apply_outcome(shop.context, order, done)
    assert shop.state(order) == "processing"
    assert "alarm" in shop.kinds(order)
    assert shop.callbacks(order) == []


@pytest.mark.parametrize("method", ["open", "submit"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_the_gateway_ends_in_one_charge_at_most(shop: Shop, method: str, moment: str) -> None:
    order = shop.order(Action.REGISTER_PAY)
    with pytest.raises(Killed):
        checkout.start(
            meanwhile(shop, method, **{moment: killed}),
            order,
            checkout.Submission(shop.token("visa"), False, CONSENT, ""),
        )
    assert (shop.state(order), shop.attempts(order)) == ("processing", ["started"])
    for _ in range(3):
        shop.later(seconds=91)
    if (method, moment) != ("submit", "after"):
        assert (shop.state(order), shop.attempts(order)) == ("open", ["abandoned"])
        shop.pay(order)
    one_success(shop, order)
    assert len(shop.all(models.Alias)) == 1


def test_a_worker_killed_while_it_records_the_truth_costs_a_lease_and_nothing_else(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, ASKS)
    shop.answer_bank(order, "passed")
    shop.clock.forward(seconds=31)
    crashing = dataclasses.replace(shop, context=meanwhile(shop, "lookup", after=killed))
    with pytest.raises(Killed):
        crashing.drain()
    shop.drain()
    assert shop.state(order) == "processing"
    shop.later(seconds=121)
    one_success(shop, order)
