"""The guide through the first five minutes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.outage import Outage
from sandbox.phones import journey

CHARGED: list[dict[str, Any]] = [{"state": "paid", "charged_alias": None}, {"state": "paid", "charged_alias": "al_1"}]


def now(outage: Outage, *, running: bool = True) -> journey.Step:
    shop: Any = [type("Bubble", (), {"opened": True})()]
    return next(step for step in journey.steps(shop, [], CHARGED, outage, running=running) if step.now)


def test_an_outage_is_done_when_what_was_turned_away_has_come() -> None:
    assert now(Outage()).word == "Outage"
    assert now(Outage(waiting=1)).word == "Outage"
    assert now(Outage(arrived=1)).word == "Merchant"


@pytest.mark.parametrize(
    ("running", "waiting", "words"),
    [
        (True, 0, "Stop the order backend"),
        (False, 0, "order and pay once more"),
        (False, 1, "Start the order backend again"),
        (True, 1, "runs again, and a callback waits"),
    ],
)
def test_in_an_outage_the_guide_says_what_comes_next(running: bool, waiting: int, words: str) -> None:
    assert words in now(Outage(waiting=waiting), running=running).say
