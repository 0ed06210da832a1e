"""The receipt that stays when the page is closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.e2e.actors import WORKS

if TYPE_CHECKING:
    from tests.e2e.actors import Buyer, Merchant


def test_after_paying_the_buyer_keeps_the_receipt_as_a_picture(merchant: Merchant, buyer: Buyer) -> None:
    link, confirmation = merchant.orders('10 EUR +33612345678 "2 pizzas" ORDER=KEPT/1')
    with buyer.page.expect_response("**/js/receipt.js*") as script:
        buyer.opens(link).pays(WORKS).sees("Paid")
    script.value.finished()
    buyer.page.evaluate("() => new Promise((done) => setTimeout(done, 100))")  # it runs
    with buyer.page.expect_download() as started:
        buyer.taps(buyer.page.get_by_role("button", name="Keep as a picture"))
    assert started.value.suggested_filename == "receipt-KEPT-1.png"
    with Image.open(Path(started.value.path())) as picture:
        assert (picture.format, picture.width) == ("PNG", 1080)
        assert len(picture.getcolors(1 << 24) or []) > 10
    merchant.hears(confirmation, "Paid")
