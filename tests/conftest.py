"""What tests of every floor share: databases of both kinds, and the world that `make run` starts."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests import compiled
from tests.postgres import Cluster, Reused
from tools import machine
from webapp.db import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from sandbox.world import World


@dataclass(frozen=True)
class Run:
    """What all processes of one run share."""

    folder: Path
    process: int


# A test never asserts a time, and what passed once passes again: new examples are looked for before a release.
hypothesis.settings.register_profile("ordo", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ordo"))
compiled.share()

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # ms that a test waits for what it expects on a page; a picture is drawn when a busy browser has nothing else to do
RUN = pytest.StashKey[Run]()
MARKS = {
    "slow": "for `make release-checks` alone, which may take longer and be root",
    "wording": "what is said, whatever the database: on PostgreSQL `slow`",
    "both_databases": "two act at once, a process dies, a row is refused or SQL itself is the subject: `slow` on neither database",
}
BOTH = {Path(__file__).parent / each for each in ("db", "faults", "jobs", "machine")}
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # everything that tests speak to is on this machine


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the whole run, made by the process that controls it and told to pytest-xdist's workers."""
    told = getattr(config, "workerinput", {})
    folder = Path(told.get("folder") or tempfile.mkdtemp(prefix="ordo-tests-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    config.stash[RUN] = Run(folder, told.get("process") or os.getpid())
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Which database a test runs on in `make test`: both where the database is the subject (`BOTH`, `both_databases`), SQLite for what is said, and else SQLite and
    PostgreSQL by turns of a module's tests. On the other it is `slow`: `make release-checks` runs it on both."""
    modules: dict[Path, dict[str, list[pytest.Function]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        database = item.callspec.params.get("database_url") if hasattr(item, "callspec") else None
        if isinstance(item, pytest.Function) and database and not _is_of_the_database(item):
            case = item.callspec.id.replace(database, "", 1)
            modules[item.path][f"{item.originalname}[{case}]"].append(item)
    for tests in modules.values():
        for number, both in enumerate(tests.values()):
            kept = both[0 if both[0].get_closest_marker("wording") else number % len(both)]
            for item in both:
                if item is not kept:
                    item.add_marker("slow")


def _is_of_the_database(item: pytest.Function) -> bool:
    return not BOTH.isdisjoint(item.path.parents) or item.get_closest_marker("both_databases") is not None


def pytest_configure_node(node: Any) -> None:
    """pytest-xdist: what a worker is told."""
    node.workerinput.update(folder=str(node.config.stash[RUN].folder), process=node.config.stash[RUN].process)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that controls the run is the last one out."""
    run = config.stash[RUN]
    if run.process == os.getpid():
        Cluster(run.folder, run.process).stop()
        shutil.rmtree(run.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> tuple[Cluster, str]:
    """The run's PostgreSQL, and the name of a migrated database to copy."""
    run = pytestconfig.stash[RUN]
    cluster, noted = Cluster(run.folder, run.process).start(), run.folder / "migrated"
    with cluster.locked():
        if not noted.exists():
            name = cluster.create()
            migrate.upgrade(cluster.url(name))
            noted.write_text(name, encoding="utf-8")
    return cluster, noted.read_text("utf-8")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return path


@pytest.fixture(scope="session")
def reused(postgres: tuple[Cluster, str]) -> Iterator[Reused]:
    """A migrated PostgreSQL database of this process, for one test after the other."""
    with contextlib.closing(Reused(*postgres)) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database that is the test's own while it runs; the test runs on both kinds."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ordo.db")
        yield f"sqlite:///{path}"
        return
    database: Reused = request.getfixturevalue("reused")
    yield database.url
    database.empty()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests of a process: a second one's driver would find the first one's loop running."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415  # few tests need it, and it takes a second to load

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=machine.headless(), args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole world on free ports and SQLite, shared by the tests of one process: leave it as it was, and running."""
    with new_world(tmp_path_factory.mktemp("world")) as world:
        yield world.start()


@pytest.fixture
def own_world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A world of the test's own, once on each kind of database: for tests that kill parts of it."""
    with new_world(tmp_path / "world", database_url) as world:
        yield world.start()


@contextlib.contextmanager
def new_world(folder: Path, database_url: str = "") -> Iterator[World]:
    from sandbox.world import World  # noqa: PLC0415  # tests of the lower floors load no sandbox

    world = World(folder, database_url=database_url)
    try:
        yield world
    finally:
        world.stop()
