"""The language of a page by what the browser asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import Shop, app, browser, outside, shop, test_gateway

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ASKED = {
    "iw-IL": "he",
    "iw-IL,iw;q=0.9,en-US;q=0.8": "he",
    "nb-NO,no;q=0.9,zh;q=0.8,pt-BR;q=0.7,en;q=0.6": "pt",
    "fr;q=0, de;q=0.1": "de",
    "fr;q=0": "en",
    "de;q=0.5, it;q=0.9": "it",
    "fr;q=much, tr;q=0.1": "tr",
    "*, pl;q=0.2": "pl",
    "en;q=0.0, ja": "ja",
    "": "en",
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_page_speaks_the_language_that_the_browser_wants_most(app: Flask, shop: Shop, asked: str) -> None:
    page = browser(app).get("/office/login", headers={"Accept-Language": asked}).text
    assert f'<html lang="{ASKED[asked]}"' in page
