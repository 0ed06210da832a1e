"""When a buyer's phone on a slow network shows what, and what travels for it: the median of seven openings of each page, each with an empty
cache. Of the back office only what travels: it has no limits of time.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from tests.budget import limits, phone
from tests.budget.place import place
from tests.conftest import CHROMIUM_FLAGS
from tests.e2e.actors import office
from tools import machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Browser

TIMES = 7


@dataclass(frozen=True)
class Row:
    """A page: its moments, of which some or none have limits here, and the bytes that travelled, by kind."""

    page: str
    moments: dict[str, float]
    travelled: Counter[str]

    @property
    def over(self) -> list[str]:
        """The moments that come too late, or move too much."""
        return [name for name, value in self.moments.items() if value > limits.MOMENTS[name]]


def rows(folder: Path) -> list[Row]:
    """Every page, in a world that keeps its things in a folder."""
    with place(folder) as found, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=CHROMIUM_FLAGS)
        made = [_row(name, _openings(browser, address, TIMES)) for name, address in found.pages.items()]
        with phone.of(browser) as context:
            office(context.new_page(), found.world)
            cookies = context.storage_state()
        for name, path in {"back office": "/office/orders", "an order in it": found.order}.items():
            opened = _openings(browser, found.world.addresses.ordo.browser + path, 1, storage_state=cookies)
            made.append(Row(name, {}, _row(name, opened).travelled))
        browser.close()
    return made


def _openings(browser: Browser, address: str, times: int, **more: Any) -> list[phone.Opening]:
    with phone.of(browser, **more) as context:
        context.new_page().goto(address)  # the server builds a page when it is first asked for it
    opened = []
    for _ in range(times):
        with phone.of(browser, **more) as context:
            opened.append(phone.opens(context, address))
    return opened


def _row(name: str, opened: Sequence[phone.Opening]) -> Row:
    """The median of each moment, and of the bytes."""
    moments = {each: statistics.median(opening.moments[each] for opening in opened) for each in limits.MOMENTS}
    kinds = {kind for opening in opened for kind in opening.travelled}
    travelled = {kind: int(statistics.median(opening.travelled[kind] for opening in opened)) for kind in kinds}
    return Row(name, moments, Counter(travelled))
