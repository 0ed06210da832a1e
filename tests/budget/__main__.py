"""The budget of the pages, as tables; ends with 1 when something is over.

python -m tests.budget bytes   in the languages with the largest pages: a part of `make check`
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.budget import sizes

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Print the table: 0, or 1 when something is over."""
    if list(arguments) != ["bytes"]:
        print("python -m tests.budget bytes")
        return 2
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        found = sizes.lines(Path(folder), sizes.LARGEST)
    return told(found)


def told(found: Sequence[sizes.Line]) -> int:
    """A table of bytes: 0, or 1 when a line is over its limit."""
    print(f"{'own bytes, packed by brotli':<28}{'bytes':>8}{'limit':>8}  the largest")
    for line in found:
        print(f"{line.what:<28}{line.bytes:>8}{line.limit:>8}  {line.where}{'   OVER' if line.over else ''}")
    return int(any(line.over for line in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
