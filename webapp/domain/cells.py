"""Cells of a CSV file, for spreadsheets take some texts for formulas, and run them.

By OWASP's page on CSV injection: a cell that begins with one of = + - @, a tab or a line end (or a wide form of a sign, as Japanese
keyboards have) gets an apostrophe before it. So does such a sign right behind a separator within a cell, for a spreadsheet that is set to
semicolons parts a cell of a file with commas there. `plain` takes off what `escaped` put on, and nothing else.
"""

from __future__ import annotations

import re

SIGNS = "=+\\-@＝＋－＠"
FIRST, LATER = rf"(?='*[{SIGNS}\t\r\n])", rf"(?='*[{SIGNS}])"
ESCAPED = re.compile(rf"\A{FIRST}|(?<=[,;\t\r\n]){LATER}")
ESCAPES = re.compile(rf"\A'{FIRST}|(?<=[,;\t\r\n])'{LATER}")
AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
"""What spreadsheets write so that a cell stays a text: `="00123"`."""


def escaped(text: str) -> str:
    """The text as a cell that is a text in every spreadsheet."""
    return ESCAPED.sub("'", text)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet has left a formula in a cell, in the place of what comes of it."""
    return cell.startswith("=") and not AS_TEXT.fullmatch(cell)


def plain(cell: str) -> str:
    """The text of a cell: without the apostrophes of `escaped`, or what stands in `="…"`."""
    text = AS_TEXT.fullmatch(cell)
    return text[1].replace('""', '"') if text else ESCAPES.sub("", cell)
