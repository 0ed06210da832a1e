"""A shop's look on its buyers' pages: its colour as a style sheet in the page, its logo, and the picture of a link's preview.

Each address has a digest of what it shows, so it can be kept for ever, by whoever asks with that digest and with no other: what is
shown now must not be kept under an address that a later look will have. No address names an order or a buyer.
"""

from __future__ import annotations

import functools
import hashlib
import io
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response
from markupsafe import Markup
from PIL import Image, ImageDraw, ImageFont

from webapp.domain import colours
from webapp.domain.colours import Colour
from webapp.services.merchants import declarations
from webapp.web.services import context

if TYPE_CHECKING:
    from webapp.db.models import Merchant
    from webapp.db.pages import PageMerchant

brand = Blueprint("brand", __name__, url_prefix="/p/brand")

FOR_EVER = "public, max-age=31536000, immutable"
OURS = colours.OURS
LIGHT, DARK = (colours.LIGHT.page, colours.LIGHT.sheet), (colours.DARK.page, colours.DARK.sheet)
CARD = (1200, 630)  # pixels; WhatsApp shows from 300 wide, and takes up to 600 KB


@dataclass(frozen=True)
class Look:
    """Style sheet to stand in the page (None for the product's own colour), addresses of logo (None: a letter) and preview picture."""

    style: Markup | None
    logo: str | None
    card: str


def look(merchant: Merchant | PageMerchant) -> Look:
    """A shop's look."""
    place, version = f"/p/brand/{merchant.id}", _version(merchant)
    return Look(
        sheet(colours.parse(merchant.colour)) if merchant.colour else None,
        f"{place}/{version}.logo.png" if merchant.logo_digest else None,
        f"{place}/{version}.card.png",
    )


@brand.get("/<merchant_id>/<version>.logo.png")
def logo(merchant_id: str, version: str) -> Response:
    """The shop's logo."""
    merchant = declarations.get(context(), merchant_id)
    return _kept(merchant, version, declarations.logo(context(), merchant_id), "image/png")


@brand.get("/<merchant_id>/<version>.card.png")
def card(merchant_id: str, version: str) -> Response:
    """The picture of a link's preview: the shop, and nothing of the order."""
    merchant = declarations.get(context(), merchant_id)
    own = declarations.logo(context(), merchant_id) if merchant.logo_digest else None
    return _kept(merchant, version, picture(merchant.name, merchant.colour, own), "image/png")


@functools.lru_cache(maxsize=256)
def sheet(colour: Colour) -> Markup:
    """The style sheet of a colour: text, buttons and tinted boxes keep WCAG's contrast whatever was chosen."""
    light, dark = _shades(colour, colours.LIGHT), _shades(colour, colours.DARK)
    text = f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    return Markup(text)  # noqa: S704  # nosec B704  # colours, and nothing that anybody wrote


def _shades(colour: Colour, grounds: colours.Grounds) -> str:
    made = colours.shades(colour, grounds)
    return f"--brand: {made.brand}; --on-brand: {made.on_brand}; --tint: {made.tint};"


@functools.lru_cache(maxsize=256)
def picture(name: str, colour: str | None, logo: bytes | None) -> bytes:
    """A PNG with the shop's mark in the middle of its colour: the logo, or the letter of its badge; its name stands beside it anyway."""
    ground = colours.parse(colour) if colour else OURS
    ink = colours.upon(ground)
    image = Image.new("RGB", CARD, ground)
    draw = ImageDraw.Draw(image)
    middle, top = CARD[0] // 2, (CARD[1] - 240) // 2
    if logo is not None:
        mark = Image.open(io.BytesIO(logo)).convert("RGBA")
        plate = Image.new("RGBA", mark.size, (255, 255, 255, 255))
        plate.alpha_composite(mark)
        image.paste(plate.resize((240, 240)), (middle - 120, top))
    else:
        draw.rounded_rectangle((middle - 120, top, middle + 120, top + 240), 64, fill=ink)
        letter = unicodedata.normalize("NFD", name.strip()[:1].upper())[:1]  # the font has no accents
        if _has(letter):
            draw.text((middle, top + 120), letter, ground, _font(150), anchor="mm")
        else:  # a card
            draw.rounded_rectangle((middle - 70, top + 75, middle + 70, top + 165), 12, fill=ground)
            draw.rectangle((middle - 70, top + 95, middle + 70, top + 115), fill=ink)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return cast(
        "ImageFont.FreeTypeFont", ImageFont.load_default(size)
    )  # Pillow's own, wherever it has FreeType: all wheels


def _has(letter: str) -> bool:
    """Whether Pillow's own font draws this letter rather than the box that stands for what it lacks."""
    font = _font(40)
    return letter == " " or (bool(letter) and bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffd")))


def _version(merchant: Merchant | PageMerchant) -> str:
    said = f"{merchant.name} {merchant.colour} {merchant.logo_digest}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _kept(merchant: Merchant, version: str, body: bytes, kind: str) -> Response:
    keep = FOR_EVER if version == _version(merchant) else "no-store"
    return Response(body, content_type=kind, headers={"Cache-Control": keep})
