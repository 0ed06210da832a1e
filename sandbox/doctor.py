"""`make doctor`: the product's own check-up, with the settings of the run that goes on in this folder."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox import lock, settings
from sandbox.around import Addresses
from sandbox.keyring import Keyring
from sandbox.steps import Halt

if TYPE_CHECKING:
    from pathlib import Path


def run(var: Path, project: Path) -> int:
    """The status of `flask doctor`. Raises Halt when no `make run` goes on in `var`: there is nothing to look at."""
    found = lock.last(var)
    if found is None or not found.running:
        again = "" if found is None else f" PORT={found.port}"
        raise Halt(
            "`make run` is not running in this folder, so there is nothing to examine.\n"
            f"Start it (make run{again}), and then, in another terminal: make doctor"
        )
    here = Addresses.of(range(found.port, found.port + 6))
    told = settings.product(Keyring(var / "secrets.env"), here, settings.database(var))
    examined = subprocess.run(
        [sys.executable, "-m", "flask", "doctor"], cwd=project, env=settings.environment(told), check=False
    )
    return examined.returncode
