"""What a screen reader finds on every state of the page is what was read and found good: `make goldens` writes it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.looks import trees
from tests.looks.stage import LOOKS, Stage, phone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[BrowserContext]:
    with phone(browser) as context:
        yield context


def test_every_golden_is_of_a_look() -> None:
    wanted = {trees.path(name, language) for name in LOOKS for language in trees.LANGUAGES}
    assert set(trees.FOLDER.rglob("*.txt")) == wanted


@pytest.mark.parametrize("language", trees.LANGUAGES)
@pytest.mark.parametrize("name", LOOKS)
def test_a_screen_reader_finds_what_was_found_good(
    scenes: Stage, reader: BrowserContext, name: str, language: str
) -> None:
    page = scenes.shows(reader, name, language)
    found = trees.tree(page)
    page.close()
    assert found == trees.path(name, language).read_text("utf-8")
