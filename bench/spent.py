"""What something costs whatever else the machine does: milliseconds of processors, of this process and of all who serve its database."""

from __future__ import annotations

import time
from pathlib import Path

_seen: dict[int, dict[str, int]] = {}


def milliseconds(database: int = 0) -> float:
    """Those that this process and the children of another one, a PostgreSQL's, have spent since some moment."""
    ours = time.process_time() * 1000
    theirs = _seen.setdefault(database, {})
    theirs |= {
        each: spent for each in _children(database) if (spent := _of(each))
    }  # one that ended counts as it was seen last
    return ours + sum(theirs.values()) / 1e6


def server(url: str) -> int:
    """The process id of the PostgreSQL on this machine behind an address; 0 of a SQLite."""
    if url.startswith("sqlite"):
        return 0
    port = url.rpartition(":")[2].partition("/")[0]
    found = [each for each in Path("/proc").glob("[0-9]*/cmdline") if _serves(each, port)]
    return min((int(each.parent.name) for each in found), default=0)


def _serves(path: Path, port: str) -> bool:
    try:
        words = path.read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return Path(words[0]).name == "postgres" and words[-2:-1] == [port]


def _children(process: int) -> list[str]:
    if not process:
        return []
    try:
        return Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return []


def _of(process: str) -> int:
    """Nanoseconds."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0])
    except (OSError, IndexError):
        return 0
