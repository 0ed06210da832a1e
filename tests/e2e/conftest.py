"""A phone's browser, once for each process of the run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import new_world
from tests.e2e.actors import Backend, Buyer, Merchant, office
from tests.e2e.office import SIZES, Outside, Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from sandbox.world import World

HARMLESS = re.compile(r"status of (4|5)\d\d")  # the browser's own line for an answer that the page expects


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world for the stories of one file: of them all, the shop's one phone would be written to more often than Meta lets it."""
    with new_world(tmp_path_factory.mktemp("world")) as world:
        yield world.start()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone: 360 px wide, touch, English. Not `is_mobile`: with it, a click beside a focused field of another site's frame
    is lost in Chromium. What its console complains of fails the test."""
    made = browser.new_context(
        viewport={"width": 360, "height": 780}, has_touch=True, locale="en-GB", device_scale_factor=2
    )
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    yield made
    made.close()
    assert [each for each in complaints if not HARMLESS.search(each)] == []


@pytest.fixture
def rough_context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone's browser whose console may complain: for stories in which servers are killed."""
    made = browser.new_context(viewport={"width": 360, "height": 780}, has_touch=True, locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def merchant(world: World) -> Merchant:
    return Merchant(world)


@pytest.fixture
def backend(world: World) -> Iterator[Backend]:
    yield Backend(world)
    world.around.backend.start()


@pytest.fixture(scope="module")
def outside(world: World) -> Outside:
    return Outside(world)


@pytest.fixture(scope="module")
def desk(browser: Browser, world: World) -> Iterator[Page]:
    """Léa in the back office, logged in once for all stories of a file."""
    made = browser.new_context(locale="en-GB", reduced_motion="reduce")
    yield office(made.new_page(), world)
    made.close()


@pytest.fixture(params=SIZES)
def screen(request: pytest.FixtureRequest, desk: Page, world: World) -> Screen:
    """A phone of 360 × 740, and a desk of 1280 × 800."""
    return Screen(desk, world, request.param)


@pytest.fixture
def buyer(context: BrowserContext) -> Buyer:
    return Buyer(context)
