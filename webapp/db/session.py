"""Engines and transactions, the same for SQLite (one machine) and PostgreSQL (any number).

SQLite: WAL, `BEGIN IMMEDIATE` and `synchronous=FULL` for writing, so that a SELECT inside a transaction is never stale and nothing
committed is lost with the power; a second, read-only engine in autocommit for reading, so that a page view takes no lock.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool

from webapp import metrics
from webapp.db import connections as postgresql_connections
from webapp.db import order_search, wakeups, writer_queue
from webapp.db.raw_reader import RawReader
from webapp.domain.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine, Select
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["Database", "Session"]

READ_ONLY = "25006"  # PostgreSQL, Appendix A: read_only_sql_transaction


# secure_delete: what is deleted or written over is filled with zeros, whatever SQLite was built with.
WRITING = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "secure_delete=ON")
SMALL = 128 * 2**20  # bytes of a database that is copied within 2 s: who writes meanwhile waits, and is not refused
SQLITE = {"timeout": 5.0, "check_same_thread": False}


COMMITTED, HELD = "called once it is committed", "held until its end"  # in a session's `info`
UNWRITTEN: dict[str, Any] = {"autoflush": False}
"""Options of a look that is the same whether or not what the session has changed is written yet: several changes are then written together."""


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Have something told that is true only once the transaction is committed: never, if it is not. It must not fail."""
    session.info.setdefault(COMMITTED, []).append(call)


def hold(session: Session, row: Any) -> None:
    """Have the session refer to what it has read until it ends. SQLAlchemy forgets what nobody refers to, and `session.get` then asks again."""
    session.info.setdefault(HELD, set()).add(row)


class TimedPool(QueuePool):
    """Connections that are kept; how long each was waited for is counted."""

    def _do_get(self) -> ConnectionPoolEntry:
        with metrics.waiting("connection"):
            return super()._do_get()


class WrongAddress(Unavailable):
    """An address with an option that the driver does not know: no try will ever reach a database by it."""


class Database:
    """One database, by its address. Make one for each process; it is safe between threads.

    At most `connections` are open for transactions, and on PostgreSQL as many for looks (`read_raw`): who finds none free waits for ten
    seconds. No thread may hold two at once.
    """

    def __init__(self, url: str, *, connections: int = 8) -> None:
        self._address = url
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._queue = writer_queue.WriterQueue()
        if self.is_sqlite:
            self._writer, self._reader = _sqlite(url, connections)
        else:
            self._writer, self._reader = _postgresql(url, connections)
        self._raw = RawReader(_raw_engine(url, is_sqlite=self.is_sqlite), connections)

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back by an exception.

        Raises `Conflict` (code: the violated constraint's name) for a unique violation, `Unavailable` when the database
        cannot be reached, stays locked or only lets itself be read, or no connection is free: then nothing was written.
        """
        turn = self._queue.turn() if self.is_sqlite else contextlib.nullcontext()
        with _translated():
            with turn, Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session
            for call in session.info.get(COMMITTED, ()):
                call()

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """Reading only: what is changed in such a session is never written, and SQLite refuses the attempt."""
        with _translated(), Session(self._reader, autoflush=False, expire_on_commit=False) as session:
            yield session

    def read_raw(self, statement: Select[Any], **given: object) -> Sequence[Any] | None:
        """The first row of what a page that everybody opens asks, or None. Raises `Unavailable`."""
        return self._raw.first(statement, given)

    def hints(self, direct_url: str | None, heard: Callable[[], None]) -> AbstractContextManager[wakeups.Hints]:
        """What tells that there may be work, while it is used (`wakeups.hints`). `direct_url` is PostgreSQL's own address, without a pooler."""
        return wakeups.hints(_raw_engine(self._address, is_sqlite=self.is_sqlite), direct_url, heard)

    def ping(self) -> None:
        """Ask the database for nothing. Raises `Unavailable`."""
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def room(self) -> int | None:
        """How many bytes are left on the disk of a SQLite database; None for PostgreSQL, which may be anywhere."""
        return shutil.disk_usage(Path(str(self.url.database)).parent).free if self.is_sqlite else None

    def purge(self) -> bool:
        """Have nothing of former rows left in a SQLite database's files. False while somebody else reads or writes in it: ask again.

        The log holds pages as they were until it is emptied, and where SQLite has moved rows from page to page, copies stay in places that no
        row has, which `secure_delete` does not reach: only VACUUM does. It is left out of a database that is not small, for nobody can write
        meanwhile (docs/operator/erasure.md). Of PostgreSQL VACUUM is its own affair.
        """
        if not self.is_sqlite:
            return True
        with _translated(), contextlib.closing(self._writer.raw_connection()) as connection:
            try:
                cursor = connection.cursor()
                order_search.forget(cursor)
                if Path(str(self.url.database)).stat().st_size <= SMALL:
                    cursor.execute("VACUUM")
                busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError as error:
                raise Unavailable(str(error)) from error
            return not busy

    def close(self) -> None:
        """Give all connections back."""
        self._writer.dispose()
        self._reader.dispose()
        self._raw.close()


def _sqlite(url: str, connections: int) -> tuple[Engine, Engine]:
    # hide_parameters: what a statement was given is people's data, and an error's text goes into the log.
    # One writer at a time is SQLite's own rule; more connections would only wait inside it.
    pool: dict[str, Any] = {"poolclass": TimedPool, "pool_size": connections, "max_overflow": 8}
    writer = create_engine(url, connect_args=SQLITE, hide_parameters=True, **pool)
    reader = create_engine(
        url,
        connect_args=SQLITE,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        **pool,
    )

    @event.listens_for(writer, "connect")
    def _writing(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in WRITING:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(writer, "begin")
    def _immediate(connection: Any) -> None:
        # Other processes stand in no queue of ours: SQLite gives up after `busy_timeout`, and we ask again for as long as a thread waits.
        latest = time.monotonic() + writer_queue.PATIENCE
        with metrics.waiting("writer"):
            while True:
                try:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                except OperationalError as error:
                    busy = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
                    if not busy or time.monotonic() > latest:
                        raise
                else:
                    return

    event.listen(reader, "connect", _reading)
    return writer, reader


def _postgresql(url: str, connections: int) -> tuple[Engine, Engine]:
    # Both kinds of session share one pool of connections; reading runs in autocommit and so holds no snapshot.
    engine = create_engine(
        url,
        poolclass=TimedPool,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
    )

    postgresql_connections.prepare(engine)

    @event.listens_for(engine, "handle_error")
    def _failed_over(context: ExceptionContext) -> None:
        # Once the primary of these connections has become a standby they will never write again: away with them.
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
            context.is_disconnect = True

    return engine, engine.execution_options(isolation_level="AUTOCOMMIT")


def _raw_engine(url: str, *, is_sqlite: bool) -> Engine:
    # Always in autocommit, so that nothing has to be set or undone around a look.
    arguments: dict[str, Any] = SQLITE if is_sqlite else {}
    engine = create_engine(
        url, connect_args=arguments, hide_parameters=True, poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    if is_sqlite:
        event.listen(engine, "connect", _reading)
    else:
        postgresql_connections.prepare(engine)
    return engine


def _reading(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("busy_timeout=5000", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        name = _violated(error)
        if name is None:
            raise
        raise Conflict(name, "there is already one of these") from error
    except NoConnectionFree as error:
        metrics.database_failed("no_connection")
        raise Unavailable("no connection to the database is free") from error
    except OperationalError as error:
        metrics.database_failed("unreachable")
        raise Unavailable(str(error.orig)) from error
    except DBAPIError as error:
        if unknown_option(error):
            raise WrongAddress(str(error.orig)) from error
        if error.connection_invalidated:
            raise Unavailable(str(error.orig)) from error
        raise


def unknown_option(error: DBAPIError) -> bool:
    """Whether the driver refused an option of the address (`?pgbouncer=true`); the server was not asked."""
    return isinstance(error, ProgrammingError) and "connection option" in str(error.orig)


def _violated(error: IntegrityError) -> str | None:
    """The name of the violated unique constraint: PostgreSQL tells it, SQLite tells the columns or the index."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return str(diagnostics.constraint_name) if getattr(error.orig, "sqlstate", "") == "23505" else None
    found = re.search(r"UNIQUE constraint failed: (?:index '(\w+)'|(.+))", str(error.orig))
    if found is None:
        return None
    if found[1]:
        return found[1]
    columns = [column.strip() for column in found[2].split(",")]
    table = columns[0].split(".")[0]
    return f"uq_{table}_" + "_".join(column.split(".")[1] for column in columns)
