"""Pictures that we send: the QR code of a link."""

from __future__ import annotations

import struct
import zlib

import segno

PNG = "image/png"
SCALE, BORDER = 10, 4  # pixels a module; modules of white around, as ISO/IEC 18004 wants


def qr(address: str) -> bytes:
    """The address as a QR code: a PNG of 8 bits and RGB, the only kind that Meta takes (Cloud API, supported media types); what
    segno writes itself has one bit a pixel."""
    rows = [
        b"\0" + b"".join(b"\0\0\0" if dark else b"\xff\xff\xff" for dark in row)
        for row in segno.make(address, micro=False).matrix_iter(scale=SCALE, border=BORDER)
    ]
    width = (len(rows[0]) - 1) // 3
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
