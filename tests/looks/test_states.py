"""What a screen reader finds on every state of the page is what was read and found good (`make goldens` writes it anew), and nothing
that axe knows of keeps anybody from reading or using it: light and dark, three scripts, and 320 px enlarged to 200 %, which leaves 160.
One visit of a page for all of it: to load it takes longer than to look at it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.looks import axe, goldens, trees
from tests.looks.stage import LOOKS, Scheme, Stage, turns
from webapp.pay import brand

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SCHEMES: tuple[tuple[Scheme, tuple[str, ...]], ...] = (("light", ()), ("dark", axe.COLOURS))
PAY_CSS = Path(__file__).resolve().parents[2] / "static/css/pay.css"
WIDTHS = (360, 160)
TWICE_THE_TEXT = "document.documentElement.style.fontSize = '200%'"
OVER = "document.documentElement.scrollWidth - innerWidth"


def test_axe_is_the_one_that_was_looked_at() -> None:
    checksum, name = (axe.AXE.parent / "SHA256SUMS").read_text("ascii").split()
    assert name == axe.AXE.name
    assert hashlib.sha256(axe.AXE.read_bytes()).hexdigest() == checksum


def sizes(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 780})


def test_every_tree_is_of_a_look() -> None:
    wanted = {trees.path(name, language) for name in goldens.TREES for language in trees.LANGUAGES}
    assert set(trees.FOLDER.rglob("*.txt")) == wanted


def test_the_evening_changes_nothing_but_colours() -> None:
    """So in the dark it is enough to look at those."""
    blocks = re.findall(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", PAY_CSS.read_text("utf-8"), re.DOTALL)
    sheet = brand.sheet(brand.OURS)
    blocks += re.findall(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", sheet, re.DOTALL)
    assert [re.sub(r"--[a-z-]+: #[0-9a-f]+;?\s*", "", each).split() for each in blocks] == [[":root", "{", "}"]] * 2
    assert PAY_CSS.read_text("utf-8").count("prefers-color-scheme") + sheet.count("prefers-color-scheme") == 2


@pytest.mark.parametrize("language", ["en", "ar", "ja"])
@pytest.mark.parametrize("name", LOOKS)
def test_a_screen_reader_finds_what_was_found_good_and_axe_finds_nothing(
    scenes: Stage, checked: BrowserContext, name: str, language: str
) -> None:
    page = scenes.shows(checked, name, language)
    assert page.locator("html").get_attribute("lang") == language
    if language in trees.LANGUAGES:
        assert trees.tree(page) == trees.path(name, language).read_text("utf-8")
    wrong = []
    for scheme, rules in SCHEMES:
        turns(page, scheme)
        for width in WIDTHS:
            sizes(page, width)
            if LOOKS[name].script:  # axe is one
                wrong += [f"{scheme}, {width} px: {each}" for each in axe.finds(page, rules)]
            if page.evaluate(OVER) > 0:
                wrong.append(f"{scheme}, {width} px: runs over")
    sizes(page, 320)
    page.evaluate(TWICE_THE_TEXT)
    if page.evaluate(OVER) > 0:
        wrong.append("320 px, text of twice the size: runs over")
    assert wrong == []


def test_axe_looks_into_every_frame(scenes: Stage, checked: BrowserContext) -> None:
    page = scenes.shows(checked, "payment", "en")
    for body in (page.locator("body"), page.frame_locator("#card-frame iframe").locator("body")):
        body.evaluate("body => body.append(document.createElement('button'))")
    found = [each for each in axe.finds(page) if each.startswith("button-name:")]
    assert len(found) == 2
