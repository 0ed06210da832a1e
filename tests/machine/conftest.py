"""Where the machine plays: one database of its own for each test, on each kind."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.machine.shop import Arena, Mortal, in_a_hurry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sqlite_arena(sqlite_template: Path, tmp_path: Path) -> Iterator[Arena]:
    path = shutil.copy(sqlite_template, tmp_path / "ordo.db")
    made = Arena(in_a_hurry(f"sqlite:///{path}"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def arena(request: pytest.FixtureRequest) -> Iterator[Arena]:
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_arena")
        return
    cluster, template = request.getfixturevalue("postgres")
    name = cluster.create(template)
    made = Arena(Mortal(cluster.url(name)))
    yield made
    made.close()
    cluster.drop(name)
