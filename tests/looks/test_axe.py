"""Nothing that axe knows of keeps anybody from reading or using a page: every state, light and dark, three scripts, and 320 px
enlarged to 200 %, which leaves 160."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.looks import axe
from tests.looks.stage import LOOKS, Scheme, Stage, turns

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (360, 160)
TWICE_THE_TEXT = "document.documentElement.style.fontSize = '200%'"
OVER = "document.documentElement.scrollWidth - innerWidth"


def test_axe_is_the_one_that_was_looked_at() -> None:
    checksum, name = (axe.AXE.parent / "SHA256SUMS").read_text("ascii").split()
    assert name == axe.AXE.name
    assert hashlib.sha256(axe.AXE.read_bytes()).hexdigest() == checksum


def sizes(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 780})


@pytest.mark.parametrize("language", ["en", "ar", "ja"])
@pytest.mark.parametrize("name", LOOKS)
def test_axe_finds_nothing_and_nothing_runs_over(
    scenes: Stage, checked: BrowserContext, name: str, language: str
) -> None:
    page = scenes.shows(checked, name, language)
    wrong = []
    for scheme in SCHEMES:
        turns(page, scheme)
        for width in WIDTHS:
            sizes(page, width)
            wrong += [f"{scheme}, {width} px: {each}" for each in axe.finds(page)]
            if page.evaluate(OVER) > 0:
                wrong.append(f"{scheme}, {width} px: runs over")
    sizes(page, 320)
    page.evaluate(TWICE_THE_TEXT)
    if page.evaluate(OVER) > 0:
        wrong.append("320 px, text of twice the size: runs over")
    page.close()
    assert wrong == []


def test_axe_looks_into_every_frame(scenes: Stage, checked: BrowserContext) -> None:
    page = scenes.shows(checked, "payment", "en")
    for body in (page.locator("body"), page.frame_locator("#card-frame iframe").locator("body")):
        body.evaluate("body => body.append(document.createElement('button'))")
    found = [each for each in axe.finds(page) if each.startswith("button-name:")]
    page.close()
    assert len(found) == 2
