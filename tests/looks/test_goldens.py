"""What `make differences` takes for a difference."""

from __future__ import annotations

from PIL import Image

from tests.looks import goldens, office, trees
from tests.looks.stage import LOOKS


def sheet(height: int = 40, colour: str = "white") -> Image.Image:
    return Image.new("RGB", (360, height), colour)


def test_the_same_page_differs_nowhere_nor_does_one_whose_colours_were_rounded() -> None:
    assert goldens.difference(sheet(), sheet())[1] == 0
    assert goldens.difference(sheet(), sheet(colour="#f4f4f4"))[1] == 0


def test_a_word_that_moved_and_a_page_that_grew_are_counted_and_shown_in_red() -> None:
    after = sheet(50)
    after.paste("black", (10, 10, 20, 12))
    shown, points = goldens.difference(sheet(), after)
    assert points == 20 + 360 * 10
    assert shown.getpixel((2 * 370 + 12, 11)) == (255, 0, 0)
    assert shown.getpixel((370 + 12, 11)) == (0, 0, 0)


def test_a_golden_keeps_the_colour_of_a_few_letters_among_many_shades() -> None:
    before = sheet(300)
    for shade in range(200):
        before.paste((shade, 255 - shade // 2, 200), (0, shade, 360, shade + 1))
    before.paste("#9b150a", (10, 250, 30, 252))
    after = goldens.rounded(before).convert("RGB")
    assert after.getpixel((5, 299)) == (255, 255, 255)
    where = (10, 250, 30, 252)
    assert goldens.difference(before.crop(where), after.crop(where))[1] == 0


def test_every_picture_is_of_a_look() -> None:
    names = {name for name in LOOKS if name not in goldens.ALIKE}
    names |= {f"{name}{size}" for name in office.PICTURED for size in office.WIDTHS}
    wanted = {
        f"{name}-{language}-{scheme}.png"
        for name in names
        for language in trees.LANGUAGES
        for scheme in ("light", "dark")
    }
    assert {path.name for path in goldens.FOLDER.glob("*.png")} == wanted
