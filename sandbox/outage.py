"""The order backend's switch, and what came while it was off: its front door answers 503 then, as a proxy does for a
service that is down, and notes in the backend's database which callbacks it turned away."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from sandbox.serve import Served

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SCHEMA = """
CREATE TABLE IF NOT EXISTS turned_away (
    id TEXT PRIMARY KEY,
    tries INTEGER NOT NULL DEFAULT 1,
    first_at REAL NOT NULL,
    last_at REAL NOT NULL
);
"""
NOTE = """
INSERT INTO turned_away (id, first_at, last_at) VALUES (:id, :now, :now)
ON CONFLICT (id) DO UPDATE SET tries = tries + 1, last_at = :now
"""
SUM = """
SELECT COUNT(*) - COUNT(calls.id), COUNT(calls.id), MAX(tries) FILTER (WHERE calls.id IS NULL),
    MAX(last_at) FILTER (WHERE calls.id IS NULL)
FROM turned_away LEFT JOIN calls ON calls.id = turned_away.id AND calls.signature = 'valid'
"""


@dataclass(frozen=True)
class Outage:
    """What was turned away: how many callbacks have not come yet, how many have; of those that wait, the most tries that
    one made, and when the last was made (Unix seconds)."""

    waiting: int = 0
    arrived: int = 0
    tries: int = 0
    last_at: float = 0.0


def create_app(*, database: Path) -> Flask:
    """The front door of a backend that is down."""
    app = Flask(__name__)

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def turn_away(path: str) -> Response:  # noqa: ARG001  # whatever is asked
        call = request.headers.get("webhook-id", "")
        if request.method == "POST" and call:
            with contextlib.closing(_open(database)) as connection, connection:
                connection.execute(NOTE, {"id": call[:100], "now": time.time()})
        return Response("The order backend is stopped.\n", 503, mimetype="text/plain")

    return app


class Switch:
    """The backend, which can be stopped and started, and `close`d for good. It listens all the time, so that its port is
    nobody else's meanwhile: stopped, it is the front door that answers."""

    def __init__(self, backend: WSGIApplication, port: int, database: Path) -> None:
        with contextlib.closing(_open(database)) as connection, connection:
            connection.executescript(SCHEMA)
        self.running = False
        self._database = database
        self._backend, self._door = backend, create_app(database=database)
        self._served = Served(self._answer, port)

    @property
    def url(self) -> str:
        """Where other servers reach it, or its front door."""
        return self._served.url

    def outage(self) -> Outage:
        """What was turned away until now, also by former runs."""
        with contextlib.closing(_open(self._database)) as connection:
            return Outage(*(number or 0 for number in connection.execute(SUM).fetchone()))

    def start(self) -> None:
        """Raises OSError when the port is taken."""
        self.running = True
        self._served.start()

    def stop(self) -> None:
        """From now on callers are turned away; requests under way end by themselves."""
        self.running = False

    def close(self) -> None:
        """Listen no more."""
        self.running = False
        self._served.stop()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (self._backend if self.running else self._door)(environ, start_response)


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=10)
