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


def path(name: str, language: str) -> Path:
    """The golden of a look."""
    return FOLDER / language / f"{name}.txt"


def tree(page: Page) -> str:
    """The page's tree; the link's token, which is another one each time, left out."""
    return f"{page.title()}\n\n{TOKEN.sub('/p/…', page.locator('body').aria_snapshot())}\n"
