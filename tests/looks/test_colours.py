"""Colours that the reader forces, and a reader whom movement makes ill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.looks.stage import Stage, phone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

MOVES = """() => document.getAnimations().filter((each) => {
  const { duration, iterations } = each.effect.getComputedTiming();
  return each.playState === "running" && !(each.effect.target.matches(".spinner, .busy") && duration >= 3000);
}).map((each) => each.animationName || each.transitionProperty)"""
EDGES = """() => [...document.querySelectorAll("button, a.pay, .languages summary, label.consent, .box")]
  .filter((each) => each.checkVisibility())
  .filter((each) => { const style = getComputedStyle(each); return style.borderTopStyle === "none" || parseFloat(style.borderTopWidth) < 1; })
  .map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture
def forced(browser: Browser) -> Iterator[BrowserContext]:
    with phone(browser) as context:
        yield context


@pytest.mark.parametrize("name", ["payment", "payment-working", "waiting", "declined"])
def test_nothing_moves_but_a_slow_sign_of_work_where_movement_is_unwelcome(
    scenes: Stage, forced: BrowserContext, name: str
) -> None:
    assert scenes.shows(forced, name, "en").evaluate(MOVES) == []


@pytest.mark.parametrize("name", ["payment", "ask", "declined", "bank", "paid-saved-remove", "refused"])
def test_under_forced_colours_what_can_be_pressed_and_what_stands_out_has_an_edge(
    scenes: Stage, forced: BrowserContext, name: str
) -> None:
    page = scenes.shows(forced, name, "en")
    page.emulate_media(forced_colors="active")
    assert page.evaluate(EDGES) == []
