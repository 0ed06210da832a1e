"""A shop's logo: any picture that a merchant has, made one small square PNG without what it carried besides."""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 192  # pixels: three times the page's 44, and some
LARGEST = 2_000_000  # bytes
MOST_PIXELS = 16_000_000  # a phone's photograph has 12; unpacked these take 64 MB
LONGEST_SIDE = 8_000
KINDS = ("PNG", "JPEG", "WEBP")
WEBP = re.compile(rb"RIFF....WEBP(?:VP8 .{7}\x9d\x01\x2a(..)(..)|VP8L.{4}\x2f(.{4})|VP8X.{8}(.{3})(.{3}))", re.DOTALL)


def read(path: Path) -> bytes:
    """The picture of that file, drawn anew: fitted into a square, its transparency kept. Raises `Invalid` (bad_declaration), by what the
    file's head says of its size before anything of it is unpacked."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Invalid("bad_declaration", f"merchant.logo: {path} cannot be read: {error.strerror}") from error
    return drawn(raw, str(path))


def drawn(raw: bytes, path: str = "the picture") -> bytes:
    """The same of a picture's bytes; `path` is what it is called in the error."""
    if len(raw) > LARGEST:
        raise Invalid("bad_declaration", f"merchant.logo: {path} has more than {LARGEST // 1_000_000} MB")
    try:
        if raw.startswith(b"RIFF"):
            _must_be_small(path, *_webp_size(raw))  # whose decoder takes the memory for all of it when it is opened
        with Image.open(io.BytesIO(raw), formats=KINDS) as opened:
            _must_be_small(path, opened.width, opened.height)
            opened.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG need not be unpacked in full
            fitted = ImageOps.pad(opened.convert("RGBA"), (SIDE, SIDE), color=(0, 0, 0, 0))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(path) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Invalid(
            "bad_declaration", f"merchant.logo: {path} is no picture of the kinds {', '.join(KINDS)}"
        ) from error
    out = io.BytesIO()
    fitted.save(out, "PNG", optimize=True)
    return out.getvalue()


def _must_be_small(path: str, width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _too_large(path)


def _too_large(path: str) -> Invalid:
    most = f"{MOST_PIXELS // 1_000_000} million pixels, and {LONGEST_SIDE:,} a side"
    return Invalid("bad_declaration", f"merchant.logo: {path} is too large: at most {most}")


def _webp_size(raw: bytes) -> tuple[int, int]:
    """Width and height by the first chunk (RFC 9649, 2.5 to 2.7). Raises ValueError for what is no WebP."""
    found = WEBP.match(raw)
    if found is None:
        raise ValueError("no WebP")
    if found[3]:
        both = int.from_bytes(found[3], "little")
        return (both & 0x3FFF) + 1, (both >> 14 & 0x3FFF) + 1
    if found[4]:
        return int.from_bytes(found[4], "little") + 1, int.from_bytes(found[5], "little") + 1
    return int.from_bytes(found[1], "little") & 0x3FFF, int.from_bytes(found[2], "little") & 0x3FFF


def digest(picture: bytes | None) -> str | None:
    """Twelve letters that change with the picture."""
    return hashlib.sha256(picture).hexdigest()[:12] if picture else None
