"""Databases to measure on: a new, migrated one of each kind."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

from tests.postgres import Cluster
from webapp.db import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def each() -> Iterator[list[tuple[str, str]]]:
    """The name and the address of each. SQLite waits for the disk, as it does when it serves; PostgreSQL does not."""
    folder = Path(tempfile.mkdtemp(prefix="ordo-bench-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    cluster = Cluster(folder, os.getpid())
    try:
        cluster.start()
        found = [("SQLite", f"sqlite:///{folder / 'ordo.db'}"), ("PostgreSQL", cluster.url(cluster.create()))]
        for _name, url in found:
            migrate.upgrade(url)
        yield found
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Asked:
    """What is asked of databases from now on until `end`, by SQLAlchemy's engines: statements, and transactions that were committed."""

    def __init__(self) -> None:
        self.statements = self.transactions = 0
        event.listen(Engine, "before_cursor_execute", self._executed)
        event.listen(Engine, "commit", self._committed)

    def end(self) -> None:
        """Count no more."""
        event.remove(Engine, "before_cursor_execute", self._executed)
        event.remove(Engine, "commit", self._committed)

    def _executed(self, *_: object) -> None:
        self.statements += 1

    def _committed(self, *_: object) -> None:
        self.transactions += 1
