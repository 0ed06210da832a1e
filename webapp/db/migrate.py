"""Bring a database to this release's schema, or say why that cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp.db.models import Base
from webapp.db.session import WrongAddress, unknown_option
from webapp.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Table


class SchemaMismatch(Exception):
    """The database's schema and this release do not fit; the message says what to do."""


def upgrade(url: str) -> tuple[str | None, str]:
    """Run every migration that is missing. The schema's revision before and after.

    Raises `SchemaMismatch` when the database was migrated by a newer release, `Unavailable` when it cannot be reached.
    """
    before = revision(url)
    scripts = ScriptDirectory.from_config(_config(url))
    head = scripts.get_current_head() or ""
    known = {script.revision for script in scripts.walk_revisions()}
    _must_be_known(before, known)
    if before != head:
        command.upgrade(_config(url), "head")
    return before, head


def revision(url: str) -> str | None:
    """The schema's revision, or None for an empty database. Raises `Unavailable` when it cannot be reached, `WrongAddress` when it
    never can be."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise Unavailable(f"the database cannot be reached: {error.orig}") from error
    except ProgrammingError as error:
        if not unknown_option(error):
            raise
        raise WrongAddress(f"DATABASE_URL cannot be used: {error.orig}") from error
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Whether the database has this release's schema."""
    return revision(url) == ScriptDirectory.from_config(_config(url)).get_current_head()


def missing(url: str) -> tuple[str | None, list[str]]:
    """The schema's revision, and which migrations of this release it lacks, in words. Raises as `upgrade` does."""
    before, scripts = revision(url), ScriptDirectory.from_config(_config(url))
    every = [script for script in scripts.walk_revisions() if isinstance(script.revision, str)]
    _must_be_known(before, {script.revision for script in every})
    names = [f"{script.revision} {script.doc}" for script in reversed(every)]
    return before, [name for name in names if before is None or name.split()[0] > before]


def serves(url: str) -> bool:
    """Whether this release can work with the database: it has this release's schema, or one that a newer release has added to. Then each
    table and column is there, and what is there besides may be left out of a row."""
    at, scripts = revision(url), ScriptDirectory.from_config(_config(url))
    known = {script.revision for script in scripts.walk_revisions()}
    if at is None or at in known:
        return at == scripts.get_current_head()
    engine = create_engine(url)
    try:
        found = inspect(engine)
        there = set(found.get_table_names())
        return all(
            table.name in there and _holds_rows_of(table, found.get_columns(table.name))
            for table in Base.metadata.sorted_tables
        )
    finally:
        engine.dispose()


def _holds_rows_of(table: Table, columns: Sequence[Any]) -> bool:
    ours = set(table.columns.keys())
    names = {column["name"] for column in columns}
    return ours <= names and all(
        column["nullable"] or column["default"] is not None or column["name"] in ours for column in columns
    )


def _must_be_known(at: str | None, known: Collection[str]) -> None:
    if at is not None and at not in known:
        raise SchemaMismatch(
            f"The database is at schema {at}, which this release does not know: it was used with a newer release. "
            "A schema is never taken back. Run that release again, or point DATABASE_URL to another database."
        )


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config
