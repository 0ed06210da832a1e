"""`make run` itself: its lines, its complaints, and its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox import __main__ as run
from sandbox import lock, ports, world
from sandbox.steps import RUN, Halt

if TYPE_CHECKING:
    from pathlib import Path

CODE = "import sys, pathlib; from sandbox import __main__ as run; run.VAR = pathlib.Path(sys.argv[1]); "


class Run:
    """The command in a process of its own, and what it has printed so far."""

    def __init__(self, var: Path, port: int) -> None:
        code = CODE + "sys.exit(run.main(['--port', sys.argv[2]]))"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(var), str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = ""

    def until(self, words: str) -> str:
        """Read on until these words; all that was printed."""
        assert self.process.stdout
        while words not in self.printed:
            line = self.process.stdout.readline()
            assert line, f"it ended: {self.printed}"
            self.printed += line
        return self.printed

    def end(self, number: signal.Signals | None) -> int:
        """Send a signal, if one is given, and read the rest."""
        if number is not None:
            self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=60)
        self.printed += rest
        return self.process.returncode


def doctor(var: Path) -> tuple[int, str]:
    """The status of `make doctor`, and its last line."""
    code = CODE + "sys.exit(run.main(['--doctor']))"
    done = subprocess.run([sys.executable, "-c", code, str(var)], capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).splitlines()[-1]


def first_of_six() -> int:
    return next(port for port in ports.free(50) if not ports.taken(range(port, port + 6)))


def worker_of(pid: int) -> int:
    """The process id of the worker that this run has started."""
    found = subprocess.run(["/usr/bin/env", "ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True)
    rows = [row.split(maxsplit=2) for row in found.stdout.splitlines()]
    return next(int(row[0]) for row in rows if row[1] == str(pid) and "flask worker" in row[2])


def test_it_starts_says_one_address_restarts_what_dies_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = first_of_six()
    it = Run(tmp_path / "var", port)
    told = it.until("Ctrl-C stops it")
    assert [line.split(" … ")[0] for line in told.splitlines() if "/6" in line] == [
        f"{number}/6 {name}" for number, name in list(enumerate(RUN, start=1))[2:]
    ]
    assert re.findall(r"http://\S+", told) == [f"http://phones.localhost:{port}"]
    os.kill(worker_of(it.process.pid), signal.SIGKILL)
    it.until("starting it again")
    with pytest.raises(Halt, match="runs already in this folder"):
        lock.take(tmp_path / "var", port)
    assert doctor(tmp_path / "var") == (0, "All is well.")
    assert it.end(signal.SIGINT) == 0
    assert it.printed.endswith("Stopping … stopped.\n")
    assert "Traceback" not in it.printed
    assert ports.taken(range(port, port + 6)) == []
    status, words = doctor(tmp_path / "var")
    assert (status, words) == (1, f"Start it (make run PORT={port}), and then, in another terminal: make doctor")


def test_the_doctor_says_when_nothing_was_ever_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "VAR", tmp_path / "var")
    assert run.main(["--doctor"]) == 1
    assert "`make run` is not running" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


def test_asked_to_stop_in_the_middle_of_starting_it_does(tmp_path: Path) -> None:
    port = first_of_six()
    it = Run(tmp_path / "var", port)
    it.until("3/6")
    assert it.end(signal.SIGTERM) == 0
    assert "Traceback" not in it.printed
    assert ports.taken(range(port, port + 6)) == []


def test_a_taken_port_is_named_with_the_way_out() -> None:
    port = first_of_six()
    with socket.create_server(("127.0.0.1", port + 2)), pytest.raises(Halt) as told:
        run._check_ports(port)
    assert f"something listens on {port + 2}." in str(told.value)
    assert re.search(r"make run PORT=\d+", str(told.value))


@pytest.mark.parametrize("text", ["", "80", "eighty", "65531", "-8700", "87 00"])
def test_a_port_that_cannot_be_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([f"--port={text}"]) == 1
    assert f"PORT={text} cannot be: it is the first of six ports" in capsys.readouterr().err


def test_make_hands_over_whatever_port_was_written() -> None:
    makefile = (world.PROJECT / "Makefile").read_text("utf-8")
    assert '--port="$(PORT)"' in makefile


def test_a_database_of_a_newer_release_is_told_in_words(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir()
    with sqlite3.connect(var / "ordo.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    it = Run(var, first_of_six())
    assert it.end(None) == 1
    assert "5/6 Database and demo merchant … failed" in it.printed
    assert re.search(r"9999.*newer release", it.printed)
    assert re.search(
        rf"folder {re.escape(str(var))}: when it cannot be used as it is, move that folder away", it.printed
    )
