"""The page without a finger or a mouse: everything is reached, in the order in which it is read, shows that it has the focus, and
does what it says by Enter and Space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.looks.stage import PATIENCE, Stage, phone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

NUMBERS = {"works": "4242424242424242", "declined": "4000000000000002", "bank": "4000002500003155"}
# What has the focus in a frame's own document: its name, and whether an outline, a shadow or a border of another colour shows it.
FOCUS = """() => {
  const it = document.activeElement;
  if (!it || it === document.body || it.tagName === "IFRAME") return null;
  const style = getComputedStyle(it), seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const name = it.labels && it.labels.length ? it.labels[0].textContent : it.textContent;
  return { name: name.replace(/\\s+/g, " ").trim(), seen: seen || style.boxShadow !== "none" };
}"""
WAY = [
    "Skip to the content",
    "Language: English",
    "Card number",
    "Expiry date",
    "Security code",
    "Pay 10,00 €",
    "Pay with it in WhatsApp",
    "Not your order?",
    "hello@cafe.example",
]


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    with phone(browser) as context:
        yield context


def focus(page: Page) -> dict[str, Any]:
    """What has the focus, in whichever frame."""
    found = page.evaluate(FOCUS)
    if found is None and page.evaluate("document.activeElement.tagName") == "IFRAME":
        found = next((each for frame in page.frames[1:] if (each := frame.evaluate(FOCUS))), None)
    return found or {"name": "", "seen": False}


def walk(page: Page, key: str, steps: int) -> list[dict[str, Any]]:
    """What has the focus after each press."""
    found = []
    for _ in range(steps):
        page.keyboard.press(key)
        found.append(focus(page))
    return found


def reach(page: Page, name: str) -> None:
    """Go on by Tab until something has the focus."""
    for _ in range(20):
        if focus(page)["name"] == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}")


def pays(page: Page, card: str) -> None:
    """Type a card, the fields of which may go on by themselves, and press Enter on the button."""
    for name, text in (("Card number", NUMBERS[card]), ("Expiry date", "1234"), ("Security code", "123")):
        reach(page, name)
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)
    reach(page, "Pay 10,00 €")
    page.keyboard.press("Enter")


def test_tab_goes_through_the_page_as_it_is_read_and_back_and_shows_where_it_is(
    scenes: Stage, desk: BrowserContext
) -> None:
    page = scenes.shows(desk, "payment", "en")
    forth = walk(page, "Tab", len(WAY))
    assert [each["name"] for each in forth] == WAY
    assert [each["name"] for each in forth if not each["seen"]] == []
    back = walk(page, "Shift+Tab", len(WAY) - 1)
    assert [each["name"] for each in back] == WAY[-2::-1]


def test_tab_leaves_the_page_at_its_end_and_comes_in_again_at_its_beginning(
    scenes: Stage, desk: BrowserContext
) -> None:
    page = scenes.shows(desk, "paid", "en")
    names = [each["name"] for each in walk(page, "Tab", 8)]
    keep = ["Keep as a picture", "Print or keep as PDF"]
    way = ["Skip to the content", "Language: English", *keep, "Back to the chat", "hello@cafe.example"]
    assert [name for name in names if name][:7] == [*way, way[0]]


def test_the_skip_link_shows_itself_and_leads_to_what_the_page_is_about(scenes: Stage, desk: BrowserContext) -> None:
    page = scenes.shows(desk, "payment", "en")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert focus(page)["name"] == "Card number"


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_language_is_changed_by_keys_alone(scenes: Stage, desk: BrowserContext, key: str) -> None:
    page = scenes.shows(desk, "payment", "en")
    reach(page, "Language: English")
    page.keyboard.press(key)
    reach(page, "العربية")
    page.keyboard.press("Enter")
    expect(page.locator("html[dir=rtl]")).to_be_attached(timeout=PATIENCE)


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_an_order_that_is_somebody_else_s_is_stopped_by_keys_alone(
    scenes: Stage, desk: BrowserContext, key: str
) -> None:
    page = scenes.opens(desk, scenes.fresh())
    reach(page, "Not your order?")
    page.keyboard.press(key)
    reach(page, "This is not for me: stop it")
    page.keyboard.press(key)
    expect(page.get_by_role("heading", name="This request was stopped")).to_be_visible(timeout=PATIENCE)


def test_a_refusal_has_the_focus_and_the_next_try_brings_the_receipt_to_it(scenes: Stage, desk: BrowserContext) -> None:
    page = scenes.opens(desk, scenes.fresh())
    pays(page, "declined")
    expect(page.get_by_role("alert")).to_be_focused(timeout=PATIENCE)
    expect(page.get_by_role("alert")).to_contain_text("No money was taken")
    page.keyboard.press("Tab")
    assert focus(page)["name"] == "Card number"
    pays(page, "works")
    expect(page.get_by_role("heading", name="Paid 10,00 €")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("main")).to_be_focused()


def test_the_bank_s_question_has_the_focus_and_gives_it_back(scenes: Stage, desk: BrowserContext) -> None:
    page = scenes.opens(desk, scenes.fresh())
    pays(page, "bank")
    question = page.frame_locator("iframe[src*=challenge]")
    expect(question.get_by_role("button", name="Complete authentication")).to_be_visible(timeout=PATIENCE)
    reach(page, "Fail authentication")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused(timeout=PATIENCE)
