"""The back office's pages, by axe, by their width and, where a golden is kept, as a screen reader reads them: light and dark, on a phone and on a desk, and on a
small phone whose text has twice the size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import browser as client_of
from tests.looks import axe, office, quiet, trees, visits
from tests.looks.stage import Stage
from tests.looks.visits import Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark import ParameterSet
    from flask.testing import FlaskClient
    from playwright.sync_api import BrowserContext, Page

    from tests.looks.stage import Scheme

PHONE, TWICE = "360", "320 at 200 %"
BETWEEN = (704, 960, 1040)  # pixels, each side of where lists become tables and the menu goes to the side
SIZES, SCHEMES, LANGUAGES = (PHONE, TWICE), ("light", "dark"), ("en", "ar", "ja")
USUAL = {("en", "light", PHONE), ("ar", "dark", TWICE), ("ja", "light", PHONE)}
LONG = ("de", "pl")  # languages whose words are long
OVER = "document.documentElement.scrollWidth - innerWidth"
TEXT = "size => { document.documentElement.style.fontSize = size; }"


@pytest.fixture(scope="module")
def clerk(scenes: Stage) -> FlaskClient:
    return office.enters(scenes)


@pytest.fixture(scope="module")
def found(scenes: Stage, clerk: FlaskClient) -> list[Visit]:
    return visits.visits(scenes, clerk)


def looks() -> Iterator[ParameterSet]:
    """Every language, scheme and size; `slow` are those that are not for every change."""
    for language in LANGUAGES:
        for scheme in SCHEMES:
            for size in SIZES:
                quick = (language, scheme, size) in USUAL
                yield pytest.param(language, scheme, size, marks=[] if quick else [pytest.mark.slow])


def sizes(page: Page, size: str) -> None:
    page.set_viewport_size({"width": int(size.split(maxsplit=1)[0]), "height": 740})
    page.evaluate(TEXT, "200%" if size == TWICE else "")


def runs_over(page: Page, *others: int) -> list[str]:
    """Where a page is wider than its screen: a phone's, and others."""
    wrong = []
    for size in (*SIZES, *map(str, others)):
        sizes(page, size)
        over = page.evaluate(OVER)
        wrong += [f"{size}: {over} px too wide"] if over > 0 else []
    return wrong


@pytest.mark.parametrize(("language", "scheme", "size"), list(looks()))
def test_axe_finds_nothing_and_nothing_runs_over_on_any_page(
    checked: BrowserContext, clerk: FlaskClient, found: list[Visit], language: str, scheme: Scheme, size: str
) -> None:
    page, wrong = checked.new_page(), []
    page.emulate_media(color_scheme=scheme)
    for visit in found:
        visits.shows(page, clerk, visit, language)
        wrong += [f"{visit}: {each}" for each in runs_over(page)]
        sizes(page, size)
        wrong += [f"{visit}: {each}" for each in axe.finds(page)]
    page.close()
    assert wrong == []


@pytest.mark.parametrize("language", LONG)
def test_no_page_is_wider_than_its_screen(
    checked: BrowserContext, clerk: FlaskClient, found: list[Visit], language: str
) -> None:
    page, wrong = checked.new_page(), []
    for visit in found:
        visits.shows(page, clerk, visit, language)
        wrong += [f"{visit}: {each}" for each in runs_over(page, *BETWEEN)]
    page.close()
    assert wrong == []


def check(page: Page) -> None:
    """Both schemes, both widths: nothing is found, nothing runs over."""
    wrong = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in office.WIDTHS.values():
            page.set_viewport_size({"width": width, "height": office.HEIGHT})
            wrong += [f"{scheme}, {width} px: {each}" for each in axe.finds(page)]
            if page.evaluate(OVER) > 0:
                wrong.append(f"{scheme}, {width} px: runs over")
    page.close()
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", ["/office/login", "/office/link/nothing"])
def test_axe_finds_nothing_at_the_door(scenes: Stage, checked: BrowserContext, path: str, language: str) -> None:
    check(office.opens(checked, client_of(scenes.app), path, language))


@pytest.mark.parametrize("language", trees.LANGUAGES)
@pytest.mark.parametrize("name", office.PICTURED)
def test_a_screen_reader_finds_in_the_back_office_what_was_found_good(
    scenes: Stage, checked: BrowserContext, clerk: FlaskClient, name: str, language: str
) -> None:
    page = office.opens(checked, clerk, f"/office/{office.PICTURED[name]}", language)
    assert trees.tree(page) == trees.path(name, language).read_text("utf-8")
    check(page)


@pytest.mark.parametrize("language", trees.LANGUAGES)
@pytest.mark.parametrize("name", office.READ)
def test_a_screen_reader_finds_on_the_main_pages_what_was_found_good(
    scenes: Stage, checked: BrowserContext, clerk: FlaskClient, name: str, language: str
) -> None:
    page = office.read(scenes, checked, clerk, name, language)
    assert trees.tree(page) == trees.path(name, language).read_text("utf-8")
    page.close()


@pytest.fixture(scope="module")
def boss(scenes: Stage) -> FlaskClient:
    return office.enters(scenes, quiet.ADMIN)


@pytest.fixture(scope="module")
def tab(carried: BrowserContext) -> Iterator[Page]:
    """One for all these pages: a tab takes longer to open than a page."""
    page = carried.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("language", trees.LANGUAGES)
@pytest.mark.parametrize("name", quiet.PAGES)
def test_a_screen_reader_finds_on_the_other_pages_what_was_found_good(
    scenes: Stage, tab: Page, boss: FlaskClient, name: str, language: str
) -> None:
    page = office.shows(tab, boss, scenes.quiet.path(name), language)
    assert trees.tree(page) == trees.path(name, language).read_text("utf-8")
