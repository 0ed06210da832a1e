"""What runs: PostgreSQL behind PgBouncer in transaction mode, nginx before two web servers, three workers; and how each part is killed."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from sandbox import ports
from sandbox.process import Process
from sandbox.world import World
from tests import pgbouncer
from tests.postgres import SETTINGS, Cluster
from tools import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = ROOT / "docs" / "operator" / "nginx.conf"
BACK_AFTER = 2.0  # seconds that a part which was killed is away
POOL = 20  # connections to PostgreSQL
NGINX = """
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log alert;
events {{ worker_connections 512; }}
http {{
    {paths}
    upstream ordo_web {{
        {servers}
    }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {maps}
    server {{
        listen 127.0.0.1:{port};
        access_log {folder}/access.log ordo;
        {server}
    }}
}}
"""


class _Lasting(Cluster):
    """One that loses nothing which it has said to be committed, when it is killed."""

    settings = SETTINGS


class Place:
    """The parts, all of them running until `stop`."""

    def __init__(self, world: World, cluster: Cluster, folder: Path, pooler: Process) -> None:
        self.world, self.cluster = world, cluster
        web = [str(port) for port in ports.free(2)]
        self.webs = [world.another_app(int(port)) for port in web]
        self.workers: list[Process] = []
        self.pooler = pooler
        self.nginx = _nginx(folder, world.addresses.ordo.port, web)
        self.proxy_is_down = False

    def start(self, workers: int) -> None:
        """All that is not there yet, and that many workers."""
        for process in (*self.webs, self.nginx):
            process.start()
        while len(self.workers) < workers:
            self.workers.append(self.world.another_worker())
        for worker in self.workers[:workers]:
            worker.start()
        for worker in self.workers[workers:]:
            worker.stop()
        self.answers()

    def answers(self) -> None:
        """Wait until a page is served by way of everything."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.world.addresses.ordo.server}/health", timeout=5).ok:
                    return
            time.sleep(0.2)
        raise RuntimeError(f"nothing answers: {self.webs[0].last_words()} {self.nginx.last_words()}")

    def blows(self) -> Iterator[Callable[[], str]]:
        """What is killed one after the other, each instance in its turn; each is back when the call returns."""
        turn = 0
        while True:
            web, worker = self.webs[turn % len(self.webs)], self.workers[turn % len(self.workers)]
            yield lambda web=web: self._dies(web)  # type: ignore[misc]
            yield lambda worker=worker: self._dies(worker)  # type: ignore[misc]
            yield lambda: self._dies(self.pooler)
            yield self._proxy_dies
            yield self._database_dies
            turn += 1

    def _dies(self, process: Process) -> str:
        process.kill()
        time.sleep(BACK_AFTER)
        process.start()
        return process.name

    def _proxy_dies(self) -> str:
        self.proxy_is_down = True
        try:
            return self._dies(self.nginx)
        finally:
            time.sleep(1)
            self.proxy_is_down = False

    def _database_dies(self) -> str:
        self.cluster.fails()
        time.sleep(BACK_AFTER)
        self.cluster.recovers()
        return "postgresql"


@contextlib.contextmanager
def opened() -> Iterator[Place]:
    """The place, its database migrated and the shop declared; nothing of the product runs yet."""
    folder = Path(tempfile.mkdtemp(prefix="ordo-scale-"))
    folder.chmod(0o755)  # PostgreSQL and PgBouncer run as another user
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "cluster").mkdir()
        (folder / "cluster").chmod(0o755)
        cluster = _Lasting(folder / "cluster").start()
        stack.callback(cluster.stop)
        direct = cluster.url(cluster.create("template1"))
        pooler, pooled = _pooler(folder, direct)
        stack.callback(pooler.stop)
        pooler.start()
        world = World(folder / "world", database_url=pooled, workers=1)
        world.change(DATABASE_DIRECT_URL=direct, TRUSTED_PROXIES="1")
        stack.callback(world.stop)
        world.around.start()
        world.prepare()
        place = Place(world, cluster, folder, pooler)
        stack.callback(place.nginx.stop)
        yield place


def _pooler(folder: Path, direct: str) -> tuple[Process, str]:
    program = machine.pgbouncer()
    if program is None:
        raise RuntimeError("PgBouncer is not installed: `make scale` installs it, or says how")
    server, (port,) = direct.rpartition(":")[2].partition("/")[0], ports.free(1)
    ini = folder / "pgbouncer.ini"
    ini.write_text(
        pgbouncer.INI.format(server=server, port=port, size=POOL) + "server_login_retry = 1\n", encoding="utf-8"
    )
    command = ["runuser", "-u", "postgres", "--", str(program), str(ini)]
    process = Process(
        "pgbouncer", command, cwd=folder, env={"PATH": "/usr/sbin:/usr/bin:/bin"}, log=folder / "pgbouncer.log"
    )
    return process, direct.replace(f":{server}/", f":{port}/")


def _nginx(folder: Path, port: int, web: Sequence[str]) -> Process:
    """The documented file, but for the certificate, and with two web servers."""
    program = machine.nginx()
    if program is None:
        raise RuntimeError("nginx is not installed: `make scale` installs it, or says how")
    text = DOCUMENTED.read_text("utf-8")
    maps, _, rest = text.partition("server {")
    secure = rest.rpartition("server {")[2].rpartition("}")[0]
    server = re.sub(r"^\s*(listen|server_name|ssl_\w+|access_log|error_log) .*;$", "", secure, flags=re.MULTILINE)
    conf = folder / "nginx.conf"
    conf.write_text(
        NGINX.format(
            folder=folder,
            port=port,
            paths="",
            servers=" ".join(f"server 127.0.0.1:{each};" for each in web),
            maps=maps,
            server=server.replace("http://127.0.0.1:8000", "http://ordo_web"),
        ),
        encoding="utf-8",
    )
    command = [str(program), "-c", str(conf), "-e", str(folder / "nginx.log")]
    return Process("nginx", command, cwd=folder, env={"PATH": "/usr/sbin:/usr/bin:/bin"}, log=folder / "nginx.out")
