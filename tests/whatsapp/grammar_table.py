"""The table of messages written by hand: `grammar_messages.txt`, which explains itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.whatsapp import grammar

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).with_name("grammar_messages.txt")
LANGUAGES = ("en", "fr", "es", "de", "pt", "it", "nl", "ar")
SECTION = re.compile(r"\[(\w\w) (\w{3})(?: (\w\w))?( test)?(?: (\+\d+))?]")


def rows() -> list[tuple[int, grammar.Context, str, str]]:
    return [(number, context, message, expected) for number, context, _, message, expected in table()]


def table() -> Iterator[tuple[int, grammar.Context, str | None, str, str]]:
    """Line, context, the writer's language where one is named, message, reading."""
    context, language = grammar.Context("FR", "EUR"), None
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").split("\n"), start=1):
        if section := SECTION.fullmatch(line):
            language = section[3]
            context = grammar.Context(section[1], section[2], LANGUAGES, "cafe", bool(section[4]), section[5])
        elif " ⇒ " in line and not line.startswith("# "):
            message, _, expected = line.partition(" ⇒ ")
            shown = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), message)
            shown = re.sub(r"(\S)\{(\d+)}", lambda more: more[1] * int(more[2]), shown)
            yield number, context, language, shown, expected.strip()
