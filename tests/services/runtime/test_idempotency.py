"""Requests that are sent again: answered as before, done once."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import Shop, outside, shop, test_gateway
from tests.kit.merchant import BUYER
from webapp.db import models
from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.services.orders import lifecycle
from webapp.services.runtime import idempotency
from webapp.services.runtime.idempotency import Different, Replay, Run, Running
from webapp.services.runtime.pace import Pace
from webapp.services.runtime.sealing import Sealer

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext

__all__ = ["outside", "shop", "test_gateway"]

KEY, BODY, ANSWER = "client-key-1", 'POST /orders {"phone":"+33612345678"}', '{"id":"ord_1","name":"Zoë"}'.encode()


def begin(shop: Shop, key: str = KEY, body: str = BODY, owner: str = "cafe") -> Any:
    return idempotency.begin(shop.context, owner, key, body)


def begun(shop: Shop, **more: str) -> str:
    run = begin(shop, **more)
    assert isinstance(run, Run)
    return run.request_id


def test_the_first_answer_is_given_again_for_a_day(shop: Shop) -> None:
    request = begun(shop)
    idempotency.finish(shop.context, request, 201, ANSWER)
    shop.clock.forward(hours=24, seconds=-1)
    assert begin(shop) == Replay(201, ANSWER)
    shop.clock.forward(seconds=1)
    assert begun(shop) != request
    assert isinstance(begin(shop), Running)


def test_another_request_by_one_key_is_told_apart_whatever_became_of_the_first(shop: Shop) -> None:
    request = begun(shop)
    assert begin(shop, body=BODY + " ") == Different()
    idempotency.drop(shop.context, request)
    assert begin(shop, body=BODY + " ") == Different()
    idempotency.finish(shop.context, request, 201, ANSWER)
    assert begin(shop, body=BODY + " ") == Different()


def test_keys_of_two_owners_are_two(shop: Shop) -> None:
    assert begun(shop) != begun(shop, owner="rival")
    idempotency.finish(shop.context, begun(shop, key="other"), 201, ANSWER)
    assert isinstance(begin(shop, key="other", owner="rival"), Run)


def test_while_the_first_runs_another_is_told_to_wait_until_its_process_is_taken_for_dead(shop: Shop) -> None:
    request = begun(shop)
    shop.clock.forward(seconds=29)
    assert begin(shop) == Running(1)
    shop.clock.forward(seconds=1)
    assert begun(shop) == request
    assert begin(shop) == Running(1)


def test_of_two_that_carried_it_out_the_first_answer_is_kept(shop: Shop) -> None:
    request = begun(shop)
    shop.clock.forward(seconds=30)
    assert begun(shop) == request
    idempotency.finish(shop.context, request, 201, ANSWER)
    idempotency.finish(shop.context, request, 500, b"late")
    idempotency.drop(shop.context, request)
    assert begin(shop) == Replay(201, ANSWER)


def test_a_request_without_an_answer_is_carried_out_again_at_once_under_its_id(shop: Shop) -> None:
    request = begun(shop)
    idempotency.drop(shop.context, request)
    assert begun(shop) == request


@pytest.mark.parametrize("lost", ["erased", "key gone"])
def test_an_answer_that_is_gone_is_found_again_under_the_same_id(shop: Shop, lost: str) -> None:
    request, other = begun(shop), begun(shop, owner="rival")
    for each in (request, other):
        idempotency.finish(shop.context, each, 201, ANSWER)
    context = shop.context
    if lost == "erased":
        with shop.context.database.write() as session:
            idempotency.erase(session, "cafe")
        assert begin(shop, owner="rival") == Replay(201, ANSWER)
    else:
        context = dataclasses.replace(shop.context, sealer=Sealer(["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]))
    assert idempotency.begin(context, "cafe", KEY, BODY) == Run(request)
    idempotency.finish(context, request, 200, b"{}")
    assert idempotency.begin(context, "cafe", KEY, BODY) == Replay(200, b"{}")


def test_nothing_of_what_was_asked_or_answered_can_be_read_in_the_database(shop: Shop) -> None:
    idempotency.finish(shop.context, begun(shop), 201, ANSWER)
    begun(shop, key="another")
    rows = shop.all(models.IdempotentRequest)
    kept = str([vars(row) for row in rows])
    assert len({row.fingerprint for row in rows}) == 2  # of one body
    assert not [each for each in (KEY, BODY, "33612345678", "ord_1", "Zoë") if each in kept]


def test_what_is_shown_once_is_not_kept(shop: Shop) -> None:
    answer = {"id": "ep_1", "secret": "whsec_1", "old": [{"secrets": ["whsec_2"]}], "text": 'a "secret" é'} | {
        "metadata": {"secret": "the shop's own"}
    }
    idempotency.finish(shop.context, begun(shop), 201, json.dumps(answer).encode())
    kept = begin(shop)
    assert json.loads(kept.body) == answer | {"secret": None, "old": [{"secrets": None}]}


def test_what_is_over_is_swept(shop: Shop) -> None:
    for number in range(3):
        begun(shop, key=str(number))
    shop.clock.forward(hours=24)
    begun(shop, key="new")
    assert len(shop.all(models.IdempotentRequest)) == 1
    shop.clock.forward(hours=24)
    idempotency.sweep(shop.context)
    assert shop.all(models.IdempotentRequest) == []


def test_of_fifty_at_once_one_is_carried_out(shop: Shop) -> None:
    contexts = [dataclasses.replace(shop.context, pace=Pace()) for _ in range(5)]
    with ThreadPoolExecutor(10) as threads:
        found = list(threads.map(lambda n: idempotency.begin(contexts[n % 5], "cafe", KEY, BODY), range(50)))
    assert Counter(type(each) for each in found) == {Run: 1, Running: 49}


def test_fifty_different_ones_at_once_by_one_key_place_one_order(shop: Shop) -> None:
    def ask(number: int) -> str:
        context: ServiceContext = shop.context.acting_as(actors.api_key("key_1"))
        found = idempotency.begin(context, "cafe", KEY, f"{BODY} {number}")
        if isinstance(found, Run):
            wanted = lifecycle.Request(
                action=Action.PAYMENT, amount=Money(1000 + number, "EUR"), phone=BUYER, idempotency_key=found.request_id
            )
            order = lifecycle.create(context, shop.id, wanted, send=False)
            idempotency.finish(context, found.request_id, 201, order.id.encode())
        return type(found).__name__

    with ThreadPoolExecutor(10) as threads:
        found = Counter(threads.map(ask, range(50)))
    assert found == {"Run": 1, "Different": 49}
    assert len(shop.all(models.Order)) == 1
