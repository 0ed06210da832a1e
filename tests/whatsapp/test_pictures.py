"""The QR code, as another reader of PNG sees it."""

from __future__ import annotations

import io

import segno
from PIL import Image

from webapp.whatsapp import pictures

LINK = "https://pay.example.com/p/ABCdef-_.123456789012345678901234567890"


def test_the_picture_is_of_the_kind_that_meta_takes_and_shows_the_link_s_code() -> None:
    picture = Image.open(io.BytesIO(pictures.qr(LINK)))
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    code = segno.make(LINK, micro=False)
    wanted = [list(row) for row in code.matrix_iter(scale=1, border=pictures.BORDER)]
    middle = pictures.SCALE // 2
    seen = [
        [int(picture.getpixel((x, y)) == (0, 0, 0)) for x in range(middle, picture.width, pictures.SCALE)]
        for y in range(middle, picture.height, pictures.SCALE)
    ]
    assert seen == [[int(bool(dark)) for dark in row] for row in wanted]


def test_the_picture_is_small_and_wide_enough_to_be_read_from_a_screen() -> None:
    picture = pictures.qr(LINK)
    assert len(picture) < 50_000
    assert Image.open(io.BytesIO(picture)).width > 300
