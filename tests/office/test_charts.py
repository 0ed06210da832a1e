"""Where the bars of a picture stand."""

from __future__ import annotations

from webapp.office import charts


def test_columns_fill_the_picture_and_the_highest_is_as_high_as_it() -> None:
    low, high, none = charts.columns([50, 100, -5], ["a", "b", "c"], 100)
    assert (high.y, high.height, low.height, none.height) == (0, charts.HEIGHT, charts.HEIGHT / 2, 0)
    assert low.y + low.height == charts.HEIGHT
    assert none.x + none.width <= charts.WIDTH
    assert charts.columns([0], ["a"], 0)[0].height == 0


def test_a_bar_of_something_can_be_seen() -> None:
    assert (charts.length(0, 0), charts.length(1, 10_000), charts.length(5, 10)) == (0.0, 1.0, 50.0)
