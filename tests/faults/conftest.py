"""One world for each kind of database, whose product lives by a clock that the tests move. It starts once and serves test
after test; one that a test has broken, or has taken to a state that later tests could not explain, is thrown away (place.py)."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from xdist.scheduler import LoadScopeScheduling

from tests.actors import Backend, Merchant
from tests.faults.actors import Buyer, Clock, Gateway, Office, Phones, Product, behaves
from tests.faults.place import Place, lives_by
from tests.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

KINDS = ("sqlite", "postgresql")
FAILED = pytest.StashKey[bool]()


class ByDatabase(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """One kind of database is one process's affair, so that its world starts once."""

    def _split_scope(self, nodeid: str) -> str:
        return next((kind for kind in KINDS if f"[{kind}" in nodeid), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByDatabase:
    """Deal the tests out. xdist's own groups (`--dist loadgroup`) are lost on pytest 9.2, without a word."""
    return ByDatabase(config, log)


@pytest.fixture(scope="session", params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """On one kind of database after the other. PostgreSQL is a cluster of our own, for it is to break down."""
    with contextlib.ExitStack() as stack:
        cluster = clock = None
        if request.param == "postgresql":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ordo-faults-")))
            folder.chmod(0o755)  # PostgreSQL runs as another user
            clock = Clock(folder / "clock")
            cluster = Cluster(folder, variables=lives_by(clock)).start()
            stack.callback(cluster.stop)
        place = Place(tmp_path_factory.mktemp("place"), cluster, clock=clock)
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
