"""A letter: plain text and the same as simple HTML, without a picture, a script or anything that is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Quote:
    """What was said elsewhere, word for word, in the language in which it was said."""

    words: str
    language: str


@dataclass(frozen=True)
class Part:
    """Words, then facts (`Amount: €10.00`), then what is quoted, then a link by its label."""

    words: str
    facts: tuple[tuple[str, str], ...] = ()
    quote: Quote | None = None
    link: tuple[str, str] | None = None


@dataclass(frozen=True)
class Letter:
    """What a letter says, in one language; `direction` is ltr or rtl."""

    subject: str
    parts: tuple[Part, ...]
    language: str
    direction: str

    def text(self) -> str:
        """As plain text."""
        return "\n\n".join(line for part in self.parts for line in _plain(part)) + "\n"

    def html(self) -> str:
        """As HTML."""
        body = Markup("\n").join(line for part in self.parts for line in _marked(part))
        return str(
            Markup(
                '<!doctype html>\n<html lang="{}" dir="{}">\n<head><meta charset="utf-8"><title>{}</title></head>\n'
                "<body>\n{}\n</body>\n</html>\n"
            ).format(self.language, self.direction, self.subject, body)
        )


def _plain(part: Part) -> Iterator[str]:
    yield part.words
    if part.facts:
        yield "\n".join(f"{name}: {value}" for name, value in part.facts)
    if part.quote:
        yield f"“{part.quote.words}”"
    if part.link:
        yield "{}:\n{}".format(*part.link)


def _marked(part: Part) -> Iterator[Markup]:
    yield Markup("<p>{}</p>").format(part.words)
    if part.facts:
        rows = Markup("").join(
            Markup("<tr><td>{}</td><td><strong><bdi>{}</bdi></strong></td></tr>").format(*fact) for fact in part.facts
        )
        yield Markup('<table cellpadding="4">{}</table>').format(rows)
    if part.quote:
        yield Markup('<blockquote lang="{}" dir="auto">{}</blockquote>').format(part.quote.language, part.quote.words)
    if part.link:
        label, address = part.link
        yield Markup('<p><a href="{}">{}</a></p>').format(address, label)
