"""Where things stand on the buyer's page: what is agreed to lies above whatever agrees to it, nobody has to look for how to pay, and what an
order came to has one main button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

PHONE, SMALL, DESK = (360, 740), (320, 568), (1280, 800)  # pixels
NARROW, WIDE = (899, 800), (900, 800)  # where the second column begins
# Top, bottom, left and right of what there is of each, and the tops of all that sends the form or leads to another way to pay.
WHERE = """() => {
  scrollTo(0, 0);
  const parts = {
    amount: "h1", held: "#held", consent: "#consent", wallet: "#wallets[data-shows=buttons] #wallet-frame iframe",
    card: "#card-frame iframe", button: "#button", about: ".about", act: ".act",
  };
  const box = (element) => element.getBoundingClientRect();
  const found = { rtl: document.dir === "rtl", told: Boolean(document.querySelector("[data-problem]")) };
  for (const [name, selector] of Object.entries(parts)) {
    const element = document.querySelector(selector);
    const { top, bottom, left, right, height } = element ? box(element) : {};
    if (height) found[name] = { top, bottom, left, right };
  }
  const agrees = [...document.querySelectorAll("#form button, #form iframe, .saved a")];
  found.agrees = agrees.map(box).filter(({ height }) => height).map(({ top }) => top);
  found.mains = [...document.querySelectorAll("main#pay.over .pay")].filter((each) => box(each).height).length;
  found.over = Boolean(document.querySelector("main#pay.over"));
  return found;
}"""


def finds(page: Page) -> list[str]:
    """What is wrong with where things stand, on a phone, a small one and a desk."""
    checks = {PHONE: phone, SMALL: small, DESK: desk, NARROW: narrow, WIDE: desk}
    wrong = []
    for size, check in checks.items():
        page.set_viewport_size({"width": size[0], "height": size[1]})
        wrong += [f"{size[0]} × {size[1]}: {each}" for each in check(page.evaluate(WHERE))]
    return wrong


def phone(found: Any) -> Iterator[str]:
    """The first screen of 360 × 740 holds all that is needed; an answer to a try stands above it and takes its room."""
    yield from one_column(found)
    if "button" in found:
        if not found["told"]:
            yield from beyond(found, ("amount", "held", "consent", "wallet", "card"), PHONE[1])
        gap = found["button"]["top"] - found["card"]["bottom"] if "card" in found else 16
        if not 0 < gap <= 24:
            yield f"{gap} pixels between card and button"
    if found["over"] and found["mains"] != 1:
        yield f"{found['mains']} main buttons"


def small(found: Any) -> Iterator[str]:
    """What is agreed to, and the first way to pay."""
    yield from one_column(found)
    if "button" in found and not found["told"]:
        yield from beyond(found, ("amount", "held", "consent", "wallet"), SMALL[1])


def narrow(found: Any) -> Iterator[str]:
    yield from one_column(found)


def desk(found: Any) -> Iterator[str]:
    """Two columns: what it is about, and what the buyer does."""
    if "act" in found:
        first, second = ("act", "about") if found["rtl"] else ("about", "act")
        if found[first]["right"] > found[second]["left"] or found["about"]["top"] != found["act"]["top"]:
            yield "no two columns"
    yield from below(found, "consent")


def one_column(found: Any) -> Iterator[str]:
    if "act" in found and found["about"]["bottom"] > found["act"]["top"]:
        yield "two columns"
    yield from below(found, "consent")
    yield from below(found, "held")


def below(found: Any, part: str) -> Iterator[str]:
    """Something that agrees to a part and does not lie below it."""
    if part in found and found["agrees"] and min(found["agrees"]) < found[part]["bottom"]:
        yield f"{part} ends at {found[part]['bottom']}, and what agrees to it begins at {min(found['agrees'])}"


def beyond(found: Any, parts: tuple[str, ...], height: int) -> Iterator[str]:
    for part in parts:
        if part in found and found[part]["bottom"] > height:
            yield f"{part} ends at {found[part]['bottom']}"
