"""docs/operator/install.md, "Three machines", by its text alone: three fresh Debians made by debootstrap, each with a network address of its own (Linux's
network namespaces), from a copy of the repository. What systemd would start is started by its units' own lines; the shop's keys are not there."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.deploy.machine import CERTIFICATE, PAGE, with_repository
from tools import image

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

IP = "/usr/sbin/ip"
NETWORK = "10.0.0."  # the page's own
ADDRESSES = {"a": f"{NETWORK}1", "b": f"{NETWORK}2", "db": f"{NETWORK}3"}
NOT_HERE = ("systemctl", "ordo merchant apply", "ordo templates submit")


def section(name: str) -> list[str]:
    """The blocks that one types, of a section of the page."""
    text = PAGE.read_text("utf-8").partition(f"## {name}")[2].partition("\n## ")[0]
    return re.findall(r"^```\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)


def typed(block: str) -> str:
    """A block without what needs systemd or a shop's keys."""
    lines = [line.partition(" && systemctl")[0] for line in block.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(NOT_HERE))


@dataclass
class Machine:
    """A Debian in a folder, with its own address in the network `bridge`."""

    name: str
    stage: image.Stage
    bridge: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def space(self) -> str:
        return f"{self.bridge}-{self.name}"

    def types(self, script: str) -> str:
        """As root, in a folder with the repository, with the packages' servers in reach; what was printed."""
        path = self.stage.folder / "srv" / "typed"
        path.write_text(f"cd /srv/ordo\n{script}\n", encoding="utf-8")
        return image.run(self.stage, "bash -eu /srv/typed 2>&1")

    def command(self, script: str) -> list[str]:
        """In its own network, with what a kernel shows a system; the mounts end with it."""
        inside = shlex.join(self.stage.starting(["bash", "-euc", script], user="0"))
        folder = self.stage.folder
        shared = folder / "dev" / "shm"  # where PostgreSQL's processes meet
        mounts = f"mount -t proc proc {folder}/proc && mkdir -p {shared} && mount -t tmpfs tmpfs {shared}"
        return [IP, "netns", "exec", self.space, "sh", "-c", f"{mounts} && exec {inside}"]

    def says(self, script: str) -> str:
        done = subprocess.run(
            self.command(script), env=self.stage.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def starts(self, unit: str) -> subprocess.Popen[bytes]:
        """What systemd starts for a unit, with its settings."""
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read(self.stage.folder / "etc/systemd/system" / unit)
        service = parser["Service"]
        settings = "set -a; . /etc/ordo/environment; set +a"
        line = f"{settings}; cd {service['WorkingDirectory']}; exec setpriv --reuid={service['User']} --regid={service['User']} --clear-groups {service['ExecStart']}"
        with (self.stage.folder / "srv" / f"{unit}.log").open("wb") as log:
            started = subprocess.Popen(self.command(line), env=self.stage.environment, stdout=log, stderr=log)
        self.running.append(started)
        return started


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[dict[str, Machine]]:
    """The three, with names for each other, and none of their packages started."""
    if os.geteuid() or not shutil.which("debootstrap") or not Path(IP).exists():
        pytest.skip("fresh Debians with addresses need root, debootstrap and ip: apt-get install debootstrap iproute2")
    bridge = f"o{os.getpid()}"
    ip(f"link add {bridge} type bridge")
    ip(f"link set {bridge} up")
    made: dict[str, Machine] = {}
    try:
        for name, address in ADDRESSES.items():
            made[name] = machine = Machine(name, image.debian(tmp_path, "bookworm", name), bridge)
            _furnish(machine)
            _connect(machine, address)
        yield made
    finally:
        for machine in made.values():
            for each in machine.running:
                each.terminate()
            for each in machine.running:
                each.wait(timeout=60)
            _end_what_is_left(machine)
            ip(f"netns del {machine.space}")
        ip(f"link del {bridge}")


def _furnish(machine: Machine) -> None:
    with_repository(machine.stage)
    hosts = "".join(f"{address} {name}.internal\n" for name, address in ADDRESSES.items())
    (machine.stage.folder / "etc/hosts").write_text(f"127.0.0.1 localhost\n{hosts}", encoding="utf-8")


def _connect(machine: Machine, address: str) -> None:
    outside, inside = f"{machine.bridge}{machine.name}", f"{machine.bridge}{machine.name}i"
    ip(f"netns add {machine.space}")
    ip(f"link add {outside} type veth peer name {inside} netns {machine.space}")
    ip(f"link set {outside} master {machine.bridge} up")
    ip(f"-n {machine.space} addr add {address}/24 dev {inside}")
    ip(f"-n {machine.space} link set {inside} up")
    ip(f"-n {machine.space} link set lo up")


def ip(words: str) -> str:
    """iproute2's command; what it printed."""
    return subprocess.run([IP, *words.split()], capture_output=True, text=True, check=True).stdout


def _end_what_is_left(machine: Machine) -> None:
    """Daemons that left the process that started them: all that is in the machine's network."""
    for pid in ip(f"netns pids {machine.space}").split():
        os.kill(int(pid), 9)


def until(machine: Machine, script: str, patience: float = 180) -> str:
    """What it says once the script ends well."""
    end = time.monotonic() + patience
    while True:
        try:
            return machine.says(script)
        except AssertionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def test_three_machines_by_the_page_s_text_serve_while_one_of_them_is_away(machines: dict[str, Machine]) -> None:
    a, b, db = machines["a"], machines["b"], machines["db"]
    base = "\n".join(section("One machine")[:1])
    ordo = next(line for block in section("One machine") for line in block.splitlines() if line.startswith("ordo()"))
    database, settings, serving = section("Three machines")

    # What a package brings is installed where packages are in reach; PostgreSQL is created and asked in its own network.
    first, *rest = typed(database).splitlines()
    db.types(first)
    db.says("pg_ctlcluster 15 main start")
    (address,) = re.findall(r"^DATABASE_URL=(\S+)$", db.says("\n".join(rest)), re.MULTILINE)
    db.says("pg_ctlcluster 15 main restart")

    for machine in (a, b):
        machine.types(typed(base))
    given = "DATABASE_URL=postgresql://ordo:PASSWORD@db.internal/ordo"
    assert given in settings
    a.types(settings.replace(given, f"DATABASE_URL={address}"))
    assert "Schema 00" in a.says(f"cd /opt/ordo; {ordo}; ordo migrate")
    of_a, of_b = (machine.stage.folder / "etc/ordo/environment" for machine in (a, b))
    of_b.write_bytes(of_a.read_bytes())
    b.says("chown root:ordo /etc/ordo/environment && chmod 640 /etc/ordo/environment")
    b.says(f"cd /opt/ordo; {ordo}; ordo migrate --check")

    before_doctor = typed(serving).replace("ordo doctor", "")
    for machine in (a, b):
        machine.says(CERTIFICATE + " 2>/dev/null; mkdir -p /var/log/nginx")
        machine.says(f"cd /opt/ordo\n{before_doctor}\nnginx")
    web = {machine.name: machine.starts("ordo-web.service") for machine in (a, b)}
    for machine in (a, b):
        machine.starts("ordo-worker.service")

    public = "python3 /srv/ask.py"
    for machine in (a, b):
        shutil.copy(Path(__file__).with_name("ask.py"), machine.stage.folder / "srv" / "ask.py")
        assert "200" in until(machine, public)
    for machine in (a, b):
        # What is left to mend needs a public name and a shop's keys.
        doctor = "ordo doctor > /srv/said || true; [ $(grep -cE '^ok +(Database|Worker): ' /srv/said) = 2 ]"
        until(machine, f"cd /opt/ordo; {ordo}; {doctor}")

    web["a"].kill()
    for machine in (a, b):  # either proxy finds the server that is left
        assert {until(machine, public, patience=15) for _ in range(4)} == {"200\n"}
