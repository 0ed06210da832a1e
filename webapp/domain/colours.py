"""Colours of a shop, kept readable: contrast is WCAG 2.2's ratio of relative luminances (1.4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from webapp.domain.errors import Invalid

WRITTEN = r"^#[0-9a-fA-F]{6}$"
TEXT = 4.5
"""What text needs at least (WCAG 2.2, 1.4.3)."""

Colour = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
STEPS = 100


@dataclass(frozen=True)
class Grounds:
    """What a shop's colour stands on, and how much of it a tinted box takes."""

    page: Colour
    sheet: Colour
    share: float


@dataclass(frozen=True)
class Shades:
    """A colour as text and buttons have it, what stands upon it, and the ground of a tinted box; each as `#09604a`."""

    brand: str
    on_brand: str
    tint: str


OURS: Colour = (9, 96, 74)
# The grounds of static/css/pay.css and of letters, light and dark.
LIGHT = Grounds((242, 245, 243), WHITE, 0.1)
DARK = Grounds((14, 21, 18), (23, 32, 28), 0.16)


def shades(colour: Colour, grounds: Grounds) -> Shades:
    """The colour on these grounds: text, buttons and tinted boxes keep WCAG's contrast whatever was chosen."""
    tint = mixed(colour, grounds.sheet, grounds.share)
    shade = readable(colour, grounds.page, grounds.sheet, tint)
    return Shades(write(shade), write(upon(shade)), write(tint))


def parse(written: str) -> Colour:
    """A colour written as `#09604a`. Raises `Invalid` (bad_colour)."""
    if not re.fullmatch(WRITTEN, written):
        raise Invalid("bad_colour", f"{written} is not a colour such as #09604a")
    return int(written[1:3], 16), int(written[3:5], 16), int(written[5:7], 16)


def write(colour: Colour) -> str:
    """The way back: `#09604a`."""
    return "#" + "".join(f"{part:02x}" for part in colour)


def contrast(one: Colour, other: Colour) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` (0 to 1) of `one`, the rest of `other`."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def upon(ground: Colour) -> Colour:
    """Black or white, whichever reads better on this ground: one of the two always has more than `TEXT`."""
    return max(BLACK, WHITE, key=lambda ink: contrast(ink, ground))


def readable(colour: Colour, *grounds: Colour) -> Colour:
    """The colour itself, or as little darker or lighter as it takes to be text on all of these grounds, which are all light or
    all dark."""
    towards = upon(grounds[0])
    for step in range(STEPS + 1):
        tried = mixed(towards, colour, step / STEPS)
        if all(contrast(tried, ground) >= TEXT for ground in grounds):
            return tried
    return towards


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
