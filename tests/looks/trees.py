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
DRAWN = re.compile(r"\b(ord|buy|al|msg|ep|pi|rf)_[A-Za-z0-9]{10,}|/office/status/[\w.-]+")  # another one each time


def path(name: str, language: str) -> Path:
    """The golden of a look."""
    return FOLDER / language / f"{name}.txt"


def tree(page: Page) -> str:
    """The page's tree; tokens and ids, which are others each time, left out."""
    told = DRAWN.sub(
        lambda found: f"{found[1] or '/office/status'}_…", TOKEN.sub("/p/…", page.locator("body").aria_snapshot())
    )
    return f"{page.title()}\n\n{told}\n"
