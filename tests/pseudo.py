"""A language that nobody speaks: every text longer, accented and in brackets, so that one that was not translated stands out and
one that has no room runs over. For tests alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tools import translations

if TYPE_CHECKING:
    from pathlib import Path

CARRIER = "ja"  # it lends its place in the switch; its dates and amounts have no Latin letter
LONGER = 0.4  # of an English text's length: German and Polish need as much
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "åƀçðéƒĝĥîĵķļḿñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻḾÑÖÞǪŔŠŢÛṼŴẊÝŽ"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
_KEPT = re.compile(r"(%\(\w+\)[a-z]|</?\w+>)")
_SAID = {"alt", "aria-label", "content", "placeholder", "title"}


def text(words: str) -> str:
    """`Pay %(amount)s` → `[Þåý %(amount)s öþǫŕ]`."""
    accented = "".join(
        part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in _KEPT.split(words) if part
    )
    return f"[{accented} {'öþǫŕ ' * max(1, round(len(words) * LONGER / 5))}".rstrip() + "]"


def write(folder: Path) -> None:
    """The catalogue of every text of the product, as the carrier's."""
    catalogue = Catalog(locale=CARRIER)
    for message in translations.texts(translations.ROOT):
        if message.id:
            catalogue.add(message.id, text(str(message.id)), context=message.context)
    path = folder / CARRIER / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as out:
        write_mo(out, catalogue)


class _Said(HTMLParser):
    """What a page says to a reader, also to one who listens."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.quiet = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quiet = tag in {"script", "style"}
        told = dict(attrs)
        if tag != "meta" or told.get("property") == "og:description":
            self.said.extend(value for name, value in attrs if name in _SAID and value)

    def handle_endtag(self, tag: str) -> None:
        self.quiet = self.quiet and tag not in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.said.append(data)


def untranslated(html: str, data: set[str]) -> list[str]:
    """The words of a page that stand in no brackets and are no data."""
    left, before = " ".join(_Said(html).said), ""
    while left != before:
        left, before = re.sub(r"\[[^\[\]]*\]", " ", left), left
    for each in sorted(data, key=len, reverse=True):
        left = left.replace(each, " ")
    return re.findall(r"[A-Za-z]{2,}[^\s]*", left)
