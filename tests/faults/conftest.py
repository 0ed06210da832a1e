"""One world for each kind of database, whose product lives by a clock that the tests move. It starts once and serves test
after test; one that a test has broken, or has taken to a state that later tests could not explain, is thrown away."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox.world import World
from tests.actors import Backend, Merchant
from tests.faults.actors import CLOCK_READ_EVERY, Buyer, Clock, Database, Gateway, Office, Phones, Product, behaves
from tests.postgres import Cluster
from tools import machine

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

FAILED = pytest.StashKey[bool]()


class Place:
    """Where the world stands: a new one is made when there is none."""

    def __init__(self, folder: Path, cluster: Cluster | None) -> None:
        self._folder, self._cluster = folder, cluster
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
            self.product.world.stop()
            self.product = None

    def _new(self, folder: Path) -> Product:
        folder.mkdir()
        clock, name = Clock(folder / "clock"), self._cluster.create("template1") if self._cluster else ""
        url = self._cluster.url(name) if self._cluster else ""
        world = World(folder / "world", database_url=url, workers=2, variables=_lives_by(clock))
        with contextlib.ExitStack() as stack:
            stack.callback(world.stop)
            world.start()
            stack.pop_all()
        return Product(world, clock, Database(world, self._cluster, name))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """On one kind of database after the other. PostgreSQL is a cluster of our own, for it is to break down."""
    with contextlib.ExitStack() as stack:
        cluster = None
        if request.param == "postgresql":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ordo-faults-")))
            folder.chmod(0o755)  # PostgreSQL runs as another user
            cluster = Cluster(folder).start()
            stack.callback(cluster.stop)
        place = Place(tmp_path_factory.mktemp("place"), cluster)
        stack.callback(place.close)
        yield place


@pytest.fixture
def product(place: Place, request: pytest.FixtureRequest) -> Iterator[Product]:
    """The product, and after the test the world as it was: all runs, nothing fails, the clock is right."""
    product = place.open()
    world = product.world
    requests.delete(f"{world.addresses.phones.server}/_sandbox/chats", timeout=10).raise_for_status()
    yield product
    if product.spoiled or request.node.stash.get(FAILED, True):
        place.close()
        return
    product.rests()
    product.clock.returns()
    Gateway(world).recovers()
    behaves(world, None)
    requests.delete(f"{world.addresses.phones.server}/_sandbox/faults", timeout=10).raise_for_status()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests failed, for their world."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = not report.passed
    return report


def _lives_by(clock: Clock) -> dict[str, str]:
    """Faketime's variables: the wall's clock is ours, waits and time limits go by the machine's."""
    library = machine.faketime()
    assert library, "faketime is not installed: `make faults` installs it, or says how"
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock.file),
        "FAKETIME_CACHE_DURATION": str(CLOCK_READ_EVERY - 1),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@pytest.fixture
def merchant(product: Product) -> Merchant:
    return Merchant(product.world)


@pytest.fixture
def gateway(product: Product) -> Gateway:
    return Gateway(product.world)


@pytest.fixture
def buyer(product: Product, gateway: Gateway) -> Buyer:
    return Buyer(product.world, gateway)


@pytest.fixture
def backend(product: Product) -> Backend:
    return Backend(product.world)


@pytest.fixture
def office(product: Product) -> Office:
    return Office(product.world)


@pytest.fixture
def phones(product: Product) -> Phones:
    return Phones(product.world)
