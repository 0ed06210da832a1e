"""static/js/receipt.js in a browser, under the page's policy: the receipt as a picture, looked at as a picture."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.pay.pages import render
from tests.pay.scripts import ADDRESS, Server, pays
from webapp.pay.brand import Look

if TYPE_CHECKING:
    from collections.abc import Callable

BADGE, INK, WHITE = (9, 96, 74), (20, 32, 28), (255, 255, 255)
LONG = "Wedding cake of three floors with raspberries, delivered on Saturday at 9"
ARABIC: dict[str, Any] = {"language": "ar", "direction": "rtl", "merchant_name": "مقهى النور", "reference": "A12-(3)"}
SAVED, FAILED = "The picture goes to your downloads.", "The picture could not be made."
# Notes every text that is drawn, where its middle stands in the picture, and from which side it reads.
SPY = """() => {
    window.drawn = [];
    const fillText = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const { a, e } = this.getTransform();
        const half = a * this.measureText(text.trim()).width / 2;
        if (text.trim()) drawn.push({ text: text.trim(), x: a * x + e, half, direction: this.direction, formed: text.isWellFormed() });
        fillText.call(this, text, x, y);
    };
}"""
SHEET = """error => {
    window.shared = [];
    navigator.canShare = ({ files }) => files.length === 1;
    navigator.share = async ({ files }) => {
        document.body.dataset.shared = shared.push([files[0].name, files[0].type, files[0].size > 1000]);
        if (error === "stays open") await new Promise(() => {});
        if (error) throw new DOMException("", error);
    };
}"""


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Keep as a picture")


def keeps(page: Page) -> tuple[str, Image.Image]:
    """The picture as it arrives among the downloads, and its name there."""
    with page.expect_download() as started:
        button(page).click()
    data = Path(started.value.path()).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return started.value.suggested_filename, Image.open(io.BytesIO(data)).convert("RGB")


def drawn(page: Page) -> list[dict[str, Any]]:
    """What is written into the picture."""
    page.evaluate(SPY)
    keeps(page)
    found: list[dict[str, Any]] = page.evaluate("drawn")
    return found


def columns(picture: Image.Image, colour: tuple[int, int, int]) -> list[int]:
    """Where a colour stands, from the left."""
    pixels = picture.load()
    assert pixels is not None
    return [x for x in range(picture.width) if any(pixels[x, y] == colour for y in range(picture.height))]


def opened(page: Page, times: int = 1) -> None:
    """The sheet has been opened so often."""
    expect(page.locator(f"body[data-shared='{times}']")).to_be_attached()


@pytest.mark.parametrize("state", ["paid", "held", "registered"])
def test_the_picture_arrives_with_ink_in_it_under_the_order_s_reference(
    opens: Callable[[Server], Page], state: str
) -> None:
    page = opens(Server(render(state)))
    name, picture = keeps(page)
    assert (name, picture.width) == ("receipt-A12.png", 1080)
    assert len(columns(picture, INK)) > 300
    assert picture.getpixel((0, picture.height - 1)) == WHITE
    expect(page.get_by_role("status").get_by_text(SAVED)).to_be_visible()


def test_the_script_comes_with_the_receipt_of_a_payment_made_here(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("pay"), {"pay": [(200, render("paid"))]}))
    pays(page)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert keeps(page)[1].width == 1080


def test_the_picture_says_what_the_receipt_says(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid", tax="20%", refunded="€2.00")))
    texts = [each["text"] for each in drawn(page)]
    head = ["Test: no real money moves on this page.", "C", "Café Lumière", "Paid", "€10.00"]
    what = ["Shop", "Café Lumière", "For", "2 pizzas", "Tax included", "20%", "Reference", "A12"]
    how = ["Card", "Visa •• 4242", "Date", "24 Nov 2026, 09:59", "Refunded amount", "€2.00"]
    assert texts == [*head, *what, *how, "A question?", "hello@cafe-lumiere.example"]


def test_words_that_stand_side_by_side_do_not_touch(opens: Callable[[Server], Page]) -> None:
    question, contact = drawn(opens(Server(render("paid"))))[-2:]
    assert question["x"] + question["half"] + 5 < contact["x"] - contact["half"]


def test_a_real_receipt_says_nothing_of_a_test(opens: Callable[[Server], Page]) -> None:
    assert drawn(opens(Server(render("paid", test_mode=False))))[0]["text"] == "C"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ground_is_white_and_the_ink_dark_by_day_and_by_night(opens: Callable[[Server], Page], scheme: Any) -> None:
    page = opens(Server(render("paid", test_mode=False)))
    page.emulate_media(color_scheme=scheme)
    _, picture = keeps(page)
    assert {picture.getpixel((x, y)) for x in (0, 1079) for y in (0, picture.height - 1)} == {WHITE}
    assert len(columns(picture, INK)) > 300


def test_arabic_is_drawn_from_the_right(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid", **ARABIC)))
    found = {each["text"]: each for each in drawn(page)}
    name, reference = found["Reference"], found["A12-(3)"]
    assert (name["direction"], reference["direction"], found["مقهى النور"]["direction"]) == ("rtl", "ltr", "rtl")
    assert name["x"] > 540 > reference["x"]
    assert min(columns(keeps(page)[1], BADGE)) > 540


def test_english_is_drawn_from_the_left(opens: Callable[[Server], Page]) -> None:
    assert max(columns(keeps(opens(Server(render("paid"))))[1], BADGE)) < 540


def test_hostile_words_are_drawn_as_they_are_written_and_touch_nothing_beside_them(
    opens: Callable[[Server], Page],
) -> None:
    name = "<img src=x onerror=alert(1)>"
    page = opens(Server(render("paid", merchant_name=name, description="\u202ecod.exe", reference="../A<12>")))
    found = drawn(page)
    texts = "".join(each["text"] for each in found).replace(" ", "")
    assert texts.count(name.replace(" ", "")) == 2
    assert "\u202ecod.exe" in [each["text"] for each in found]
    assert {each["text"]: each["direction"] for each in found}["Reference"] == "ltr"
    assert keeps(page)[0] == "receipt--A-12-.png"


def test_a_long_text_is_broken_between_words_where_the_page_breaks_it(opens: Callable[[Server], Page]) -> None:
    texts = [each["text"] for each in drawn(opens(Server(render("paid", description=LONG))))]
    lines = texts[texts.index("For") + 1 : texts.index("Reference")]
    assert len(lines) > 1
    assert " ".join(lines) == LONG


def test_signs_of_two_halves_stay_whole_where_a_word_is_broken(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid", description="🎂" * 40)))
    cakes = [each for each in drawn(page) if "🎂" in each["text"] or not each["formed"]]
    assert len(cakes) > 1
    assert all(each["formed"] for each in cakes)
    assert "".join(each["text"] for each in cakes) == "🎂" * 40


def test_a_shop_s_logo_is_on_it(opens: Callable[[Server], Page]) -> None:
    red = io.BytesIO()
    Image.new("RGB", (88, 88), (200, 0, 0)).save(red, "PNG")
    logo = f"data:image/png;base64,{base64.b64encode(red.getvalue()).decode()}"
    page = opens(Server(render("paid", look=Look(None, logo, "/p/brand/cafe/0.card.png"))))
    where = columns(keeps(page)[1], (200, 0, 0))
    assert len(where) >= 130
    assert 40 <= min(where) <= 50


def test_a_phone_s_sheet_is_offered_the_file_and_nothing_is_downloaded(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid")))
    page.evaluate(SHEET)
    page.on("download", lambda _: pytest.fail("downloaded, too"))
    button(page).click()
    opened(page)
    assert page.evaluate("shared") == [["receipt-A12.png", "image/png", True]]
    expect(page.get_by_text(SAVED)).to_be_hidden()


def test_a_sheet_that_is_closed_is_an_answer(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid")))
    page.evaluate(SHEET, "AbortError")
    page.on("download", lambda _: pytest.fail("downloaded all the same"))
    for times in (1, 2):
        button(page).click()
        opened(page, times)
    expect(page.get_by_text(SAVED)).to_be_hidden()
    expect(page.get_by_text(FAILED)).to_be_hidden()


def test_a_sheet_that_does_not_open_leaves_the_download(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid")))
    page.evaluate(SHEET, "NotAllowedError")
    assert keeps(page)[0] == "receipt-A12.png"
    assert len(page.evaluate("shared")) == 1


def test_a_second_tap_opens_no_second_sheet(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid")))
    page.evaluate(SHEET, "stays open")
    button(page).click()
    opened(page)
    button(page).click()
    page.evaluate("() => new Promise((done) => document.createElement('canvas').toBlob(done))")
    assert len(page.evaluate("shared")) == 1


def test_a_picture_that_cannot_be_made_is_told_and_may_be_asked_for_again(opens: Callable[[Server], Page]) -> None:
    page = opens(Server(render("paid")))
    page.evaluate(
        """() => {
            const { toBlob } = HTMLCanvasElement.prototype;
            HTMLCanvasElement.prototype.toBlob = function (done) {
                HTMLCanvasElement.prototype.toBlob = toBlob;
                done(null);
            };
        }"""
    )
    button(page).click()
    expect(page.get_by_role("status").get_by_text(FAILED)).to_be_visible()
    keeps(page)
    expect(page.get_by_text(FAILED)).to_be_hidden()


def test_without_a_script_there_is_no_button(browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.route("**/*", Server(render("paid")))
    page.goto(ADDRESS)
    expect(page.get_by_role("heading", name="Paid €10.00")).to_be_visible()
    expect(page.get_by_text("Keep as a picture")).to_be_hidden()
    page.close()
