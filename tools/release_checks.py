"""What is too slow for every change, run by pytest, and what came of it: a part of docs/operator/release-checks.md for each set.

python -m tools.release_checks NAME [VARIABLE=VALUE ...] [pytest's arguments ...]
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import machine

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/operator/release-checks.md"
HEAD = """# Checks of a release

What is too slow for every change is run before a release, by `make release-checks`, which writes this page: what ran, and what came of it the last
time. The faults by their number are in docs/contributor/faults.md.
"""
MOST = 60  # tests that are listed one by one


@dataclass(frozen=True)
class Test:
    """How one test ended: "passed", "failed" or "skipped", and why if not the first."""

    name: str
    seconds: float
    how: str
    why: str = ""


@dataclass(frozen=True)
class Run:
    """One run of pytest: `status` is what it ended with, `tests` are those of which it told before it did."""

    name: str
    command: str
    began: datetime
    took: timedelta
    status: int
    tests: tuple[Test, ...]

    @property
    def verdict(self) -> str:
        """In words. Nothing has passed of which nothing was told."""
        if any(test.how == "failed" for test in self.tests):
            return "failed"
        if self.status:
            return f"not finished, pytest ended with {self.status}"
        return "passed" if any(test.how == "passed" for test in self.tests) else "nothing was run"


def main(arguments: list[str], page: Path = PAGE) -> int:
    """Run a set of tests and write its part of the page anew: 0 when it has passed."""
    name, *words = arguments
    variables = [word for word in words if re.fullmatch(r"[A-Z_]+=\S*", word)]
    run = perform(name, variables, [word for word in words if word not in variables])
    before = page.read_text("utf-8") if page.exists() else HEAD
    page.write_text(put(before, run.name, part(run, _versions())), encoding="utf-8")
    print(f"{run.name}: {run.verdict}, noted in {page.name}")
    return 0 if run.verdict == "passed" else 1


def perform(name: str, variables: list[str], words: list[str]) -> Run:
    """Have pytest run, with what it says on our own output, and read what it tells of each test."""
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        command = [sys.executable, "-m", "pytest", *words, f"--junitxml={told}"]
        environment = os.environ | dict(variable.split("=", 1) for variable in variables)
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        tests = read(told.read_text("utf-8")) if told.exists() else ()
    return Run(name, " ".join([*variables, "pytest", *words]), began, datetime.now(UTC) - began, status, tests)


def read(told: str) -> tuple[Test, ...]:
    """The tests of a JUnit report. One that fails and then fails to tidy up is told of twice, and is one."""
    tests: dict[str, Test] = {}
    for case in ET.fromstring(told).iter("testcase"):  # noqa: S314  # pytest's own, of a moment ago
        name, seconds = f"{case.get('classname')}::{case.get('name')}", float(case.get("time") or 0)
        wrong = next((it for it in case if it.tag in {"failure", "error"}), None)
        skipped = case.find("skipped")
        found = Test(name, seconds, "passed")
        if wrong is not None:
            found = Test(name, seconds, "failed", _line(wrong))
        elif skipped is not None:
            found = Test(name, seconds, "skipped", _line(skipped))
        if name not in tests or found.how == "failed":
            tests[name] = found
    return tuple(tests.values())


def part(run: Run, versions: str) -> str:
    """What the page says of a run."""
    counts = Counter(test.how for test in run.tests)
    told = ", ".join(f"{counts[how]} {how}" for how in ("passed", "failed", "skipped"))
    lines = [
        f"## {run.name}",
        f"`{run.command}`",
        "",
        f"**{run.verdict}**: {told}, in {_span(run.took.total_seconds())}, on {run.began:%Y-%m-%d at %H:%M} UTC, with {versions}.",
        "",
    ]
    listed = run.tests if len(run.tests) <= MOST else [test for test in run.tests if test.how != "passed"]
    lines += [_row(test) for test in listed]
    return "\n".join(lines).rstrip() + "\n"


def put(page: str, name: str, part: str) -> str:
    """The page with this part in the place of the one of that name, or at the end."""
    head, *parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    kept = {each.partition("\n")[0]: each.rstrip() + "\n" for each in parts}
    return "\n".join([head.rstrip() + "\n", *(kept | {f"## {name}": part}).values()])


def _row(test: Test) -> str:
    words = test.name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    why = f": {test.why}" if test.why else ""
    return f"- {test.how}, {_span(test.seconds)}: {words}{why}"


def _line(told: ET.Element) -> str:
    """The first line of why; a page is no place for more."""
    return " ".join((told.get("message") or "").split("\n")[0].split())[:200].replace("`", "'")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if number]
    return " ".join(parts) or "0 s"


def _versions() -> str:
    """What the run depended on."""
    release = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    programs, git = machine.postgresql(), shutil.which("git") or "git"
    postgresql = re.search(r"\d[\d.]*", _said(str(programs / "postgres"), "--version")) if programs else None
    changed = _said(git, "status", "--porcelain", "--", ".", f":!{PAGE.relative_to(ROOT)}")
    commit = _said(git, "rev-parse", "--short", "HEAD") or "no commit"
    return ", ".join(
        (
            f"Ordo {release} ({commit}{' and changes' if changed else ''})",
            f"Python {platform.python_version()}",
            f"SQLite {sqlite3.sqlite_version}",
            f"PostgreSQL {postgresql[0]}" if postgresql else "no PostgreSQL",
            f"{platform.system()} {platform.machine()}",
            f"{os.cpu_count()} processors",
        )
    )


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
