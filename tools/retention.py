"""Writes the tables of docs/operator/retention.md from what is declared of personal data.

python -m tools.retention
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from webapp.db import personal
from webapp.domain.retention import MOST, RULES, Kept

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operator" / "retention.md"
TIMES = "| setting | in a merchant's file | days | from – to | what is kept for so long | and then | why |\n|---|---|---|---|---|---|---|\n"
PLACES = "| table | personal columns | kept |\n|---|---|---|\n"


def main() -> int:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text("utf-8")), encoding="utf-8")
    return 0


def written(page: str) -> str:
    """The page with its tables as they have to be."""
    for heading, rows in ((TIMES, times()), (PLACES, places())):
        before, rest = page.split(heading)
        page = before + heading + rows + re.sub(r"\A(?:\|.*\n)+", "", rest)
    return page


def times() -> str:
    """A row for each rule."""
    return "".join(
        f"| `{kept.upper()}` | `{kept}` | {rule.days} | {rule.least} – {MOST} | {rule.what} | {rule.becomes} | {rule.why} |\n"
        for kept, rule in RULES.items()
    )


def places() -> str:
    """A row for each table that has personal columns."""
    columns = {**personal.OF_BUYERS, **personal.OF_STAFF}
    return "".join(
        f"| `{table}` | {', '.join(f'`{each}`' for each in sorted(columns[table]))} | {_how_long(personal.KEPT_FOR[table])} |\n"
        for table in columns
    )


def _how_long(kept: Kept | str) -> str:
    return f"`{kept}`" if isinstance(kept, Kept) else kept


if __name__ == "__main__":
    sys.exit(main())
