"""A letter: what it says, as plain text; `letter_html` writes the same as HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Fact = tuple[str, str]
"""What is told by name: `Reference: A12`."""


@dataclass(frozen=True)
class Quote:
    """What was said elsewhere, word for word, in the language in which it was said."""

    words: str
    language: str


@dataclass(frozen=True)
class Part:
    """Words, then what matters most (`Amount: €10.00`), then facts, then what is quoted, then a link by its label."""

    words: str
    headline: Fact | None = None
    facts: tuple[Fact, ...] = ()
    quote: Quote | None = None
    link: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Look:
    """How a shop's letters look: its name, its colour (`#09604a`; None: the product's own), and whether its logo comes along."""

    shop: str
    colour: str | None = None
    has_logo: bool = False


@dataclass(frozen=True)
class Letter:
    """What a letter says, in one language; `direction` is ltr or rtl. `contact` is where the shop answers, `legal` why this was sent, and by
    whom."""

    subject: str
    parts: tuple[Part, ...]
    contact: str
    legal: str
    language: str
    direction: str

    def text(self) -> str:
        """As plain text, complete."""
        lines = [line for part in self.parts for line in _plain(part)]
        return "\n\n".join((*lines, self.contact, self.legal)) + "\n"


def _plain(part: Part) -> Iterator[str]:
    yield part.words
    facts = ((part.headline,) if part.headline else ()) + part.facts
    if facts:
        yield "\n".join(f"{name}: {value}" for name, value in facts)
    if part.quote:
        yield f"“{part.quote.words}”"
    if part.link:
        yield "{}:\n{}".format(*part.link)
