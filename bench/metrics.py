"""What metrics cost the buyer's page: one process answers some links in turn, and counts every third answer. The ratio is that of the
median processor's time of those answers to the others', half of which are compared with the other half as well: so far a ratio strays by itself. The
server in front, which costs the same either way, is left out.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from bench import databases, page
from sandbox import ports
from webapp import app as wiring
from webapp import metrics
from webapp.config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from wsgiref.types import WSGIApplication

TITLE = "the pay page with metrics as a ratio to the page without (goal: 1.03), by the processor's time"
TURNS, LINKS = 60, 90
COUNTED = 1
"""Of the answers, which third is counted."""


def run() -> Iterator[Sequence[str]]:
    """A header, and a line for each database."""
    yield "", "off µs", "on µs", "on:off", "off:off"
    with databases.each() as found:
        for name, url in found:
            with tempfile.TemporaryDirectory() as folder, page.product(Path(folder), url) as world:
                (port,) = ports.free(1)
                told = {"METRICS_PORT": port, "METRICS_DIR": f"{folder}/metrics"}
                settings = {name.lower(): value for name, value in (world.settings | told).items()}
                paths = page.new_orders(world, LINKS)
                app = wiring.create_app(Settings.model_validate(settings)).wsgi_app
                links = [_asks(app, world.addresses.ordo.server, path) for path in paths]
                yield _line(name, links)


def _line(name: str, links: Sequence[Callable[[], None]]) -> Sequence[str]:
    thirds: tuple[list[float], ...] = ([], [], [])
    for turn in range(TURNS + 1):
        for number, ask in enumerate(links, start=turn):
            metrics._Switch.on = number % 3 == COUNTED  # noqa: SLF001  # the product never ceases to count
            began = time.thread_time()
            ask()
            if turn:  # what is learnt the first time is not measured
                thirds[number % 3].append(time.thread_time() - began)
    off, on, too = map(statistics.median, thirds)
    return name, f"{off * 1e6:.0f}", f"{on * 1e6:.0f}", f"{2 * on / (off + too):.3f}", f"{too / off:.3f}"


def _asks(app: WSGIApplication, address: str, path: str) -> Callable[[], None]:
    """Asks for a page, and reads it."""
    headers = {"User-Agent": page.PHONE, "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.8"}
    asked = EnvironBuilder(path, base_url=address, headers=Headers(headers)).get_environ()

    def ask() -> None:
        status: list[str] = []
        answer = app(dict(asked), lambda told, *_: status.append(told))  # type: ignore[arg-type]
        body = b"".join(answer)
        if status != ["200 OK"] or not body:
            raise AssertionError(status)

    return ask
