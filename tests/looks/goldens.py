"""Goldens of every state of the buyer's page: the screen reader's tree as text, and how it looks at 360 px, light and dark; and of the
back office's page safety, also on a desk.

`python -m tests.looks.goldens write` writes both anew. `python -m tests.looks.goldens compare` takes the pictures again and shows
what differs in build/differences: before, after, and where. Fonts and browsers draw alike on one machine only, so a difference is
for an eye to judge and no test; tests/looks/test_states.py compares the trees, which are the same everywhere.
"""

from __future__ import annotations

import io
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM_FLAGS
from tests.looks import office, quiet, trees
from tests.looks.stage import LOOKS, phone, stage, turns
from tools import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.looks.stage import Scheme, Stage

FOLDER = Path(__file__).with_name("pictures")
DIFFERENCES = Path(__file__).resolve().parents[2] / "build" / "differences"
TREES = {*LOOKS, *office.PICTURED, *office.READ, *quiet.PAGES}
ALIKE = {name for name, look in LOOKS.items() if look.alike} | {*office.READ, *quiet.PAGES}
OFTEN, APART = 16, 32  # colours of a golden: grounds, and what is little but far from them, such as one red line
SEEN = 40  # of 255: what the palette and the edges of letters may differ by


def pages(scenes: Stage, browser: Browser) -> Iterator[tuple[str, str, str, Page]]:
    """Each look in each language and scheme, and the back office's pages that are pictured."""
    clerk, other = office.enters(scenes), office.enters(scenes, quiet.ADMIN)
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        with phone(browser, scheme=scheme) as context:
            for language in trees.LANGUAGES:
                for name in LOOKS:
                    page = scenes.shows(context, name, language)
                    turns(page, scheme)
                    yield name, language, scheme, page
                for name, path in office.PICTURED.items():
                    page = office.opens(context, clerk, f"/office/{path}", language)
                    for size, width in office.WIDTHS.items():
                        page.set_viewport_size({"width": width, "height": office.HEIGHT})
                        yield f"{name}{size}", language, scheme, page
                    page.close()
                for name in office.READ:
                    page = office.read(scenes, context, clerk, name, language)
                    yield name, language, scheme, page
                    page.close()
                if scheme == "light":
                    page = context.new_page()
                    for name in quiet.PAGES:
                        yield name, language, scheme, office.shows(page, other, scenes.quiet.path(name), language)
                    page.close()


def picture(page: Page) -> Image.Image:
    """The whole page, in few colours. On a screen as tall as it is: a `full_page` picture is laid out anew, at another width first, and
    the gateway's frames do not always follow."""
    width = page.evaluate("innerWidth")
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    return rounded(Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB"))


def rounded(taken: Image.Image) -> Image.Image:
    """In few colours: those that there is most of, as they are, and those that lie farthest apart."""
    counted: Any = taken.getcolors(taken.width * taken.height) or []
    often = [colour for _, colour in sorted(counted, key=lambda each: -each[0])[:OFTEN]]
    apart = taken.quantize(APART, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in often for part in colour] + apart[: 3 * APART])
    return taken.quantize(palette=palette, dither=Image.Dither.NONE)


def write(scenes: Stage, browser: Browser) -> int:
    """Replace every golden."""
    for folder in (FOLDER, trees.FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    for name, language, scheme, page in pages(scenes, browser):
        if scheme == "light" and name in TREES:
            golden = trees.path(name, language)
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(trees.tree(page), encoding="utf-8")
        if name in ALIKE:
            continue
        FOLDER.mkdir(exist_ok=True)
        picture(page).save(FOLDER / f"{name}-{language}-{scheme}.png", optimize=True)
    made = list(FOLDER.glob("*.png"))
    print(f"{len(made)} pictures, {sum(path.stat().st_size for path in made) // 1024} KB, and their trees")
    return 0


def compare(scenes: Stage, browser: Browser) -> int:
    """1 if any page looks other than its golden; each difference is a picture."""
    shutil.rmtree(DIFFERENCES, ignore_errors=True)
    left, wrong = {path.name for path in FOLDER.glob("*.png")}, 0
    for name, language, scheme, page in pages(scenes, browser):
        if name in ALIKE:
            continue
        file = f"{name}-{language}-{scheme}.png"
        before = Image.open(FOLDER / file).convert("RGB") if file in left else Image.new("RGB", (360, 1))
        left.discard(file)
        shown, points = difference(before, picture(page).convert("RGB"))
        if points:
            wrong += 1
            DIFFERENCES.mkdir(parents=True, exist_ok=True)
            shown.save(DIFFERENCES / file)
            print(f"{file}: {points} points differ")
    for file in sorted(left):
        print(f"{file}: of no look")
    print(f"{wrong} pages look otherwise: {DIFFERENCES}" if wrong else "Every page looks as before.")
    return 1 if wrong or left else 0


def difference(before: Image.Image, after: Image.Image) -> tuple[Image.Image, int]:
    """Before, after, and in red where they differ; and how many points do."""
    size = (max(before.width, after.width), max(before.height, after.height))
    old, new = (_on_ground(image, size) for image in (before, after))
    bands = ImageChops.difference(old, new).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    mask = most.point([0] * SEEN + [255] * (256 - SEEN))
    where = Image.composite(
        Image.new("RGB", size, "red"), Image.blend(new, Image.new("RGB", size, "white"), 0.75), mask
    )
    shown = Image.new("RGB", (size[0] * 3 + 20, size[1]), "white")
    for place, image in enumerate((old, new, where)):
        shown.paste(image, (place * (size[0] + 10), 0))
    return shown, mask.histogram()[255]


def _on_ground(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    ground = Image.new("RGB", size, "magenta")
    ground.paste(image)
    return ground


def main(arguments: list[str]) -> int:
    """Write or compare."""
    logging.disable(logging.INFO)
    deeds = {"write": write, "compare": compare}
    if len(arguments) != 1 or arguments[0] not in deeds:
        print(f"python -m tests.looks.goldens {' | '.join(deeds)}")
        return 2
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, stage(Path(folder)) as scenes:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=CHROMIUM_FLAGS)
        status = deeds[arguments[0]](scenes, browser)
        browser.close()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
