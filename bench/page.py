"""What the buyer's page costs: requests per second on the product's own server, as a ratio to a bare Flask "hello" on the same server in the
same run, with as many threads; and the page's slowest hundredth while four buyers wait for a gateway that takes 10 s.

Each ratio is the median of those of several turns, in which both are measured one after the other; "by processor" is that of what the web
server spent on each answer, which another busy program on the machine disturbs less. A thousand links are asked for in turn, so
that nothing is read from a memory that a real buyer would not find it in.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from bench import databases
from sandbox import demo, ports
from sandbox.process import Process
from sandbox.settings import environment
from sandbox.world import World, serving
from tests.actors import WORKS, until
from tests.faults.actors import CONFIRM, Buyer, Gateway, meanwhile
from webapp import app as wiring
from webapp.config import Settings
from webapp.domain.actions import Action
from webapp.domain.actors import CONSOLE
from webapp.domain.money import Money
from webapp.services.orders import lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

TITLE = "the pay page as a ratio to Flask's hello (goal: 0.28 on SQLite, 0.20 on PostgreSQL; stretch 0.40, 0.30), and its p99 while a gateway is slow"
TURNS, SECONDS, CONNECTIONS = 5, 2, 16
LINKS = 1000
SLOW_TURNS, WAITING, SLOW = 3, 4, 10.0  # buyers, seconds
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; SM-A556B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
)


@dataclass(frozen=True)
class Load:
    """What wrk saw: answers per second, and the time in milliseconds within which 99 of 100 came; and the microseconds of a processor that
    the web server spent on each."""

    rate: float
    p99: float
    spent: float


@dataclass(frozen=True)
class Server:
    """A web server, its address, and what wrk asks it for."""

    process: Process
    address: str
    script: Path


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each database."""
    if shutil.which("wrk") is None:
        yield ("wrk is not installed: `make bench` installs it, or says how",)
        return
    yield "", "hello/s", "page/s", "page:hello", "by processor", "p99 ms", "p99, slow", "slow:not"
    with databases.each() as found:
        for name, url in found:
            with (
                tempfile.TemporaryDirectory() as folder,
                bare(Path(folder)) as hello,
                product(Path(folder), url) as world,
            ):
                yield _line(name, hello, world, Path(folder))


def _line(name: str, hello: Server, world: World, folder: Path) -> Sequence[str]:
    page = Server(world.app, world.addresses.ordo.server, _script(folder / "page.lua", new_orders(world, LINKS)))
    pairs = [(load(hello), load(page)) for _ in range(TURNS)]
    gateway = Gateway(world)
    quiet, slow = [], []
    for _ in range(SLOW_TURNS):
        quiet.append(load(page).p99)
        with _waiting(world, gateway):
            slow.append(load(page).p99)
    return (
        name,
        f"{statistics.median(first.rate for first, _ in pairs):.0f}",
        f"{statistics.median(page.rate for _, page in pairs):.0f}",
        f"{statistics.median(page.rate / first.rate for first, page in pairs):.2f}",
        f"{statistics.median(first.spent / page.spent for first, page in pairs):.2f}",
        f"{statistics.median(quiet):.0f}",
        f"{statistics.median(slow):.0f}",
        f"{statistics.median(one / other for one, other in zip(slow, quiet, strict=True)):.2f}",
    )


@contextlib.contextmanager
def bare(folder: Path) -> Iterator[Server]:
    """The least that Flask can answer (`bench/hello.py`), on a server as the product's."""
    (port,) = ports.free(1)
    command = serving(port, app="bench.hello:app")
    process = Process("hello", command, cwd=Path.cwd(), env=environment({}), log=folder / "log")
    process.start()
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: _answers(address), "hello")
        yield Server(process, address, _script(folder / "hello.lua", ["/"]))
    finally:
        process.stop()


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).ok
    except requests.ConnectionError:
        return False


@contextlib.contextmanager
def product(folder: Path, url: str) -> Iterator[World]:
    """The product's web server with the sandbox's gateway; no worker, which would take its turns on the processor."""
    world = World(folder / "world", database_url=url)
    try:
        world.around.start()
        world.prepare()
        world.start_app()
        world.wait_until_healthy()
        yield world
    finally:
        world.stop()


def new_orders(world: World, count: int) -> list[str]:
    """New orders: the paths of their pages."""
    context = wiring.make_context(
        Settings.model_validate({name.lower(): value for name, value in world.settings.items()})
    ).acting_as(CONSOLE)
    paths = []
    for number in range(count):
        wanted = lifecycle.Request(Action.PAYMENT, Money(1000 + number, "EUR"), "+33612345678", description="2 pizzas")
        made = lifecycle.create(context, demo.MERCHANT, wanted, send=False)
        paths.append(f"/p/{context.links.token(made.id, made.link_version)}")
    context.database.close()
    return paths


def _script(file: Path, paths: list[str]) -> Path:
    """For wrk: ask for these in turn."""
    listed = ", ".join(f'"{path}"' for path in paths)
    file.write_text(
        f"local asked, next = {{}}, 0\nlocal paths = {{ {listed} }}\n"
        'function init() for place, path in ipairs(paths) do asked[place] = wrk.format("GET", path) end end\n'
        "function request() next = next % #asked + 1 return asked[next] end\n",
        encoding="utf-8",
    )
    return file


@contextlib.contextmanager
def _waiting(world: World, gateway: Gateway) -> Iterator[None]:
    """Buyers have pressed the button, and the gateway takes its time. Raises AssertionError when one had its answer before the end."""
    buyers = [Buyer(world, gateway).opens(path).fills(WORKS) for path in new_orders(world, WAITING)]
    gateway.fails("slow", CONFIRM, seconds=SLOW, times=WAITING)
    waiting: list[Future[Buyer]] = [meanwhile(buyer.sends) for buyer in buyers]
    gateway.hangs()
    yield
    if any(each.done() for each in waiting):
        raise AssertionError("the gateway was not slow until the end")
    for each in waiting:
        each.result(60)
    gateway.recovers()


def load(server: Server) -> Load:
    """Have the server asked for its pages, over and over, by connections that are kept."""
    command = [
        "wrk",
        "--threads",
        "1",
        "--connections",
        str(CONNECTIONS),
        "--duration",
        f"{SECONDS}s",
        "--latency",
        "--timeout",
        "20s",
    ]
    command += ["--header", f"User-Agent: {PHONE}", "--header", "Accept-Language: fr-FR,fr;q=0.9,en;q=0.8"]
    command += ["--script", str(server.script), server.address]
    before = _spent(server.process)
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS + 30).stdout
    spent = _spent(server.process) - before
    if "Non-2xx" in said or "Socket errors" in said:
        raise AssertionError(said)
    rate, p99 = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said)
    answers = re.search(r"(\d+) requests in", said)
    if rate is None or p99 is None or answers is None:
        raise AssertionError(said)
    unit = {"us": 0.001, "ms": 1, "s": 1000}[p99[2]]
    return Load(float(rate[1]), float(p99[1]) * unit, spent * 1_000_000 / int(answers[1]))


def _spent(process: Process) -> float:
    """Seconds of a processor that the process and what it started have had, by Linux's count (man 5 proc)."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text("ascii", errors="replace").rpartition(")")[2].split()
            if int(fields[2]) == process.pid:  # its group's first process
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
