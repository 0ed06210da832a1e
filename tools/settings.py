"""The table of every setting in docs/operator/settings.md: written from `config.Settings`, and compared with it.

python -m tools.settings write     the table as the code has it now
python -m tools.settings check     1 when the file has another
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic_core import PydanticUndefined

from webapp.config import Settings

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs/operator/settings.md"
BEGIN, END = "<!-- python -m tools.settings write -->\n", "<!-- end -->\n"


def main(arguments: list[str]) -> int:
    """Write, or check: 0 when all is right."""
    text = FILE.read_text("utf-8")
    made = written(text)
    if arguments == ["write"]:
        FILE.write_text(made, encoding="utf-8")
    elif made != text:
        print(f"{FILE.relative_to(ROOT)} has not the settings of webapp/config.py: python -m tools.settings write")
        return 1
    return 0


def written(text: str) -> str:
    """The page with the table of this code."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.partition(END)[2]


def table() -> str:
    """One line a setting, in the order of the code: those that must be set first."""
    lines = ["| setting | unless it is set | what it is |", "|---|---|---|"]
    for name, field in sorted(Settings.model_fields.items(), key=lambda each: not each[1].is_required()):
        secret = "" if field.repr else " (secret)"
        lines.append(f"| `{name.upper()}`{secret} | {_default(field.default)} | {_cell(field.description or '')} |")
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return "**must be set**"
    if value is None:
        return "nothing"
    return f"`{int(value) if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
