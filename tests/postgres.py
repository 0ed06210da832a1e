"""A PostgreSQL of the tests' own: one cluster for the whole run, made by the first test that needs it, on a free port.

Its folder is shared by all of pytest-xdist's workers, and a file lock decides who makes it. When the tests run as root
it runs as the system's user `postgres`, for it refuses to be root. Nothing has to survive, so it waits for no disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from sandbox import ports
from tools import machine
from webapp.db import work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")
EMPTY = """
DO $$
DECLARE it regclass;
BEGIN
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;  -- foreign keys say nothing: every row goes
    FOR it IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %s', it);
    END LOOP;
    FOR it IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' LOOP
        PERFORM setval(it, 1, false);
    END LOOP;
END $$
"""
# Else new rows take the places of former ones in any order, and rows that are due at the same moment are claimed in that of their places.
VACUUM = f"VACUUM {', '.join(model.__tablename__ for model in work.EVERY)}"


class Cluster:
    """The server of one run, in the run's `folder`, which must be open to all; `keeper` is the process it ends with, this
    one unless it is said. `variables` are more of its environment."""

    def __init__(self, folder: Path, keeper: int = 0, variables: Mapping[str, str] | None = None) -> None:
        self._environment = {**os.environ, **(variables or {})}
        self._folder = folder
        self._keeper = keeper or os.getpid()
        self._port = ""

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/{database}"

    def connect(self, database: str) -> psycopg.Connection:
        """A connection to a database, past SQLAlchemy; each statement is a transaction."""
        return psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True)

    def start(self) -> Cluster:
        """Start the server unless another worker has. Raises RuntimeError where PostgreSQL is not installed."""
        noted = self._folder / "port"
        with self.locked():
            if not noted.exists():
                noted.write_text(self._launch(), encoding="utf-8")
            self._port = noted.read_text("utf-8")
        return self

    def stop(self) -> None:
        """Stop the server, if any worker started it."""
        if (self._folder / "port").exists():
            self._run("pg_ctl", "stop", "--pgdata", str(self._folder / "data"), "--mode", "immediate")

    def fails(self) -> None:
        """Break down: whoever is connected is cut off."""
        self._run("pg_ctl", "stop", "--pgdata", str(self._folder / "data"), "--mode", "immediate")

    def recovers(self) -> None:
        """Be there again, on the same port."""
        self._serve(self._port)

    def back_up(self, name: str) -> None:
        """Keep a backup of a database, which may be in use."""
        self._run("pg_dump", *self._reach(name), "--format", "custom", "--file", self._backup(name))

    def restore(self, name: str) -> None:
        """Put its backup in the place of a database, whoever is connected."""
        self.drop(name)
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._run("pg_restore", *self._reach(name), self._backup(name))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One worker at a time."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def create(self, template: str = "template1") -> str:
        """The name of a new database, a copy of `template`: as files, for that is the fastest of the two ways."""
        name = f"test_{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Away with a database, whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _reach(self, name: str) -> list[str]:
        return ["--host", "127.0.0.1", "--port", self._port, "--username", "postgres", "--dbname", name]

    def _backup(self, name: str) -> str:
        return str(self._folder / "data" / f"{name}.backup")

    def _execute(self, statement: sql.Composed) -> None:
        with self.connect("postgres") as connection:
            connection.execute(statement)

    def _launch(self) -> str:
        data, port = self._folder / "data", str(ports.free(1)[0])
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
        self._run(
            "initdb", "--pgdata", str(data), "--username", "postgres", "--auth", "trust", "--no-sync", "-E", "UTF8"
        )
        self._serve(port)
        self._end_with(self._keeper)
        return port

    def _serve(self, port: str) -> None:
        data = self._folder / "data"
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={data}"))
        options += f" -c listen_addresses=127.0.0.1 -p {port}"
        self._run("pg_ctl", "start", "--wait", "--pgdata", str(data), "--log", str(data / "log"), "--options", options)

    def _end_with(self, process: int) -> None:
        """A shell in the background ends the server when the run was killed and could not."""
        wait = 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; folder=$2; shift 2; "$@"; rm -rf "$folder"'
        stop = self._command("pg_ctl", "stop", "--pgdata", str(self._folder / "data"), "--mode", "immediate")
        words = ["/bin/sh", "-c", f"({wait}) >/dev/null 2>&1 &", "sh", str(process), str(self._folder), *stop]
        subprocess.run(words, stdin=subprocess.DEVNULL, start_new_session=True, check=True)

    def _run(self, program: str, *arguments: str) -> None:
        output = self._folder / "output"
        with output.open("w") as out:
            done = subprocess.run(
                self._command(program, *arguments),
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {output.read_text('utf-8')[-2000:]}")

    def _command(self, program: str, *arguments: str) -> list[str]:
        programs = machine.postgresql()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed: `make test` installs it, or says how")
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*user, str(programs / program), *arguments]


class Reused:
    """A copy of a database that serves one test after the other: to empty it costs a fiftieth of what another copy does."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster, self._name = cluster, cluster.create(template)
        self._connection = cluster.connect(self._name)
        self.url = cluster.url(self._name)

    def empty(self) -> None:
        """As the migrations left it: nobody else connected, no rows, each number counted from 1. The schema is not looked at: a test that
        changes one has to make a database of its own."""
        try:
            self._connection.execute(EMPTY)
        except psycopg.OperationalError:  # a test cut off everybody
            self._connection = self._cluster.connect(self._name)
            self._connection.execute(EMPTY)
        self._connection.execute(VACUUM)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
