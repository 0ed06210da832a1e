"""What a screen reader finds on every state of the page is what was read and found good (`make goldens` writes it anew), and nothing
that axe knows of keeps anybody from reading or using it: every language, light and dark, and 320 px enlarged to 200 %, which leaves 160. Everything
stands where it should.
One visit of a page for all of it: to load it takes longer than to look at it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.looks import axe, geometry, goldens, trees
from tests.looks.stage import LOOKS, Scheme, Stage, turns
from webapp import i18n
from webapp.pay import brand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark import ParameterSet
    from playwright.sync_api import BrowserContext, Page

# What `make test` sees of the states, by turns: either direction of words, either scheme. Of each other language it sees one state; all the rest
# is for `make release-checks`.
USUAL: tuple[tuple[str, Scheme], ...] = (("en", "light"), ("ar", "dark"))
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
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
    """So `make test` looks at a state's light in one language and at its dark in another."""
    blocks = re.findall(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", PAY_CSS.read_text("utf-8"), re.DOTALL)
    sheet = brand.sheet(brand.OURS)
    blocks += re.findall(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", sheet, re.DOTALL)
    assert [re.sub(r"--[a-z-]+: #[0-9a-f]+;?\s*", "", each).split() for each in blocks] == [[":root", "{", "}"]] * 2
    assert PAY_CSS.read_text("utf-8").count("prefers-color-scheme") + sheet.count("prefers-color-scheme") == 2


def visits() -> Iterator[ParameterSet]:
    """Every state in every language and scheme; `slow` are those that are not for every change."""
    samples = dict(zip((each for each in i18n.NAMES if each not in dict(USUAL)), LOOKS, strict=False))
    for number, name in enumerate(LOOKS):
        for language in i18n.NAMES:
            for scheme in SCHEMES:
                sample = scheme == "light" and samples.get(language) == name
                quick = sample or (language, scheme) == USUAL[number % len(USUAL)]
                yield pytest.param(
                    name, language, scheme, id=f"{name}-{language}-{scheme}", marks=[] if quick else [pytest.mark.slow]
                )


@pytest.mark.parametrize(("name", "language", "scheme"), list(visits()))
def test_a_screen_reader_finds_what_was_found_good_and_axe_finds_nothing(
    scenes: Stage, checked: BrowserContext, name: str, language: str, scheme: Scheme
) -> None:
    page = scenes.shows(checked, name, language)
    turns(page, scheme)
    assert page.locator("html").get_attribute("lang") == language
    if language in trees.LANGUAGES:
        assert trees.tree(page) == trees.path(name, language).read_text("utf-8")
    wrong = geometry.finds(page) if LOOKS[name].script else []
    for width in WIDTHS:
        sizes(page, width)
        if LOOKS[name].script:  # axe is one
            wrong += [f"{width} px: {each}" for each in axe.finds(page)]
        if page.evaluate(OVER) > 0:
            wrong.append(f"{width} px: runs over")
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
