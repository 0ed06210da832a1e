"""Who gets one of a process's places at the gateway, who waits for one, and who is turned away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from webapp.domain.errors import Busy
from webapp.services.runtime.slots import GatewaySlots


@pytest.mark.parametrize(
    ("threads", "most", "at_once", "waiting"),
    [(8, None, 6, 1), (32, None, 24, 7), (32, 8, 8, 23), (4, 9, 3, 0), (2, None, 1, 0), (1, None, 1, 0)],
)
def test_slots_follow_the_threads_of_which_one_is_left_to_pages(
    threads: int, most: int | None, at_once: int, waiting: int
) -> None:
    slots = GatewaySlots.of_threads(threads, most)
    assert (slots._most, slots._waiting) == (at_once, waiting)


def pays(slots: GatewaySlots, begun: threading.Semaphore, go_on: threading.Event) -> bool:
    try:
        with slots.for_try():
            begun.release()
            return go_on.wait(20)
    except Busy:
        return False


def test_a_buyer_waits_for_a_place_and_is_not_turned_away() -> None:
    """32 press Pay at once, on two processes of 20 threads each, of which a quarter has to wait."""
    slots, begun, go_on = GatewaySlots(12, 7, 20), threading.Semaphore(0), threading.Event()
    with ThreadPoolExecutor(16) as buyers:
        paying = [buyers.submit(pays, slots, begun, go_on) for _ in range(16)]
        for _ in range(12):
            assert begun.acquire(timeout=20)
        assert not begun.acquire(timeout=0.2)  # longer than who may not wait is let
        go_on.set()
        assert all(each.result(20) for each in paying)


def test_who_finds_as_many_waiting_as_may_is_turned_away_soon_and_so_is_who_waited_long() -> None:
    slots, begun, go_on = GatewaySlots(1, 1, 0.5), threading.Semaphore(0), threading.Event()
    with ThreadPoolExecutor(3) as buyers:
        first = buyers.submit(pays, slots, begun, go_on)
        assert begun.acquire(timeout=20)
        later = [buyers.submit(pays, slots, begun, go_on) for _ in range(2)]
        assert [each.result(20) for each in later] == [False, False]
        go_on.set()
        assert first.result(20)
    with slots.for_try():
        assert slots._waiting == 1
