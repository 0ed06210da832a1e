"""PgBouncer in transaction mode, in front of a cluster of the tests' own: Debian's, which knows no prepared statements (1.18)."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import psycopg

from sandbox import ports
from tools import machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INI = """
[databases]
* = host=127.0.0.1 port={server} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
"""


@contextlib.contextmanager
def before(url: str, folder: Path, size: int = 3) -> Iterator[str]:
    """The address of the same database through a pooler with `size` connections to it. `folder` must be open to all."""
    program = machine.pgbouncer()
    assert program, "PgBouncer is not installed: `.venv/bin/python -m tools.machine pgbouncer`"
    server, port = url.rpartition(":")[2].partition("/")[0], str(ports.free(1)[0])
    ini = folder / "pgbouncer.ini"
    ini.write_text(INI.format(server=server, port=port, size=size), encoding="utf-8")
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen([*user, str(program), str(ini)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        pooled = url.replace(f":{server}/", f":{port}/")
        _wait(pooled)
        yield pooled
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str) -> None:
    latest = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url.replace("+psycopg", "")).close()
        except psycopg.OperationalError:
            if time.monotonic() > latest:
                raise
            time.sleep(0.1)
        else:
            return
