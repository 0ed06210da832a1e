"""docs/operator/install.md, "One machine", by its text alone: in a fresh Debian made by debootstrap, from a copy of the repository. What needs systemd
or a public name (starting the units, the shop's own keys) is not done; what the units start is in tests/test_operator_files.py."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.deploy.machine import CERTIFICATE, PAGE, with_repository
from tools import image

pytestmark = pytest.mark.slow

NEEDS_A_SYSTEM = ("ordo merchant apply", "ordo templates submit", "systemctl", "nginx -t")


def commands() -> list[str]:
    """What the section has one type, but for what needs more than a chroot."""
    section = PAGE.read_text("utf-8").partition("## One machine")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.+?)^```$", section, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).splitlines()
    return [line for line in lines if not line.startswith(NEEDS_A_SYSTEM)]


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
