"""The budget of the pages, as tables; ends with 1 when something is over.

python -m tests.budget         bytes in every language, and when a phone on a slow network shows what
python -m tests.budget bytes   bytes alone, in the languages with the largest pages: a part of `make check`
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.budget import limits, sizes
from webapp import i18n

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.budget.times import Row


def main(arguments: Sequence[str]) -> int:
    """Print the tables: 0, or 1 when something is over."""
    if list(arguments) not in ([], ["bytes"]):
        print("python -m tests.budget [bytes]")
        return 2
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        status = told(sizes.lines(Path(folder), sizes.LARGEST if arguments else i18n.NAMES))
        if arguments:
            return status
        from tests.budget import times  # noqa: PLC0415  # the bytes need no browser

        print(busy(), end="")
        return told_times(times.rows(Path(folder))) or status


def busy() -> str:
    """A line, where the machine had other things to do in the last minute: pages are then later than they would be."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load <= processors / 2:
        return ""
    return (
        f"\nThe machine is busy (load {load:.1f} on {processors} processors): what follows is later than it would be.\n"
    )


def told(found: Sequence[sizes.Line]) -> int:
    """A table of bytes: 0, or 1 when a line is over its limit."""
    print(f"{'own bytes, packed by brotli':<28}{'bytes':>8}{'limit':>8}  the largest")
    for line in found:
        print(f"{line.what:<28}{line.bytes:>8}{line.limit:>8}  {line.where}{'   OVER' if line.over else ''}")
    return int(any(line.over for line in found))


def told_times(rows: Sequence[Row]) -> int:
    """A table of moments and of bytes as they travelled: 0, or 1 when a moment is over its limit."""
    kinds = [kind for kind in limits.TRAVELS if any(row.travelled[kind] for row in rows)]
    print(f"\n{'slow 3G, processor slowed':<28}" + "".join(f"{name:>10}" for name in limits.MOMENTS), end="   ")
    print("".join(f"{kind:>13}" for kind in kinds))
    for row in rows:
        cells = "".join(f"{_moment(row, name):>10}" for name in limits.MOMENTS)
        travelled = "".join(f"{row.travelled[kind] or '-':>13}" for kind in kinds)
        print(f"{row.page:<28}{cells}   {travelled}{'   OVER: ' + ', '.join(row.over) if row.over else ''}")
    print(f"{'limit':<28}" + "".join(f"{limit:>10g}" for limit in limits.MOMENTS.values()))
    return int(any(row.over for row in rows))


def _moment(row: Row, name: str) -> str:
    if name not in row.moments:
        return "-"
    return f"{row.moments[name]:.3f}" if name == limits.CLS else f"{row.moments[name]:.0f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
