"""What the tests need beside Python: Debian's Chromium (two builds), PostgreSQL, faketime and PHP. Installed where we may, else we say how.

python -m tools.machine
python -m tools.machine wrk    and what is named: what not every test needs
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Need:
    """A program of the machine, the Debian package it comes in, and how to find it."""

    package: str
    what: str
    find: Callable[[], Path | None]


def headless() -> Path | None:
    """The browser of the tests: Chromium without what windows need, which takes half of the processor's time. Where no package of it is
    offered, Chromium."""
    found = shutil.which("chromium-headless-shell")
    if found:
        return Path(found)
    return None if _offered("chromium-headless-shell") else chromium()


def chromium() -> Path | None:
    """Chromium as it is on phones and desks, for what its headless build lacks: pages that come from memory, the ring of a focus in a frame,
    and Lighthouse."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Path(found) if found else None


def postgresql() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest: Debian does not put it on the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*folders, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


def faketime() -> Path | None:
    """The library that gives a process a clock of its own, made for programs with threads."""
    return next(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"), None)


def php() -> Path | None:
    """What the examples for order backends in PHP run by."""
    found = shutil.which("php")
    return Path(found) if found else None


def pgbouncer() -> Path | None:
    """The pooler of the tests that have one before PostgreSQL; Debian puts it among the programs of root."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def nginx() -> Path | None:
    """The proxy of `make scale`, which Debian puts among the programs of root."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def debootstrap() -> Path | None:
    """What makes the folders in which the image's steps are tried."""
    found = shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def iproute2() -> Path | None:
    """What gives such folders network addresses of their own."""
    found = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def systemd() -> Path | None:
    """What judges the units."""
    found = shutil.which("systemd-analyze")
    return Path(found) if found else None


def wrk() -> Path | None:
    """The load of the benchmarks."""
    found = shutil.which("wrk")
    return Path(found) if found else None


def promtool() -> Path | None:
    """What reads the rules of docs/operator/monitoring as Prometheus does."""
    found = shutil.which("promtool")
    return Path(found) if found else None


NEEDS = (
    Need("chromium-headless-shell", "Chromium's headless build, for the stories in a browser", headless),
    Need("chromium", "Chromium, for pages that come from its memory", chromium),
    Need("postgresql", "PostgreSQL, for the tests on both databases", postgresql),
    Need("faketime", "faketime, for the tests that move a process's clock", faketime),
    Need("php-cli", "PHP, for the examples of docs/integrator", php),
)


ALSO = (
    Need("wrk", "wrk, which asks a server over and over for the benchmarks", wrk),
    Need("prometheus", "promtool, which checks metrics and alerts", promtool),
    Need("pgbouncer", "PgBouncer, for the slow tests that have it before PostgreSQL", pgbouncer),
    Need("nginx-light", "nginx, the proxy of `make scale`", nginx),
    Need("debootstrap", "debootstrap, for the steps of the image", debootstrap),
    Need("iproute2", "ip, for three machines in one", iproute2),
    Need("systemd", "systemd-analyze, which judges the units", systemd),
)


def main(named: Sequence[str] = ()) -> int:
    """Install what is missing: 0, or 1 after saying what cannot be installed and by which command it can."""
    wanted = [*NEEDS, *(need for need in ALSO if need.package in named)]
    missing = [need for need in wanted if need.find() is None]
    if not missing:
        return 0
    print("Missing: " + "; ".join(need.what for need in missing))
    packages = [need.package for need in missing]
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    prefix = allowed()
    if prefix is None:
        print(f"Install it, then run the same command again:\n\n  sudo {' '.join(command)}\n")
        print("On another system, its own packages of the same names will do.")
        return 1
    for words in (["apt-get", "update"], command):
        print(f"  {' '.join(words)} …", flush=True)
        if not _run([*prefix, *words]):
            return 1
    return 0 if all(need.find() for need in missing) else 1


def allowed() -> list[str] | None:
    """What to put before apt-get; None when there is no apt-get or we may not use it without a password."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _offered(package: str) -> bool:
    """Whether apt-get knows the package."""
    if shutil.which("apt-cache") is None:
        return False
    command = ["apt-cache", "show", package]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(command: Sequence[str]) -> bool:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        print(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
