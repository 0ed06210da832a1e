"""Limits of keys: so many a minute, of all processes together, and few writes for many reads."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.kit import Shop
from webapp.db import models
from webapp.services.accounts import api_limits
from webapp.services.accounts.api_limits import Allowance, Kind
from webapp.services.runtime.budgets import Budgets


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_limits, "MOST", {Kind.READ: 120, Kind.WRITE: 60})


def test_so_many_are_allowed_and_then_none_until_the_minute_is_over(shop: Shop) -> None:
    taken = [api_limits.take(shop.context, "key_a", Kind.READ) for _ in range(130)]
    assert [each.allowed for each in taken] == [True] * 120 + [False] * 10
    assert [each.remaining for each in taken] == [*range(119, -1, -1), *[0] * 10]
    assert api_limits.take(shop.context, "key_a", Kind.WRITE) == Allowance(60, 59, 60, allowed=True)
    assert api_limits.take(shop.context, "key_b", Kind.READ).allowed
    shop.clock.forward(seconds=59.5)
    assert api_limits.take(shop.context, "key_a", Kind.READ) == Allowance(120, 0, 1, allowed=False)
    shop.clock.forward(seconds=0.5)
    assert api_limits.take(shop.context, "key_a", Kind.READ) == Allowance(120, 119, 60, allowed=True)


def test_processes_share_the_limit(shop: Shop) -> None:
    contexts = [dataclasses.replace(shop.context, budgets=Budgets()) for _ in range(3)]
    with ThreadPoolExecutor(6) as threads:
        taken = list(threads.map(lambda n: api_limits.take(contexts[n % 3], "key_a", Kind.READ), range(180)))
    assert sum(each.allowed for each in taken) == 120


def test_what_is_refused_writes_nothing(shop: Shop) -> None:
    for _ in range(121):
        api_limits.take(shop.context, "key_a", Kind.READ)
    counted = shop.one(models.Limit).count
    for _ in range(50):
        assert not api_limits.take(shop.context, "key_a", Kind.READ).allowed
    assert shop.one(models.Limit).count == counted == 120
