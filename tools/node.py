"""The programs of Node that judge the product from outside, installed from the locks in tools/browser (pages), tools/identity (logins) and
tools/receivers (callbacks).
Says in words what a machine lacks.

python -m tools.node

What is installed is noted in the folder itself, so that nothing is done twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "browser"
IDENTITY = FOLDER.parent / "identity"
RECEIVERS = FOLDER.parent / "receivers"
OLDEST = 20
PRELOADED = "node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json"


def main(folder: Path = FOLDER) -> int:
    """Install what the lock names: 0, or 1 after saying what is wrong. Of several processes that want it at once one does it."""
    with (folder / "package-lock.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        return _install(folder)


def _install(folder: Path) -> int:
    noted, wanted = folder / "node_modules" / ".ordo-installed", fingerprint(folder)
    if noted.exists() and noted.read_text("utf-8") == wanted:
        return 0
    npm, found = shutil.which("npm"), version()
    if npm is None or found is None or found < OLDEST:
        have = f"; this is {found}" if found is not None else ""
        print(f"What judges the product from outside are programs that need Node {OLDEST} or newer, with npm{have}.")
        print("Install it (https://nodejs.org), then run the same command again.")
        return 1
    # No script of a package runs: the Observatory's would fetch lists from the network that our addresses are not in.
    command = [npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False).returncode:
        print(
            "The programs could not be installed. This step needs the network, once; npm's own settings are honoured."
        )
        return 1
    if (folder / PRELOADED).parent.is_dir():
        (folder / PRELOADED).write_text("{}", encoding="utf-8")  # no address is excused for being on browsers' own list
    noted.write_text(wanted, encoding="utf-8")
    return 0


def version() -> int | None:
    """Node's major version; None where there is none."""
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.match(r"v(\d+)\.", said)
    return int(number[1]) if number else None


def run(*words: str, given: str = "", trusted: Path | None = None, within: float = 60, folder: Path = FOLDER) -> str:
    """What a script of the folder prints, within so many seconds. `trusted` is a certificate to believe beside the usual ones."""
    node = shutil.which("node") or "node"
    environment = os.environ | ({"NODE_EXTRA_CA_CERTS": str(trusted)} if trusted else {})
    done = subprocess.run(
        [node, *words],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    if done.returncode:
        raise OSError(f"{words[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-1000:]}")
    return done.stdout


def fingerprint(folder: Path) -> str:
    """Changes whenever all is to be installed again."""
    return hashlib.sha256((folder / "package-lock.json").read_bytes() + str(version()).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
