"""python -m bench [name …]: run the benchmarks, all or those that are named, and print a small table of each."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

LONG = {"growth", "office"}  # take half an hour: run when they are named


def main(names: list[str]) -> int:
    """0, whatever was measured; 2 for a name that is none."""
    known = sorted(
        path.stem
        for path in Path(__file__).parent.glob("[a-z]*.py")
        if path.stem not in {"bare_loop", "databases", "filler", "hello", "receivers", "spent"}
    )
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}: there are {', '.join(known)}.")
        return 2
    for name in names or [name for name in known if name not in LONG]:
        module = importlib.import_module(f"bench.{name}")
        print(f"{name}: {module.TITLE}")
        for row in module.run():
            print("  " + "  ".join(cell.ljust(24) if not place else cell.rjust(14) for place, cell in enumerate(row)))
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
