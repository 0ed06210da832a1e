"""The port of the metrics: several processes count, and whichever is asked answers for all of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from cryptography.fernet import Fernet

from sandbox import ports
from tests.actors import until
from tests.confidences import ORDER
from webapp.db import migrate
from webapp.services.runtime.links import Links

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
KEYS = "k" * 32
LINK = Links((KEYS,), "").token(ORDER, 1)


class Running:
    """The web server as docs/operator/running.md starts it, with two workers, and the worker beside it, all on one folder of metrics."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web, self.metrics, self.other = ports.free(3)
        database = f"sqlite:///{folder}/ordo.db"
        migrate.upgrade(database)
        self.environment = os.environ | {
            "PUBLIC_URL": f"http://127.0.0.1:{self.web}",
            "DATABASE_URL": database,
            "SECRET_KEYS": KEYS,
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "ALLOW_SANDBOX_HOSTS": "1",
            "LOG_FORMAT": "json",
            "METRICS_PORT": str(self.metrics),
            "METRICS_DIR": str(folder / "metrics"),
        }
        words = ["granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "8", "--access-log"]
        words += ["--log-config", "docs/operator/granian-logs.json", "--port", str(self.web), "wsgi:app"]
        self.processes = [self._start("web", *words), self._start("worker", "flask", "worker")]

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def get(self, path: str, **more: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.web}{path}", headers={"Connection": "close", **more}, timeout=10)

    def read(self) -> str:
        """What a Prometheus server reads."""
        return requests.get(f"http://127.0.0.1:{self.metrics}/metrics", timeout=10).text

    def requested(self, route: str) -> float:
        counts = re.findall(
            rf'^ordo_request_seconds_count{{.*route="{re.escape(route)}".*}} (\S+)$', self.read(), re.MULTILINE
        )
        return sum(map(float, counts))

    def log(self) -> str:
        return "".join((self.folder / f"{name}.log").read_text("utf-8") for name in ("web", "worker"))

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("running"))
    try:
        until(lambda: _answers(made), "the web server and the worker")
        yield made
    finally:
        made.stop()


def _answers(running: Running) -> bool:
    with contextlib.suppress(requests.ConnectionError):
        return running.get("/health").ok and 'queues_unattended"} 0.0' in running.read()
    return False


def test_whoever_is_asked_answers_for_all_processes(running: Running) -> None:
    before = running.requested("/p/<token>")
    for _ in range(30):
        assert running.get(f"/p/{LINK}").status_code == 404
    assert {running.requested("/p/<token>") for _ in range(10)} == {before + 30}
    files = {path.name.rpartition("_")[2] for path in (running.folder / "metrics").glob("histogram_*.db")}
    assert len(files) == 3  # two of the web server and the worker's
    assert 'ordo_database_wait_seconds_count{wait="connection"}' in running.read()


def test_the_whole_log_is_json_and_holds_no_link(running: Running) -> None:
    running.get(f"/p/{LINK}/status?lang=fr", **{"X-Request-ID": "not-from-a-proxy"})
    running.get(f"/office/link/{'A1b-' * 10}abc")
    until(lambda: "/office/link/[link]" in running.log(), "a line of the server's own log")
    lines = running.log().splitlines()
    words = {line for line in lines if not line.startswith("{")}
    assert {re.sub(r"\S+:\d+", "…", line) for line in words} <= {"Worker … is at work."}
    assert all("event" in json.loads(line) for line in lines if line not in words)
    assert "/p/[link]" in running.log()
    assert not [line for line in lines if LINK[-43:] in line or "A1b-A1b-" in line or "not-from-a-proxy" in line]
