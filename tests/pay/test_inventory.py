"""What a browser finds on the pages is what the inventory names: nothing more, and nothing without a purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.pay.pages import PAGES, SCRIPT, render
from tests.pay.scripts import SILENCE, Server
from webapp.inventory.page import inventory

if TYPE_CHECKING:
    from collections.abc import Callable
RECEIPTS = {"done", "held"}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_state_runs_the_scripts_of_the_inventory_and_no_other(opens: Callable[[Server], Page], name: str) -> None:
    page = opens(Server(render(name), {"resume": [SILENCE], "status": [SILENCE]}))
    if PAGES[name][0] == "show":
        expect(page.locator("#button")).to_have_attribute("aria-disabled", "false")
    found = page.eval_on_selector_all(
        "script", "all => all.filter(each => each.type !== 'application/json').map(each => each.src || 'inline')"
    )
    ours = {f"/static/{path}" for path in inventory()}
    assert {address for address in found if address != SCRIPT and urlsplit(address).path not in ours} == set()
    assert ("/static/js/receipt.js" in {urlsplit(address).path for address in found}) == (PAGES[name][0] in RECEIPTS)
    if PAGES[name][0] == "show":
        always = {f"/static/{path}" for path, script in inventory().items() if not script.when}
        assert {urlsplit(address).path for address in found if address != SCRIPT} == always
