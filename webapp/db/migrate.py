"""Bring a database to this release's schema, or say why that cannot be done."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp.db.session import WrongAddress, unknown_option
from webapp.domain.errors import Unavailable


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
    if before is not None and before not in known:
        raise SchemaMismatch(
            f"The database is at schema {before}, which this release does not know: it was used with a newer release. "
            "Run that release again, or point DATABASE_URL to another database."
        )
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


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config
