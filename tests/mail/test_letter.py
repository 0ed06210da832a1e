"""Letters: the same in plain text and in HTML, whatever people have called their shop, in colours that can be read."""

from __future__ import annotations

import html
import re

import pytest

from webapp.domain import colours
from webapp.mail import letter_html
from webapp.mail.letter import Letter, Look, Part, Quote

LETTER = Letter(
    "Receipt of Café <b>Lumière</b>: €10.00",
    (
        Part(
            "Thank you.",
            headline=("Amount", "€10.00"),
            facts=(("For", "2 <i>pizzas</i>"),),
            link=("Your receipt", "https://x/p/a"),
        ),
        Part(
            "You agreed:",
            quote=Quote("I let <script>them</script> save it.", "en"),
            link=("Remove the card", "https://x/p/b"),
        ),
    ),
    "Questions? The shop answers here: hello@x.example",
    "Café sends you this.",
    "ar",
    "rtl",
)


def page(letter: Letter = LETTER, **look: object) -> str:
    return letter_html.html(letter, Look(**{"shop": "<b>Café</b>", **look}))  # type: ignore[arg-type]


def test_the_plain_text_says_it_all() -> None:
    assert LETTER.text() == (
        "Thank you.\n\nAmount: €10.00\nFor: 2 <i>pizzas</i>\n\nYour receipt:\nhttps://x/p/a\n\n"
        "You agreed:\n\n“I let <script>them</script> save it.”\n\nRemove the card:\nhttps://x/p/b\n\n"
        "Questions? The shop answers here: hello@x.example\n\nCafé sends you this.\n"
    )


def test_the_html_says_the_same_and_takes_no_markup_from_people() -> None:
    found = page()
    assert '<html lang="ar" dir="rtl">' in found
    for tag in ("<script", "<i>", "<b>", "<form", "<iframe"):
        assert tag not in found
    shown = html.unescape(re.sub(r"<[^>]+>", "\n", found.partition("<body")[2]))
    said = [each.strip("“”") for line in LETTER.text().splitlines() for each in re.split(r"(?<=[a-z]): |:$", line)]
    lost = [each for each in said if each and each not in shown and f"{each}:" not in shown and each not in found]
    assert lost == []


def test_one_button_leads_on_and_the_rest_are_links() -> None:
    buttons = re.findall(r'<a class="button" href="([^"]+)"', page())
    assert buttons == ["https://x/p/a"]
    assert re.findall(r'<a class="brand" href="([^"]+)"', page()) == ["https://x/p/b"]


@pytest.mark.parametrize("has_logo", [True, False])
def test_nothing_is_fetched_and_the_logo_comes_along(has_logo: bool) -> None:
    found = page(has_logo=has_logo)
    assert re.findall(r'\bsrc="([^"]*)"', found) == ([f"cid:{letter_html.LOGO}"] if has_logo else [])
    assert not re.search(r"url\(|@import|<link|background=", found)


def test_it_is_laid_out_by_tables_from_the_side_where_lines_begin() -> None:
    found = page()
    assert found.count("<table") == found.count('role="presentation"') > 3
    assert 'align="right" valign="top"' in found
    assert not re.search(r"display:(flex|grid)|position:", found)


@pytest.mark.parametrize("colour", [None, "#09604a", "#ffd400", "#ffffff", "#000000", "#808080", "#ff0000", "#0000ff"])
def test_the_shop_s_colour_can_be_read_by_day_and_in_the_dark(colour: str | None) -> None:
    found = page(colour=colour)
    wanted = (
        r'<a class="button"[^>]*background:(#\w{6});color:(#\w{6})',
        r"\.button\{background:(#\w{6}) !important;color:(#\w{6})",
        r'<a class="brand"[^>]*color:(#\w{6})()',
        r"\.brand\{color:(#\w{6})()",
    )
    day, dark, link, link_dark = ((re.findall(each, found) or [("", "")])[0] for each in wanted)
    pairs = [day, dark, (link[0], letter_html.LIGHT["sheet"]), (link_dark[0], letter_html.DARK["sheet"])]
    for one, other in pairs:
        assert colours.contrast(colours.parse(one), colours.parse(other)) >= colours.TEXT


def test_the_words_can_be_read_on_every_ground() -> None:
    for ground in (letter_html.LIGHT, letter_html.DARK):
        for ink in ("ink", "soft"):
            for below in ("page", "sheet"):
                assert colours.contrast(colours.parse(ground[ink]), colours.parse(ground[below])) >= colours.TEXT
