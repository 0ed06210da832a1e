"""The product and the world around it, on this machine: what `make run` starts; the tests do with folders of their own.

world = World(folder)            # SQLite in the folder, free ports
world.start()
world.addresses.phones.browser   # http://phones.localhost:…
world.around.backend.stop()
world.kill_app(); world.start_app(); world.wait_until_healthy()
world.stop()
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from sandbox import demo, outward, ports, settings
from sandbox.around import Addresses, Around
from sandbox.keyring import Keyring
from sandbox.process import Process
from sandbox.steps import Halt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT = Path(__file__).resolve().parent.parent
TOKEN = re.compile(r"\bordo_test_[A-Za-z0-9]{38}\b")
TOLD = len("ordo_test_") + 4  # characters of a token by which the product lists its key
READY_WITHIN = 90.0  # seconds, on a slow machine that is busy with other things


class World:
    """Everything of one run is in `root`, and is there again for the next. `base_port` is the first of six ports, 0
    takes free ones. `workers` are the product's web processes, `project` the tree it is run from, `variables` what its
    processes find in their environment beside our settings. Started once."""

    def __init__(
        self,
        root: Path,
        *,
        base_port: int = 0,
        database_url: str = "",
        workers: int = 1,
        project: Path = PROJECT,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root
        self.keyring = Keyring(root / "secrets.env")
        self.addresses = Addresses.of(list(range(base_port, base_port + 6)) if base_port else ports.free(6))
        self.settings = settings.product(self.keyring, self.addresses, database_url or settings.database(root))
        self._project, self._workers, self._variables = project, workers, dict(variables or {})
        self._processes: list[Process] = []
        self.app = self.another_app(self.addresses.ordo.port)
        self.worker = self.another_worker()
        self.around = Around(root, self.addresses, self.keyring)

    def start(self) -> World:
        """All of it, in order, until the product answers. Raises Halt, in words; OSError for a taken port."""
        try:
            self.around.start()
            self.prepare()
            self.start_app()
            self.start_worker()
            self.wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """In the order in which one needs the other: the workers finish what they have in hand while all still answer."""
        for process in reversed(self._processes):
            process.stop()
        self.around.stop()

    def another_app(self, port: int) -> Process:
        """A web server of the product on this port, not started; `stop` ends it."""
        return self._process("app", serving(port, self._workers))

    def another_worker(self) -> Process:
        """A worker of the product, not started; `stop` ends it."""
        return self._process("worker", _python("flask", "worker"))

    def change(self, **settings: str) -> None:
        """Other settings, for every process that is started from now on."""
        self.settings |= settings
        for process in self._processes:
            process.env = self._environment()

    def prepare(self) -> None:
        """Bring the database to its schema, and make or renew the demo merchant; gateway and phones must answer.

        Raises Halt with the product's own words.
        """
        self._offer_wallets()
        text = demo.merchant_file(
            self.keyring, webhook_secret=self._webhook_secret(), backend_url=self.addresses.backend.server
        )
        path = self.root / "merchant.toml"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        known = self.keyring.get("API_TOKEN")
        key = ("api-key", "list", demo.MERCHANT) if known else demo.NEW_KEY
        steps = ("migrate", ",", "merchant", "apply", str(path), ",", "templates", "submit", demo.MERCHANT)
        try:
            told = self.console(*steps, ",", *key)
            if known and not _is_good(known, told):  # the database is another one
                told, known = self.console(*demo.NEW_KEY), None
        except Halt as error:
            raise Halt(
                f"{error}\n\nThe database, and all else of this run, is in the folder {self.root}: when it cannot be used "
                "as it is, move that folder away, and the next start makes a new one."
            ) from None
        if not known:
            self.keyring.keep(API_TOKEN=TOKEN.findall(told)[-1])

    def start_app(self) -> None:
        self.app.start()

    def start_worker(self) -> None:
        self.worker.start()

    def kill_app(self) -> None:
        """SIGKILL to every process of the web server."""
        self.app.kill()

    def kill_worker(self) -> None:
        """SIGKILL to the worker."""
        self.worker.kill()

    def wait_until_healthy(self, timeout: float = READY_WITHIN) -> None:
        """Until the product answers 200 at /health. Raises Halt with the log of what did not come up."""
        until, answer = time.monotonic() + timeout, "no answer"
        while time.monotonic() < until:
            for process in (self.app, self.worker):
                if process.ended is not None:
                    raise Halt(f"The {process.name} did not start. Its last words:\n{process.last_words()}")
            answer = self._health()
            if answer == "200":
                return
            time.sleep(0.1)
        raise Halt(f"The app is not healthy after {timeout:.0f} s ({answer}). Its last words:\n{self.app.last_words()}")

    def console(self, *words: str) -> str:
        """Run a console command of the product with its settings, or several with "," between; what was printed.

        Raises Halt with it when one failed.
        """
        done = subprocess.run(
            _python("sandbox.console", *words),
            cwd=self._project,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise Halt(done.stdout.strip())
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return settings.environment({**self.settings, **self._variables})

    def _process(self, name: str, command: list[str]) -> Process:
        others = sum(process.name.startswith(name) for process in self._processes)
        name += str(others + 1) if others else ""
        log = self.root / "log" / f"{name}.log"
        process = Process(name, command, cwd=self._project, env=self._environment(), log=log)
        self._processes.append(process)
        return process

    def _webhook_secret(self) -> str:
        """Register the product's webhook at the gateway over its API. It tells the secret once, so we keep it."""
        url = f"{self.addresses.ordo.browser}/hooks/stripe/{demo.MERCHANT}"
        form: dict[str, str | Sequence[str]] = {"url": url, "enabled_events[]": demo.EVENTS}
        known, secret = self.keyring.get("GATEWAY_WEBHOOK_ID"), self.keyring.get("GATEWAY_WEBHOOK_SECRET")
        if known and secret and self._at_the_gateway(f"/v1/webhook_endpoints/{known}", form).ok:
            return secret
        made = self._at_the_gateway("/v1/webhook_endpoints", form)
        if not made.ok:
            raise Halt(f"The sandbox's gateway refused the webhook: {made.status_code} {made.text}")
        answer = made.json()
        self.keyring.keep(GATEWAY_WEBHOOK_ID=answer["id"], GATEWAY_WEBHOOK_SECRET=answer["secret"])
        return str(answer["secret"])

    def _offer_wallets(self) -> None:
        """Register the buyers' pages at the gateway, as a shop does that wants wallets on them."""
        made = self._at_the_gateway("/v1/payment_method_domains", {"domain_name": self.addresses.ordo.host})
        if not made.ok:
            raise Halt(f"The sandbox's gateway refused the domain: {made.status_code} {made.text}")

    def _at_the_gateway(self, path: str, form: Mapping[str, str | Sequence[str]]) -> requests.Response:
        with outward.session() as session:
            session.auth = (self.keyring["GATEWAY_SECRET_KEY"], "")
            return session.post(self.addresses.gateway.server + path, data=form, timeout=10)

    def _health(self) -> str:
        """The status of /health, or why there is none."""
        try:
            with outward.session() as session:
                return str(session.get(f"{self.addresses.ordo.browser}/health", timeout=2).status_code)
        except requests.RequestException as error:
            return str(error)


def serving(port: int, workers: int = 1, app: str = "wsgi:app") -> list[str]:
    """The command that serves an application as docs/operator/running.md says, on 127.0.0.1."""
    command = _python("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws")
    return [*command, "--workers", str(workers), "--blocking-threads", "8", "--respawn-failed-workers", app]


def _is_good(token: str, listed: str) -> bool:
    """Whether the key of the API is among those that the product lists, and was not ended."""
    return any(token[:TOLD] in line and "ended never" in line for line in listed.splitlines())


def _python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]
