"""A new order in a browser: what the buyer gets stands beside the form while it is filled in; a large amount is asked about; a link is passed on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actors import office
from tests.e2e.office import fits

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from sandbox.world import World

PHONE = "+33612345678"
HOSTILE = "<img src=x onerror=alert(1)> & 2 pizzas"


@pytest.mark.parametrize("width", [360, 1280])
def test_an_order_is_previewed_asked_about_and_passed_on(context: BrowserContext, world: World, width: int) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = office(context.new_page(), world, "/office/orders/new")
    page.set_viewport_size({"width": width, "height": 780})
    preview = page.locator("#preview")
    page.get_by_label("Amount").fill("12.50")
    page.get_by_label("Buyer's phone").fill(PHONE)
    page.get_by_label("What is paid").fill(HOSTILE)
    expect(preview).to_contain_text("The message in WhatsApp")
    expect(preview).to_contain_text(HOSTILE)
    expect(preview.get_by_text(re.compile("Payer 12,50"))).to_be_visible()  # in the language of the phone's country
    page.get_by_label("Language of the page").select_option("en")
    expect(preview.get_by_text(re.compile("Pay 12.50"))).to_be_visible()
    assert fits(page)
    page.get_by_label("Amount").fill("12,5,0")
    page.get_by_label("What is paid").focus()
    expect(page.locator("#amount-note .error")).to_be_visible()
    page.get_by_label("Amount").fill("90000")
    page.get_by_label("Buyer's phone").fill("")
    page.get_by_label(re.compile("Nobody")).check()
    expect(preview).to_contain_text("Nobody is sent anything")
    page.get_by_role("button", name="Make the order").click()
    expect(page.get_by_text(re.compile("90.000")).first).to_be_visible()
    assert fits(page)
    assert page.locator("#link").count() == 0
    page.get_by_role("button", name=re.compile("Yes")).click()
    expect(page.get_by_role("img", name="QR code of the payment link")).to_be_visible()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#link").input_value()
    assert fits(page)
