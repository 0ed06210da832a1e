"""Where the world of the fault tests stands, and the clock that its product lives by."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sandbox.world import World
from tests.faults import truth
from tests.faults.actors import CLOCK_READ_EVERY, Clock, Database, Product
from tools import machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.postgres import Cluster


class Place:
    """Where the world stands: a new one is made when there is none. Its database is in the `cluster`, which lives by the `clock` too, else a
    `file`, or one in its folder. `through` is what makes a pooler's address of one of the cluster's, and where workers listen is that."""

    def __init__(
        self,
        folder: Path,
        cluster: Cluster | None,
        file: Path | None = None,
        clock: Clock | None = None,
        through: Callable[[str], str] | None = None,
    ) -> None:
        self._through = through
        self._folder, self._cluster, self._file = folder, cluster, file
        self._clock = clock or Clock(folder / "clock")
        self._made = 0
        self.product: Product | None = None

    def open(self) -> Product:
        """The world's product, running, with nothing wrong around it."""
        if self.product is None:
            self._made += 1
            self.product = self._new(self._folder / str(self._made))
        return self.product

    def close(self) -> None:
        """Throw the world away."""
        if self.product is not None:
            self.product.rests()
            self.product.dies()  # nobody waits for what it has in hand
            self.product.world.stop()
            truth.forget(self.product.world)
            self.product = None

    def _new(self, folder: Path) -> Product:
        folder.mkdir()
        self._clock.returns()
        name = self._cluster.create("template1") if self._cluster else ""
        url = self._cluster.url(name) if self._cluster else f"sqlite:///{self._file}" if self._file else ""
        pooled = self._through(url) if self._through else url
        world = World(folder / "world", database_url=pooled, workers=2, variables=lives_by(self._clock))
        if self._through:
            world.change(DATABASE_DIRECT_URL=url)
        with contextlib.ExitStack() as stack:
            stack.callback(world.stop)
            world.start()
            stack.pop_all()
        return Product(world, self._clock, Database(world, self._cluster, name))


def lives_by(clock: Clock) -> dict[str, str]:
    """Faketime's variables: the wall's clock is ours, waits and time limits go by the machine's."""
    library = machine.faketime()
    assert library, "faketime is not installed: `make faults` installs it, or says how"
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock.file),
        "FAKETIME_CACHE_DURATION": str(CLOCK_READ_EVERY - 1),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
