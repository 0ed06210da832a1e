"""Writes the table of docs/integrator/errors.md from what the API refuses with.

python -m tools.error_codes
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from webapp.api.problems import KINDS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "integrator" / "errors.md"
HEADING = "| code | status | title | what to do |\n|---|---|---|---|\n"
TABLE = re.compile(re.escape(HEADING) + r"(?:\|.*\n)+")


def main() -> int:
    """Write the page."""
    PAGE.write_text(TABLE.sub(lambda _: table(), PAGE.read_text("utf-8"), count=1), encoding="utf-8")
    return 0


def table() -> str:
    """Every code, as the API has them in order."""
    return HEADING + "".join(
        f"| `{code}` | {kind.status} | {kind.title} | {_plain(kind.detail)} |\n" for code, kind in KINDS.items()
    )


def _plain(detail: str) -> str:
    """With `…` for what an answer names, and nothing that ends a cell."""
    shown = re.sub(r"(?<!\{)\{\w+\}(?!\})", "…", detail)
    return shown.replace("{{", "{").replace("}}", "}").replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
