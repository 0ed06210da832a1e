"""How a worker learns, without looking for work, that there may be some: a hint and no more. Who misses one looks all the same, a little later.

SQLite counts commits, which a connection that is kept reads in microseconds. PostgreSQL tells of due rows as their transaction is committed
(a trigger, see migrations) over a connection that LISTENs: to itself, for a pooler in transaction mode gives each transaction another one.
Without such an address there is no hint, and the tables are looked at in short turns.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from webapp.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine
    from sqlalchemy.pool import PoolProxiedConnection

log = logging.getLogger(__name__)

CHANNEL = "ordo_work"
SQLITE_INTERVAL, POLLED, LISTENING = 0.05, 0.2, 1.0  # seconds
PAUSE = 2.0  # seconds before a connection that was cut is opened again
ENDS = 0.5  # seconds within which a thread that listens ends
# A connection that was cut without a word is noticed by the system within half a minute. Until then the turns of LISTENING find the work.
ALIVE = {"connect_timeout": 10, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}


class Hints(Protocol):
    """`interval` is how many seconds may pass before `changed` is asked again."""

    @property
    def interval(self) -> float: ...

    def changed(self) -> bool:
        """Whether there may be work since the last time that this was asked. Raises `Unavailable`."""


class Commits:
    """SQLite: whether any other connection, of this process or another, has committed (https://sqlite.org/pragma.html#pragma_data_version)."""

    interval = SQLITE_INTERVAL

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._driver: Any = engine.dialect.loaded_dbapi
        self._kept: PoolProxiedConnection | None = None  # the versions of one connection alone can be compared
        self._seen: object = None

    def changed(self) -> bool:
        # The driver's own cursor: asked twenty times a second, what SQLAlchemy does around it would cost more than all else of an idle worker.
        try:
            if self._kept is None:
                self._kept, self._seen = self._engine.raw_connection(), None
            cursor = self._kept.cursor()
            before, self._seen = self._seen, cursor.execute("PRAGMA data_version").fetchall()
        except self._driver.Error as error:
            self.close()
            raise Unavailable(str(error)) from error
        return self._seen != before

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()


class Polling:
    """PostgreSQL without an address of its own: the tables are looked at each time."""

    interval = POLLED

    def changed(self) -> bool:
        return True


class Listener(Polling):
    """PostgreSQL over a connection that LISTENs, on a thread of its own, which calls `heard` for each notice. While that connection is away
    it is as without one."""

    def __init__(self, url: str, heard: Callable[[], None]) -> None:
        self._engine = create_engine(
            url, connect_args=ALIVE, hide_parameters=True, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        self._heard = heard
        self._stop = threading.Event()
        self._connected = False
        self._thread = threading.Thread(target=self._run, name="listener")

    @property
    def interval(self) -> float:  # type: ignore[override]  # one that can change
        return LISTENING if self._connected else POLLED

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001  # whatever it is, the next connection follows
                log.warning("nothing is heard from the database, which is asked in turns meanwhile: %s", error)
            self._connected = False
            self._heard()  # the turns are shorter from now on
            self._stop.wait(PAUSE)

    def _listen(self) -> None:
        connection = self._engine.raw_connection()
        try:
            driver: Any = connection.driver_connection
            driver.execute(f"LISTEN {CHANNEL}")
            self._connected = True
            self._heard()  # of what was written before
            while not self._stop.is_set():
                for _ in driver.notifies(timeout=ENDS):
                    self._heard()
        finally:
            connection.invalidate()


@contextlib.contextmanager
def hints(reader: Engine, direct_url: str | None, heard: Callable[[], None]) -> Iterator[Hints]:
    """The best there are for a database, of which `reader` makes connections in autocommit, while they are used. `heard` may be called from
    another thread, and says that there may be work."""
    made: Commits | Listener
    if reader.dialect.name == "sqlite":
        made = Commits(reader)
    elif direct_url is not None:
        made = Listener(direct_url, heard)
        made.start()
    else:
        yield Polling()
        return
    try:
        yield made
    finally:
        made.close()
