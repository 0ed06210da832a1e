"""Requests that are sent again, many at once, by clients that time out and lose their keys: done once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.backend import ORDER, Backend
from tests.kit import Killed, browser, saved
from webapp.db import models
from webapp.services.runtime import idempotency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from tests.kit import Shop

Answer = tuple[int, dict[str, Any]]


def at_once(app: Flask, backend: Backend, ask: Callable[[Backend, int], Any], times: Iterable[int]) -> list[Answer]:
    """Each by a client of its own, ten at a time."""

    def asked(number: int) -> Answer:
        answer = ask(Backend(browser(app), backend.token), number)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(10) as threads:
        return list(threads.map(asked, times))


def kinds(answers: list[Answer]) -> Counter[str]:
    return Counter(told.get("code", str(status)) for status, told in answers)


def test_fifty_equal_requests_place_one_order_and_are_told_of_it(app: Flask, shop: Shop, backend: Backend) -> None:
    answers = at_once(app, backend, lambda client, _: client.post("/orders", ORDER, key="k"), range(50))
    found = kinds(answers)
    assert set(found) <= {"201", "idempotency_key_running"}
    assert {told["id"] for status, told in answers if status == 201} == {shop.one(models.Order).id}
    assert backend.post("/orders", ORDER, key="k").get_json()["id"] == shop.one(models.Order).id


def test_fifty_unequal_requests_by_one_key_place_one_order(app: Flask, shop: Shop, backend: Backend) -> None:
    answers = at_once(
        app, backend, lambda client, n: client.post("/orders", ORDER | {"reference": f"R{n}"}, key="k"), range(50)
    )
    assert kinds(answers) == {"201": 1, "idempotency_key_reused": 49}
    assert len(shop.all(models.Order)) == 1


def test_fifty_that_have_lost_their_keys_charge_a_card_once(app: Flask, shop: Shop, backend: Backend) -> None:
    path = f"/aliases/{shop.get(saved(shop)).alias_id}/charge"
    wanted = {"reference": "RENT-1", "amount": 500, "currency": "EUR"}
    answers = at_once(app, backend, lambda client, n: client.post(path, wanted, key=f"k{n}"), range(50))
    assert kinds(answers) == {"201": 1, "reference_exists": 49}
    assert len({told.get("order", told.get("id")) for _, told in answers}) == 1
    shop.drain()
    assert len(shop.all(models.Attempt, models.Attempt.payment_method_id.is_not(None))) == 1


def test_what_died_before_it_answered_is_found_when_it_is_sent_again(
    app: Flask, shop: Shop, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(idempotency, "finish", dies)
        backend.post("/orders", ORDER, key="k")
    running = backend.post("/orders", ORDER, key="k")
    assert (running.status_code, running.headers["Retry-After"]) == (409, "1")
    shop.clock.forward(seconds=30)
    found = backend.post("/orders", ORDER, key="k")
    assert (found.status_code, found.get_json()["id"]) == (201, shop.one(models.Order).id)
    again = backend.post("/orders", ORDER, key="k")
    assert (again.get_json(), again.headers["Idempotent-Replayed"]) == (found.get_json(), "true")


def dies(*_: object) -> None:
    raise Killed
