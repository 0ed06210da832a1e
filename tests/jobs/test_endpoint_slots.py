"""How many callbacks may be on their way to whom."""

from __future__ import annotations

import time

import pytest

from webapp.jobs import endpoint_slots
from webapp.jobs.endpoint_slots import EndpointSlots


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: at[0])
    return at


def answers(slots: EndpointSlots, endpoint: str, times: int = 1) -> None:
    for _ in range(times):
        slots.begin(endpoint, f"shop {endpoint}", "msg")
        slots.end(endpoint, "msg")


def fill(slots: EndpointSlots, endpoint: str, merchant: str = "") -> int:
    """Send as many as may go there; how many."""
    count = 0
    while slots.room(endpoint, merchant or f"shop {endpoint}"):
        slots.begin(endpoint, merchant or f"shop {endpoint}", f"msg {count}")
        count += 1
    return count


def test_a_new_endpoint_has_one_and_all_new_ones_a_quarter() -> None:
    slots = EndpointSlots(32)
    assert [fill(slots, str(number)) for number in range(10)] == [1] * 8 + [0] * 2
    assert "0" in slots.busy()


def test_one_that_answers_has_an_eighth_and_a_merchant_half(clock: list[float]) -> None:
    slots = EndpointSlots(32)
    for number in range(8):
        slots.begin(str(number), "shop", "msg")
        slots.end(str(number), "msg")
    assert [fill(slots, str(number), "shop") for number in range(8)] == [4] * 4 + [0] * 4
    assert "shop" in slots.busy()


def test_those_that_hang_have_a_quarter_however_many_they_are(clock: list[float]) -> None:
    slots = EndpointSlots(32)
    names = [str(number) for number in range(40)]
    for name in names:
        answers(slots, name)
    for name in names[:7]:
        assert fill(slots, name) == 4
    clock[0] += endpoint_slots.HANGS
    slots.look()  # all at once begin to hang
    assert [slots.room(name, name) for name in names[:7]] == [0] * 7
    for name in names[:7]:
        for count in range(4):
            slots.end(name, f"msg {count}")
    assert [fill(slots, name) for name in names[:7]] == [1] * 7
    assert fill(slots, names[20]) == 4


def test_one_that_hung_is_trusted_again_after_some_quick_answers(clock: list[float]) -> None:
    slots = EndpointSlots(32)
    slots.begin("x", "shop", "msg")
    clock[0] += endpoint_slots.HANGS
    slots.end("x", "msg")
    answers(slots, "x", endpoint_slots.AGAIN - 1)
    assert slots.room("x", "shop") == 1
    answers(slots, "x")
    assert slots.room("x", "shop") == 4


def test_what_was_not_sent_says_nothing_of_an_endpoint() -> None:
    slots = EndpointSlots(32)
    slots.begin("x", "shop", "msg")
    slots.give_back("x", "msg")
    assert (slots.taken, slots.room("x", "shop")) == (0, 1)


def test_endpoints_that_were_told_nothing_for_long_are_forgotten(clock: list[float]) -> None:
    slots = EndpointSlots(32)
    for number in range(10_000):
        answers(slots, str(number))
    clock[0] += endpoint_slots.FORGOTTEN + 1
    answers(slots, "one more")
    assert len(slots._endpoints) == 1
