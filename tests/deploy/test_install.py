"""docs/operator/install.md, "One machine", by its text alone: in a fresh Debian made by debootstrap, from a copy of the repository. What needs systemd
or a public name (starting the units, the shop's own keys) is not done; what the units start is in tests/test_operator_files.py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import image

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operator" / "install.md"
NEEDS_A_SYSTEM = ("ordo merchant apply", "ordo templates submit", "systemctl", "nginx -t")
CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=YOUR.NAME -keyout /etc/ssl/private/YOUR.NAME.key -out /etc/ssl/YOUR.NAME.pem"


def commands() -> list[str]:
    """What the section has one type, but for what needs more than a chroot."""
    section = PAGE.read_text("utf-8").partition("## One machine")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.+?)^```$", section, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).splitlines()
    return [line for line in lines if not line.startswith(NEEDS_A_SYSTEM)]


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


def test_an_installation_by_the_page_s_text_migrates_and_its_doctor_speaks(tmp_path: Path) -> None:
    if os.geteuid() or not shutil.which("debootstrap"):
        pytest.skip("a fresh Debian needs root and debootstrap: apt-get install debootstrap")
    machine = image.debian(tmp_path, "bookworm")
    with_repository(machine)
    machine.workdir = "/srv/ordo"
    script = [*commands(), f"test -x /usr/bin/openssl && {CERTIFICATE} && mkdir -p /var/log/nginx && nginx -t"]
    typed = machine.folder / "srv" / "typed"
    typed.write_text("\n".join(script).replace("ordo doctor", "ordo doctor || true"), encoding="utf-8")
    said = image.run(machine, "bash -eu /srv/typed 2>&1")
    assert "Schema 00" in said
    assert re.search("^ok    Database: ", said, re.MULTILINE)
    assert "test is successful" in said
    found = (machine.folder / "etc/ordo/environment").stat()
    assert found.st_mode & 0o777 == 0o640
    assert (machine.folder / "var/lib/ordo/ordo.db").stat().st_uid != 0
    assert image.compiled(machine.folder / "opt/ordo")
