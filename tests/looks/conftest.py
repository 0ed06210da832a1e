"""One stage for all tests of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.looks import axe
from tests.looks.stage import Stage, phone, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The shop with an order in every state."""
    with stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def order(scenes: Stage) -> str:
    """An open one."""
    return scenes.shop.order(description="2 pizzas")


@pytest.fixture(scope="session")
def carried(browser: Browser) -> Iterator[BrowserContext]:
    """A phone that has axe, for all tests of a process."""
    with phone(browser) as context:
        yield axe.carries(context)


@pytest.fixture
def checked(carried: BrowserContext) -> Iterator[BrowserContext]:
    """The same, by day again after the test."""
    yield carried
    for page in carried.pages:
        page.emulate_media(color_scheme="light")
