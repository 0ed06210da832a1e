"""What a screen reader finds on a page, as text: title, then roles, names and states in order (Playwright's `aria_snapshot`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).with_name("trees")
LANGUAGES = ("en", "ar")
TOKEN = re.compile(r"/p/ord_[\w.-]+|/p/[\w-]{8,}\.[\w.-]+")
DRAWN = (  # another one each time
    (TOKEN, "/p/…"),
    (re.compile(r"\b(ord|buy|al|msg|ep|pi|rf|imp|key)_[A-Za-z0-9]{10,}"), r"\1_…"),
    (re.compile(r"/office/status/[\w.-]+"), "/office/status_…"),
    (re.compile(r"\bordo_test_\w+"), "ordo_test_"),
    (re.compile(r"127\.0\.0\.1:\d+(/\d+)?"), "127.0.0.1"),
    (re.compile(r"\d+(?=[\u200e\u200f]* ms\b)"), "…"),
)


def path(name: str, language: str) -> Path:
    """The golden of a look."""
    return FOLDER / language / f"{name}.txt"


def tree(page: Page) -> str:
    """The page's tree; tokens and ids, which are others each time, left out."""
    told = page.locator("body").aria_snapshot()
    for drawn, instead in DRAWN:
        told = drawn.sub(instead, told)
    return f"{page.title()}\n\n{told}\n"
