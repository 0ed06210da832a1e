"""A shop's logo: any picture that a merchant has, made one small square PNG without what it carried besides."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 192  # pixels: three times the page's 44, and some
LARGEST = 2_000_000  # bytes
MOST_PIXELS = 25_000_000
KINDS = ("PNG", "JPEG", "WEBP")


def read(path: Path) -> bytes:
    """The picture of that file, drawn anew: fitted into a square, its transparency kept. Raises `Invalid` (bad_declaration)."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Invalid("bad_declaration", f"merchant.logo: {path} cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise Invalid("bad_declaration", f"merchant.logo: {path} has more than {LARGEST // 1_000_000} MB")
    try:
        with Image.open(io.BytesIO(raw), formats=KINDS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid("bad_declaration", f"merchant.logo: {path} has more than 25 million pixels")
            fitted = ImageOps.pad(opened.convert("RGBA"), (SIDE, SIDE), color=(0, 0, 0, 0))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Invalid(
            "bad_declaration", f"merchant.logo: {path} is no picture of the kinds {', '.join(KINDS)}"
        ) from error
    out = io.BytesIO()
    fitted.save(out, "PNG", optimize=True)
    return out.getvalue()


def digest(picture: bytes | None) -> str | None:
    """Twelve letters that change with the picture."""
    return hashlib.sha256(picture).hexdigest()[:12] if picture else None
