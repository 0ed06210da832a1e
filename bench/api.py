"""What the API costs: orders made, got and listed by a hundred, the newest and from the midst of all, per second on the product's own server, as
a ratio to a bare Flask that answers JSON on the same server in the same run. With `ORDERS=1000000` among so many orders; without it, among a thousand.

Each ratio is the median of those of several turns, in which both are measured one after the other; "by processor" is that of what the web
server spent on each answer, which another busy program on the machine disturbs less.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench import databases, filler, page
from bench.page import Server, load
from sandbox import demo
from webapp import app as wiring
from webapp.api import lists
from webapp.config import Settings
from webapp.db import models
from webapp.domain.actors import CONSOLE
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.world import World

TITLE = (
    "an order made, got, and a list of 100, as ratios to Flask's JSON (goal of a list: the same among a million orders)"
)
ORDERS = int(os.environ.get("ORDERS") or 1000)
TURNS, KEYS, ASKED = 3, 30, 500  # keys: each has its limit
NEW = """
local number = 0
start = os.time()
function request()
  number = number + 1
  local body = string.format('{"reference": "W%d-%d", "amount": 1250, "currency": "EUR", "description": "2 pizzas", "buyer": {"phone": "+3361%07d"}}',
    start, number, number % 1000)
  return wrk.format("POST", "/api/v1/orders", headers(number), body)
end
"""
GET = """
local number = 0
function request()
  number = number + 1
  return wrk.format("GET", paths[number % #paths + 1], headers(number))
end
"""
HEADERS = """
function headers(number)
  return { ["Authorization"] = "Bearer " .. tokens[number % #tokens + 1], ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = start and string.format("%d-%d", start, number) }
end
"""


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each database and operation."""
    if shutil.which("wrk") is None:
        yield ("wrk is not installed: `make bench` installs it, or says how",)
        return
    yield f"{ORDERS:,} orders", "JSON/s", "API/s", "API:JSON", "by processor"
    with databases.each() as found:
        for name, url in found:
            with (
                tempfile.TemporaryDirectory() as folder,
                page.bare(Path(folder)) as hello,
                page.product(Path(folder), url) as world,
            ):
                bare = Server(hello.process, hello.address, _script(Path(folder) / "json.lua", GET, ["/json"], [""]))
                for operation, script in _operations(world, url, Path(folder)):
                    yield _line(f"{name}, {operation}", bare, Server(world.app, world.addresses.ordo.server, script))


def _line(name: str, bare: Server, api: Server) -> Sequence[str]:
    load(api)  # what is learnt at a process's first requests is not measured
    pairs = [(load(bare), load(api)) for _ in range(TURNS)]
    return (
        name,
        f"{statistics.median(first.rate for first, _ in pairs):.0f}",
        f"{statistics.median(second.rate for _, second in pairs):.0f}",
        f"{statistics.median(second.rate / first.rate for first, second in pairs):.3f}",
        f"{statistics.median(first.spent / second.spent for first, second in pairs):.3f}",
    )


def _operations(world: World, url: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """What is asked for, and wrk's script for it, in a database that has been filled."""
    context = wiring.make_context(
        Settings.model_validate({name.lower(): value for name, value in world.settings.items()})
    ).acting_as(CONSOLE)
    filler.fill(context, demo.MERCHANT, url, ORDERS)
    tokens = [api_keys.create(context, demo.MERCHANT, f"bench {number}", tuple(Scope))[1] for number in range(KEYS)]
    ids = [f"ord_filled{1 + number * ORDERS // ASKED % ORDERS}" for number in range(ASKED)]
    with context.database.read() as session:
        middle = session.get_one(models.Order, f"ord_filled{ORDERS // 2}")
        cursor = lists.cursor((middle.created_at, middle.id))
    context.database.close()
    asked = {
        "get": [f"/api/v1/orders/{each}" for each in ids],
        "list of 100": ["/api/v1/orders?limit=100"],
        "list of 100, midst": [f"/api/v1/orders?limit=100&after={cursor}"],
        "list of 100, by state": ["/api/v1/orders?limit=100&state=open", "/api/v1/orders?limit=100&state=paid"],
    }
    yield "create", _script(folder / "create.lua", NEW, [], tokens)
    for name, paths in asked.items():
        yield name, _script(folder / "get.lua", GET, paths, tokens)


def _script(file: Path, what: str, paths: list[str], tokens: list[str]) -> Path:
    given = {"paths": paths, "tokens": tokens}
    tables = "\n".join(f"{name} = {{ {json.dumps(values)[1:-1]} }}" for name, values in given.items())
    file.write_text(f"{tables}\n{HEADERS}\n{what}", encoding="utf-8")
    return file
