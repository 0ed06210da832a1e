"""A shop's colour, its logo and the preview's picture: kept readable, kept for ever, nobody's data in them."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, WebPImagePlugin

from tests.kit import Shop, app, browser, outside, shop, test_gateway
from webapp.db import models
from webapp.domain import colours
from webapp.domain.errors import Invalid
from webapp.pay import brand
from webapp.services.merchants import declarations, logos
from webapp.services.orders import lifecycle
from webapp.web import headers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

__all__ = ["app", "outside", "shop", "test_gateway"]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
parts = st.integers(0, 255)


def looks(shop: Shop, **look: Any) -> None:
    document = shop.declaration()
    document["merchant"] |= look
    declarations.apply(shop.context, declarations.declared(document))


def page(app: Flask, shop: Shop, order: str) -> str:
    return opened(app, shop, order).text


def opened(app: Flask, shop: Shop, order: str) -> TestResponse:
    return browser(app).get(f"/p/{shop.context.links.token(order, 1)}?lang=en")


def styles(text: str) -> list[str]:
    return re.findall(r"<style>(.*?)</style>", text, re.DOTALL)


def meta(text: str, name: str) -> str:
    found = re.search(rf'<meta property="og:{name}" content="([^"]+)">', text)
    assert found
    return found[1]


@on_sqlite
def test_a_shop_s_colour_is_a_style_sheet_of_its_own(app: Flask, shop: Shop) -> None:
    order = shop.order()
    assert len(styles(page(app, shop, order))) == 1
    looks(shop, colour="#ffcc00")
    ours, theirs = styles(page(app, shop, order))
    assert ours == headers.style("css/pay.css")
    assert "#ffcc00" in theirs  # it reads well in the dark
    assert theirs.count("--brand: #ffcc00;") == 1  # and not on white
    looks(shop, colour="#ffcc11")
    assert styles(page(app, shop, order))[1] != theirs


@on_sqlite
@pytest.mark.parametrize("colour", [None, "#112233"])
def test_the_policy_allows_the_page_s_own_styles_and_no_other(app: Flask, shop: Shop, colour: str | None) -> None:
    form, paid, order = shop.order(collects_details=True), shop.order(), shop.order()
    shop.pay(paid)
    looks(shop, **({"colour": colour} if colour else {}))
    for each in (form, paid, order):
        answer = opened(app, shop, each)
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
        digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles(answer.text)]
        assert len(digests) == (2 if colour else 1)
        assert sorted(policy["style-src"].split()) == sorted(["'self'", *(f"'sha256-{each}'" for each in digests)])


@on_sqlite
def test_one_shop_s_style_is_not_allowed_on_another_answer(app: Flask, shop: Shop) -> None:
    looks(shop, colour="#112233")
    branded = opened(app, shop, shop.order()).headers["Content-Security-Policy"]
    looks(shop)
    assert browser(app).get("/p/forged").headers["Content-Security-Policy"].count("sha256-") == 1
    assert opened(app, shop, shop.order()).headers["Content-Security-Policy"].count("sha256-") == 1
    assert branded.count("sha256-") == 2
    assert "sha256-" not in browser(app).get("/office/login").headers["Content-Security-Policy"]


@on_sqlite
def test_nothing_is_kept_under_an_address_that_another_look_will_have(app: Flask, shop: Shop) -> None:
    """Whoever guesses the next look's address could have a cache keep today's look there for a year."""
    looks(shop, colour="#112244")
    (address,) = set(re.findall(r"/p/brand/\S+?card\.png", page(app, shop, shop.order())))
    looks(shop, colour="#112233")
    now = browser(app).get(address)
    assert (now.status_code, now.headers["Cache-Control"]) == (200, "no-store")
    looks(shop, colour="#112244")
    assert "immutable" in browser(app).get(address).headers["Cache-Control"]


@given(colour=st.tuples(parts, parts, parts))
def test_whatever_the_colour_text_and_buttons_can_be_read(colour: colours.Colour) -> None:
    for declared, grounds in zip(brand.sheet(colour).split("@media"), (brand.LIGHT, brand.DARK), strict=True):
        shade, ink, tint = (colours.parse(each) for each in re.findall(r"#[0-9a-f]{6}", declared))
        for ground in (*grounds, tint):
            assert colours.contrast(shade, ground) >= colours.TEXT
        assert colours.contrast(ink, shade) >= colours.TEXT


@on_sqlite
def test_a_logo_stands_in_the_place_of_the_letter(app: Flask, shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "logo.jpg"
    Image.new("RGB", (800, 300), "red").save(file, "JPEG", comment=b"secret")
    looks(shop, logo=str(file))
    text = page(app, shop, shop.order())
    found = re.search(r'src="(/p/brand/cafe/\w+\.logo\.png)"', text)
    assert found
    assert 'class="badge"' not in text
    raw = browser(app).get(found[1]).data
    drawn = Image.open(io.BytesIO(raw))
    assert (drawn.size, drawn.format) == ((logos.SIDE, logos.SIDE), "PNG")
    assert b"secret" not in raw
    looks(shop)
    assert 'class="badge"' in page(app, shop, shop.order())
    assert browser(app).get(found[1]).status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"x" * 2_000_001]
)
def test_what_is_no_picture_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(content)
    with pytest.raises(Invalid, match=r"merchant\.logo"):
        logos.read(file)
    with pytest.raises(Invalid, match="cannot be read"):
        logos.read(tmp_path / "nothing")


def png(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg(width: int, height: int) -> bytes:
    return saying(b"\xff\xc0\x00\x11\x08", struct.pack(">HH", height, width), "JPEG")


def webp(width: int, height: int) -> bytes:
    return saying(b"\x9d\x01\x2a", struct.pack("<HH", width, height), "WEBP")


def webp_lossless(width: int, height: int) -> bytes:
    return saying(b"\x2f", struct.pack("<I", 1 << 28 | height - 1 << 14 | width - 1), "WEBP", lossless=True)


def webp_extended(width: int, height: int) -> bytes:
    size = b"".join((each - 1).to_bytes(3, "little") for each in (width, height))
    return saying(b"VP8X\x0a\0\0\0", b"\x20\0\0\0" + size, "WEBP", icc_profile=b"x" * 128)


def saying(before: bytes, size: bytes, kind: str, **more: Any) -> bytes:
    """A small picture of that kind that says it is so large, behind those bytes of its head."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind, **more)
    whole = out.getvalue()
    place = whole.index(before) + len(before)
    return whole[:place] + size + whole[place + len(size) :]


@pytest.mark.parametrize(
    ("make", "sizes"),
    [
        (png, [(1, 25_000_000), (25_000_000, 1), (4001, 4000), (14_000, 14_000), (65_000, 65_000), (2**31 - 1, 1)]),
        (jpeg, [(4001, 4000), (65_000, 65_000), (1, 8001), (8001, 1)]),
        (webp, [(4001, 4000), (16_383, 16_383), (1, 8001)]),
        (webp_lossless, [(4001, 4000), (16_383, 16_383), (8001, 1)]),
        (webp_extended, [(4001, 4000), (16_383, 16_383), (2**24, 1), (1, 8001)]),
    ],
)
def test_a_picture_that_unpacks_to_very_much_is_refused_by_its_head(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[int, int], bytes],
    sizes: list[tuple[int, int]],
) -> None:
    file = tmp_path / "logo"
    file.write_bytes(make(8, 8))
    with Image.open(file) as small:
        assert small.size == (8, 8)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _self: pytest.fail("unpacked"))
    monkeypatch.setattr(WebPImagePlugin.WebPImageFile, "_open", lambda _self: pytest.fail("opened"))
    for width, height in sizes:
        file.write_bytes(make(width, height))
        with pytest.raises(Invalid, match=r"merchant\.logo: .*is too large: at most"):
            logos.read(file)


@pytest.mark.parametrize(("kind", "size"), [("PNG", (8000, 2000)), ("JPEG", (4000, 4000)), ("WEBP", (2000, 500))])
def test_a_large_picture_is_drawn_small(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "logo", kind)
    drawn = Image.open(io.BytesIO(logos.read(tmp_path / "logo")))
    pixel = drawn.getpixel((96, 96))
    assert isinstance(pixel, tuple)
    red, green, blue, opaque = pixel
    assert (drawn.size, red > 240, green < 15, blue < 15, opaque) == ((192, 192), True, True, True, 255)


@pytest.mark.parametrize("name", ["Café Lumière", "مقهى النور", "珈琲", "🍕", "A" * 80, "x"])
def test_the_preview_has_a_picture_that_whatsapp_takes(name: str) -> None:
    for colour in (None, "#ffffff", "#000000", "#09604a"):
        raw = brand.picture(name, colour, None)
        assert len(raw) < 600_000
        drawn = Image.open(io.BytesIO(raw))
        assert drawn.size == brand.CARD
        assert len(drawn.convert("RGB").getcolors(100_000) or []) > 1


@on_sqlite
def test_the_preview_says_how_it_stands_and_nothing_that_is_anybody_s(app: Flask, shop: Shop) -> None:
    order, over, paid = shop.order(), shop.order(), shop.order()
    lifecycle.cancel(shop.context, shop.id, over)
    shop.pay(paid)
    told = {
        name: meta(page(app, shop, each), "description")
        for name, each in {"open": order, "over": over, "paid": paid}.items()
    }
    assert told == {"open": "Payment request", "over": "Cancelled", "paid": "Paid"}
    picture = meta(page(app, shop, order), "image")
    assert picture.startswith("https://ordo.localhost/p/brand/cafe/")
    answer = browser(app).get(picture.removeprefix("https://ordo.localhost"))
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert len({meta(page(app, shop, each), "image") for each in (order, over, paid)}) == 1


@on_sqlite
def test_nothing_of_a_look_is_written_by_looking(app: Flask, shop: Shop) -> None:
    before = shop.dump()
    for kind in ("logo.png", "card.png"):
        browser(app).get(f"/p/brand/cafe/0.{kind}")
        assert browser(app).get(f"/p/brand/nobody/0.{kind}").status_code == 404
    assert shop.dump() == before
    assert shop.one(models.Merchant).colour is None
