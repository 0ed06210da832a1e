"""For the one statement of a page that everybody opens: the driver itself, on a connection that is kept.

SQLAlchemy writes the statement and says how its answer is read, once; its way to the database and back each time, and a pool's, cost more
than the answer.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from webapp.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Dialect, Engine, Select
    from sqlalchemy.pool import PoolProxiedConnection

PATIENCE = 5.0  # seconds: as long as SQLite itself waits for a lock


class RawReader:
    """Looks at the database of an engine without a pool, whose connections are in autocommit and write nothing.

    Connections are kept for whoever looks next, as many as looked at once, and `most` at most. They belong to no thread: one
    that ended with its thread would run Python's code while that thread is taken apart, which CPython 3.11 does not survive in a thread
    that it did not start itself, as a web server's are.
    """

    def __init__(self, engine: Engine, most: int = 8) -> None:
        self._engine = engine
        self._driver: Any = engine.dialect.loaded_dbapi
        self._kept: deque[PoolProxiedConnection] = deque()
        self._asked: dict[Select[Any], _Asked] = {}
        # SQLite's driver lets go of the GIL eight times for an answer that takes it 10 µs: threads that look at once take it from each other
        # each time, and both wait. PostgreSQL's waits for the network.
        self._turn: threading.Semaphore = threading.Semaphore(1 if engine.dialect.name == "sqlite" else most)

    def first(self, statement: Select[Any], given: Mapping[str, object]) -> Sequence[Any] | None:
        """The first row, or None. Nobody asks beforehand whether the connection is still there: the look is taken once more when it was
        cut since. Raises `Unavailable`."""
        asked = self._asked.get(statement)
        if asked is None:
            asked = self._asked[statement] = _Asked(statement, self._engine.dialect)
        if not self._turn.acquire(timeout=PATIENCE):
            raise Unavailable("the database keeps those waiting who looked before")
        kept = self._taken()
        try:
            try:
                return self._row(kept or self._engine.raw_connection(), asked, given)
            except _CutError:
                if kept is None:
                    raise
                return self._row(self._engine.raw_connection(), asked, given)
        except (_CutError, self._driver.OperationalError) as error:
            raise Unavailable(str(error)) from error
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close the connections that nobody looks by."""
        while (kept := self._taken()) is not None:
            kept.invalidate()

    def _taken(self) -> PoolProxiedConnection | None:
        try:
            return self._kept.pop()
        except IndexError:
            return None

    def _row(
        self, connection: PoolProxiedConnection, asked: _Asked, given: Mapping[str, object]
    ) -> Sequence[Any] | None:
        try:
            cursor = connection.cursor()
            cursor.execute(asked.text, asked.values(given))
            row = cursor.fetchone()
            cursor.close()  # or SQLite would go on reading the database as it was
        except BaseException as error:
            cut = isinstance(error, self._driver.Error) and self._engine.dialect.is_disconnect(
                error, connection.dbapi_connection, None
            )
            connection.invalidate()
            if cut:
                raise _CutError(str(error)) from error
            raise
        self._kept.append(connection)
        return asked.read(row) if row is not None else None


class _CutError(Exception):
    """The connection is no more."""


class _Asked:
    """A statement in the words of one driver, how what it is given is written, and how its answer's columns are read.

    SQLite is asked for one column that holds them all: CPython's driver lets go of the GIL for each column that it reads
    (Modules/_sqlite/cursor.c, `_pysqlite_fetch_one_row`), and threads that wait for it are woken each time, which costs a busy server more
    than the whole page. JSON has no place for blobs, and floats lose their last digits in it: no look asks for either.
    """

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        columns = list(statement.selected_columns)
        self._in_one = dialect.name == "sqlite"
        if self._in_one:
            statement = select(func.json_array(*statement.subquery().c))
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._places = compiled.positiontup
        self._own = {name: value for name, value in compiled.params.items() if value is not None}
        writers = (
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
            for bind, name in compiled.bind_names.items()
        )
        self._writers = [(name, writer) for name, writer in writers if writer is not None]
        readers = enumerate(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
        self._readers = [(place, reader) for place, reader in readers if reader is not None]

    def values(self, given: Mapping[str, object]) -> Any:
        if self._own or self._writers:
            given = {**self._own, **given}
            for name, writer in self._writers:
                given[name] = writer(given[name])
        return given if self._places is None else [given[name] for name in self._places]

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        made: list[Any] = json.loads(row[0]) if self._in_one else list(row)
        for place, reader in self._readers:
            made[place] = reader(made[place])
        return made
