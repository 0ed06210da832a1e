"""The examples of docs/integrator/README.md, run as they stand there against one world."""

from __future__ import annotations

import contextlib
import html
import os
import re
import shutil
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox import ports
from tests.actors import until
from tests.faults.actors import Buyer, Gateway
from tools import node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.world import World

DOCS = Path(__file__).resolve().parents[2] / "docs" / "integrator"
SHOWN_PORT = "127.0.0.1:9000"


@dataclass(frozen=True)
class Language:
    """The commands of the page's table, and the program that they need."""

    program: str
    receiver: str
    order: str


def languages() -> dict[str, Language]:
    """What the page's table says of each language."""
    rows = re.findall(r"^\| (Python|JavaScript|PHP) .*?\[`(.+?)`\].*?\[`(.+?)`\]", _readme(), re.MULTILINE)
    return {name: Language(receiver.split()[0], receiver, order) for name, receiver, order in rows}


class Terminal:
    """A program that runs, and the lines that it has printed."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def says(self, words: str) -> str:
        """Wait for a line with these words."""
        found: str = until(lambda: next((line for line in self.lines if words in line), ""), f"{words} in {self.lines}")
        return found

    def ends(self) -> list[str]:
        """Wait for the end, which is a good one; all that it printed."""
        assert self.process.wait(60) == 0, self.lines
        self._reader.join(10)
        return self.lines

    def stop(self) -> None:
        """End it, if it has not ended."""
        self.process.terminate()
        self.process.wait(10)
        self._reader.join(10)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                self.lines.append(line.rstrip("\n"))


@dataclass
class Integrator:
    """Who follows the page: its folder, the API's address and key, and the port of the receiver."""

    world: World
    folder: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        here = self.world.addresses.ordo.server
        return os.environ | {
            "ORDO_API": f"{here}/api/v1",
            "ORDO_TOKEN": self.world.keyring["API_TOKEN"],
            "PORT": str(self.port),
            "TMPDIR": str(self.folder),
            "NO_PROXY": "*",
        }

    def asks(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.environment['ORDO_TOKEN']}", "Idempotency-Key": str(uuid.uuid4())}
        answer = requests.request(method, self.environment["ORDO_API"] + path, json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    @contextlib.contextmanager
    def runs(self, command: str, **more: str) -> Iterator[Terminal]:
        """A command of the page, with our Python for `python` and our port for the one that is shown."""
        words = [
            sys.executable if word == "python" else word.replace(SHOWN_PORT, f"127.0.0.1:{self.port}")
            for word in command.split()
        ]
        terminal = Terminal(words, self.folder, self.environment | more)
        try:
            yield terminal
        finally:
            terminal.stop()

    def pays(self, link: str) -> None:
        assert Buyer(self.world, Gateway(self.world)).opens(link).pays().status == 200

    def forges(self) -> int:
        """Somebody else POSTs to the receiver; the answer's status."""
        headers = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        return requests.post(f"http://127.0.0.1:{self.port}/ordo", "{}", headers=headers, timeout=10).status_code


@pytest.fixture
def integrator(world: World, tmp_path: Path) -> Iterator[Integrator]:
    """Somebody with a copy of the scripts. What was told there is told no more afterwards: others use the world too."""
    folder = tmp_path / "quickstart"
    shutil.copytree(DOCS / "quickstart", folder)
    made = Integrator(world, folder, ports.free(1)[0])
    yield made
    for endpoint in made.asks("GET", "/endpoints")["data"]:
        if endpoint["source"] == "api":
            made.asks("DELETE", f"/endpoints/{endpoint['id']}")


@pytest.mark.parametrize("name", ["Python", "JavaScript", "PHP"])
def test_from_an_order_to_a_callback_that_is_verified_and_sent_again(integrator: Integrator, name: str) -> None:
    language = _available(name, integrator)
    secret = integrator.asks("POST", "/endpoints", {"url": f"http://127.0.0.1:{integrator.port}/ordo"})["secret"]
    order = language.order.replace("A12", f"QUICK-{name}")
    with integrator.runs(language.receiver, ORDO_SECRET=secret) as receiver, integrator.runs(order) as ordering:
        until(lambda: ports.taken([integrator.port]), "the receiver listens")
        integrator.pays(ordering.says("Pay here").split()[-1])
        receiver.says(f"verified order.paid QUICK-{name}")
        said = ordering.ends()
        receiver.says(f"again order.paid QUICK-{name}")
        receiver.says(f"verified order.refunded QUICK-{name}")
        assert integrator.forges() == 401
    words = "\n".join(said)
    assert re.search(
        rf"The order is paid\nPaid orders: QUICK-{name}\b.*\nRefund \w+ \w+\n(Replayed \w+\n?)+$", words
    ), words


def test_the_same_by_curl(integrator: Integrator) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    _, *steps = re.findall(r"```sh\n(.+?)```", _readme(), re.DOTALL)
    script = "set -eu -o pipefail\n" + "\n".join(steps).replace(SHOWN_PORT, f"127.0.0.1:{integrator.port}")
    (integrator.folder / "all.sh").write_text(script, encoding="utf-8")
    with integrator.runs("bash all.sh") as shell:
        shell.says('"reference":"A13"')
        secret = re.search(r'"secret":"(whsec_[^"]+)"', "".join(shell.lines))
        assert secret is not None
        with integrator.runs(languages()["Python"].receiver, ORDO_SECRET=secret[1]) as receiver:
            until(lambda: ports.taken([integrator.port]), "the receiver listens")
            link = re.search(r'"url":"(http[^"]+/p/[^"]+)"', "".join(shell.lines))
            assert link is not None
            integrator.pays(link[1])
            shell.ends()
            receiver.says("verified order.paid A13")
            receiver.says("again order.paid A13")


def _available(name: str, integrator: Integrator) -> Language:
    language = languages()[name]
    if shutil.which(language.program) is None and language.program != "python":
        pytest.skip(f"{language.program} is not installed: `make test` installs it where it may")
    if name == "JavaScript":
        if node.main(node.RECEIVERS):
            pytest.skip("npm cannot install the library of Standard Webhooks here")
        (integrator.folder / "node_modules").symlink_to(node.RECEIVERS / "node_modules")
    return language


def _readme() -> str:
    return (DOCS / "README.md").read_text("utf-8")


def test_the_screen_has_a_key_to_copy_and_a_request_to_try(integrator: Integrator) -> None:
    screen = integrator.world.addresses.phones.server
    copied = [html.unescape(each) for each in re.findall(r'data-copy="([^"]+)"', requests.get(screen, timeout=10).text)]
    assert integrator.environment["ORDO_TOKEN"] in copied
    (command,) = (each for each in copied if each.startswith("curl "))
    assert requests.post(f"{screen}/_sandbox/api/orders", json={}, timeout=30).json() == {"status": 201}
    shown = html.unescape(requests.get(screen, timeout=10).text)
    order = re.search(r'"id": "(ord_\w+)"', shown)
    assert order is not None
    assert f"{integrator.world.addresses.ordo.browser}/p/" in shown
    assert command not in shown
    (integrator.folder / "copied.sh").write_text(command, encoding="utf-8")
    with integrator.runs("bash copied.sh") as shell:
        assert order[1] in "".join(shell.ends())
