"""A shop's colour stays readable whatever was chosen (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import colours
from webapp.domain.errors import Invalid

parts = st.integers(0, 255)
any_colour = st.tuples(parts, parts, parts)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#09604a", "#ffffff", 7.54),
        ("#123456", "#123456", 1.0),
    ],
)
def test_the_contrast_is_wcag_s(one: str, other: str, ratio: float) -> None:
    assert colours.contrast(colours.parse(one), colours.parse(other)) == pytest.approx(ratio, abs=0.05)


@pytest.mark.parametrize("written", ["", "09604a", "#09604", "#09604g", "red", "#09604a;}", "#09604a\n"])
def test_what_is_no_colour_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        colours.parse(written)


@given(any_colour)
def test_a_colour_is_written_as_it_is_read(colour: colours.Colour) -> None:
    assert colours.parse(colours.write(colour)) == colour


@given(any_colour)
def test_black_or_white_can_be_read_on_any_ground(ground: colours.Colour) -> None:
    ink = colours.upon(ground)
    assert colours.write(ink) in {"#000000", "#ffffff"}
    assert colours.contrast(ink, ground) >= colours.TEXT


@given(any_colour, st.sampled_from([("#f2f5f3", "#ffffff"), ("#0e1512", "#17201c")]))
def test_any_colour_becomes_readable_and_one_that_is_stays(colour: colours.Colour, grounds: tuple[str, str]) -> None:
    page, sheet = (colours.parse(each) for each in grounds)
    shade = colours.readable(colour, page, sheet)
    assert min(colours.contrast(shade, page), colours.contrast(shade, sheet)) >= colours.TEXT
    if min(colours.contrast(colour, page), colours.contrast(colour, sheet)) >= colours.TEXT:
        assert shade == colour
