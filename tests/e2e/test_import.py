"""Orders from a file: an error is told, mended, and the orders are made while somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.actors import office
from tests.e2e.office import fits

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from sandbox.world import World

HOME = "/office/orders/import"


def choose(page: Page, text: str) -> None:
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "november.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )


@pytest.mark.parametrize("width", [360, 1280])
def test_a_file_is_mended_confirmed_and_followed(context: BrowserContext, world: World, width: int) -> None:
    page = office(context.new_page(), world)
    page.set_viewport_size({"width": width, "height": 780})
    page.get_by_role("link", name="Import from a file").click()
    lines = "".join(f"W{width}-{number},{number}.50,+33612345678,none\n" for number in range(1, 121))
    wrong = f"reference,amount,phone,channel\n{lines}W{width}-0,x,12,none\n"
    choose(page, wrong)
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_text("Errors in the file: 2").wait_for()
    assert fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="This list as a file").click()
    assert "122,amount,bad_amount" in download.value.path().read_text("utf-8-sig")
    choose(page, wrong.replace(",x,12,", ",9,+33612345678,"))
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_text("and 101 more").wait_for()
    assert fits(page)
    page.get_by_role("button", name="Make the orders: 121").click()
    page.get_by_role("heading", name="Done").wait_for()
    assert page.get_by_text("121 / 121").is_visible()
    assert page.get_by_role("progressbar").get_attribute("value") == "121"
    assert fits(page)
    page.get_by_role("link", name="See the orders").click()
    page.get_by_role("link", name=f"W{width}-").first.wait_for()


def test_a_file_that_is_too_large_is_told_before_it_is_sent_and_after(context: BrowserContext, world: World) -> None:
    page = office(context.new_page(), world, HOME)
    choose(page, " " * (8 * 1024 * 1024 + 1))
    assert page.get_by_label("File", exact=True).evaluate("it => it.validationMessage") == (
        "The file is larger than 8 MB. Send it in parts."
    )
    page.locator("form:has(#file)").evaluate("it => { it.noValidate = true }")
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_role("alert").get_by_text("larger than 8 MB").wait_for()
