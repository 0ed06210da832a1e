"""Web servers of this machine that answer at one port beside each other, without knowing of each other.

Whoever listens with SO_REUSEPORT, as granian does, shares the port with the next one who does: when a server's main process is killed, the
others of it go on answering, with the release and the settings of then, beside the server that is started in its place.
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROC = Path("/proc")
LISTENS = "0A"  # of the states of a socket in proc(5), /proc/net/tcp


def sharing(proc: Path = PROC) -> Mapping[int, Sequence[int]]:
    """The ports at which several servers of this process's database listen, with the first process of each; but for that of the metrics, which
    is shared on purpose. Sees what proc(5) shows to who
    asks: other people's processes, other containers and other systems than Linux are not seen."""
    database = _given("DATABASE_URL", proc / "self")
    if database is None:
        return {}
    ours = {
        process: parent
        for process, parent in _processes(proc)
        if _given("DATABASE_URL", proc / str(process)) == database
    }
    ports = _ports(proc)
    found: dict[int, set[int]] = defaultdict(set)
    for process in ours:
        shared = _given("METRICS_PORT", proc / str(process))
        for socket in _sockets(proc / str(process)):
            if socket in ports and str(ports[socket]).encode() != shared:
                found[ports[socket]].add(_first(process, ours))
    return {port: sorted(mains) for port, mains in sorted(found.items()) if len(mains) > 1}


def _first(process: int, parents: Mapping[int, int]) -> int:
    """The oldest of its forebears that serves the same."""
    while parents[process] in parents:
        process = parents[process]
    return process


def _processes(proc: Path) -> Iterator[tuple[int, int]]:
    for place in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = re.search(r"^PPid:\s*(\d+)", (place / "status").read_text("utf-8", "replace"), re.MULTILINE)
            if parent:
                yield int(place.name), int(parent[1])


def _given(name: str, place: Path) -> bytes | None:
    """What the process was given as this setting."""
    with contextlib.suppress(OSError):
        found = re.search(rb"(?:^|\0)%s=([^\0]+)" % name.encode(), (place / "environ").read_bytes())
        return found[1] if found else None
    return None


def _sockets(place: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for handle in (place / "fd").iterdir():
            with contextlib.suppress(OSError):
                socket = re.fullmatch(r"socket:\[(\d+)\]", str(handle.readlink()))
                if socket:
                    yield socket[1]


def _ports(proc: Path) -> Mapping[str, int]:
    """The port of each socket that listens, by the socket's inode."""
    found = {}
    for table in ("net/tcp", "net/tcp6"):
        with contextlib.suppress(OSError):
            for line in (proc / table).read_text("ascii").splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == LISTENS:
                    found[rest[5]] = int(local.rpartition(":")[2], 16)
    return found
