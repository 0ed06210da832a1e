"""Moments from what the browser observed, and a page that dawdles or jumps, which is over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.budget import __main__ as budget
from tests.budget import limits, phone
from tests.budget.times import Row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

ADDRESS = "http://ordo.localhost/p/slow"
QUICK = "<!doctype html><title>Pay</title><h1>Pay</h1>"
# After the first paint: a box above all, or a task of a third of a second.
AFTER = "<script>requestAnimationFrame(() => setTimeout(() => setTimeout(() => {{ {} }}, 50)))</script>"
JUMPS = AFTER.format("document.body.prepend(Object.assign(document.createElement('p'), {style: 'height: 300px'}))")
DAWDLES = AFTER.format("const end = performance.now() + 300; while (performance.now() < end);")


def seen(**more: Any) -> dict[str, Any]:
    return {"paint": [1000.0], "largest": [1000.0, 1400.0], "shifts": [], "tasks": []} | more


def test_the_largest_paint_is_the_last_one_told() -> None:
    assert phone.moments(seen()) == {limits.FCP: 1000, limits.LCP: 1400, limits.TBT: 0, limits.CLS: 0}


@pytest.mark.parametrize(
    ("tasks", "blocked"),
    [([[900, 90]], 0), ([[900, 190]], 40), ([[1100, 50]], 0), ([[1100, 80], [1300, 60]], 40), ([[100, 800]], 0)],
)
def test_of_a_long_task_counts_what_is_beyond_50_ms_after_the_first_paint(tasks: list[list[int]], blocked: int) -> None:
    assert phone.moments(seen(tasks=tasks))[limits.TBT] == blocked


@pytest.mark.parametrize(
    ("shifts", "most"),
    [
        ([[100, 0.25], [900, 0.5]], 0.75),
        ([[100, 0.25], [1200, 0.5]], 0.5),
        ([[1000 * second * 0.9, 0.125] for second in range(8)], 0.75),
    ],
)
def test_shifts_add_up_until_a_second_of_rest_or_five_in_all(shifts: list[list[float]], most: float) -> None:
    assert phone.moments(seen(shifts=shifts))[limits.CLS] == most


@pytest.mark.parametrize(("html", "moment"), [(JUMPS, limits.CLS), (DAWDLES, limits.TBT)])
def test_a_page_that_jumps_or_dawdles_is_over(
    browser: Browser, html: str, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body=QUICK + html, content_type="text/html")

    with phone.of(browser) as context:
        context.route("**/*", answer)
        opened = phone.opens(context, ADDRESS)
    assert opened.moments[moment] > limits.MOMENTS[moment]
    row = Row("slow", {moment: opened.moments[moment]}, Counter({limits.HTML: 10}))
    assert budget.told_times([row]) == 1
    assert f"OVER: {moment}" in capsys.readouterr().out
    assert budget.told_times([Row("quick", {moment: limits.MOMENTS[moment]}, Counter())]) == 0


def test_a_busy_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("os.getloadavg", lambda: (0.9, 8.0, 8.0))
    assert budget.busy() == ""
    monkeypatch.setattr("os.getloadavg", lambda: (3.1, 0.0, 0.0))
    assert "load 3.1 on 2 processors" in budget.busy()
