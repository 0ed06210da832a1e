"""The back office's pages, by axe and, where a golden is kept, as a screen reader reads them: light and dark, English and Arabic, on a phone and on a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import browser as client_of
from tests.looks import axe, office, trees
from tests.looks.stage import Stage

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import BrowserContext, Page

PAGES = ("orders", "orders?q=nothing", "orders/new", "order", "operators", "settings", "members", "audit")


@pytest.fixture(scope="module")
def clerk(scenes: Stage) -> FlaskClient:
    return office.enters(scenes)


def check(page: Page) -> None:
    """Both schemes, both widths: nothing is found, nothing runs over."""
    wrong = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in office.WIDTHS.values():
            page.set_viewport_size({"width": width, "height": office.HEIGHT})
            wrong += [f"{scheme}, {width} px: {each}" for each in axe.finds(page)]
            if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
                wrong.append(f"{scheme}, {width} px: runs over")
    page.close()
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_the_back_office(
    scenes: Stage, checked: BrowserContext, clerk: FlaskClient, name: str, language: str
) -> None:
    order = scenes.shop.get(scenes.orders["paid-saved"]).id
    page = office.opens(checked, clerk, f"/office/{f'orders/{order}' if name == 'order' else name}", language)
    check(page)


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
