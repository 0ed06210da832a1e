"""Pictures that the business hands over before it sends them (Cloud API, business-phone-numbers/media)."""

from __future__ import annotations

import secrets
import struct
from typing import TYPE_CHECKING

from sandbox.phones.refusals import Refusal

if TYPE_CHECKING:
    import sqlite3

_LARGEST = 5_000_000  # bytes of an image
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


def keep(db: sqlite3.Connection, kind: str, data: bytes) -> str:
    """Keep a picture; its id. Raises Refusal for what is no JPEG or PNG of 8 bits, RGB or RGBA."""
    known = {"image/png": _PNG, "image/jpeg": _JPEG}
    if kind not in known:
        raise Refusal(100, f"file: {kind or 'no type'} is none of {', '.join(known)}")
    if not data.startswith(known[kind]) or len(data) > _LARGEST:
        raise Refusal(131053, f"file: not {kind}, or more than 5 MB")
    if kind == "image/png" and (len(data) < 26 or struct.unpack(">BB", data[24:26]) not in {(8, 2), (8, 6)}):
        raise Refusal(131053, "file: images must be 8-bit, RGB or RGBA")
    media = str(10**14 + secrets.randbelow(10**15))
    db.execute("INSERT INTO media (id, kind, data) VALUES (?, ?, ?)", (media, kind, data))
    return media


def find(db: sqlite3.Connection, media: str) -> tuple[str, bytes] | None:
    """A picture's type and bytes."""
    row = db.execute("SELECT kind, data FROM media WHERE id = ?", (media,)).fetchone()
    return (row["kind"], row["data"]) if row else None
