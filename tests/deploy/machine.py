"""A fresh Debian on which docs/operator/install.md is tried, by its text."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tools import image

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operator" / "install.md"
CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=YOUR.NAME -keyout /etc/ssl/private/YOUR.NAME.key -out /etc/ssl/YOUR.NAME.pem"


def with_repository(machine: image.Stage) -> None:
    """A copy of what is committed, in /srv/ordo; and nothing that is installed is started."""
    source = machine.folder / "srv" / "ordo"
    source.mkdir(parents=True)
    files = subprocess.run(
        ["/usr/bin/git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, files.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    policy = machine.folder / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
