"""Plant random faults (mutants) in the services and the domain, one at a time, and list those that no test finds.

    python -m tools.mutants [--mutants=300] [--seed=7] [--minutes=60]

Cosmic Ray makes the mutants; a seed, which is printed, draws them. Tests run once with coverage, on SQLite, to learn which of them
execute which line; a mutant is tried with those alone, in a copy of the tree. docs/contributor/mutants.md says how to read the report.
"""

from __future__ import annotations

import argparse
import ast
import collections
import multiprocessing
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome
from coverage import CoverageData

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "mutants"
RECORD, REPORT = BUILD / "coverage", BUILD / "report.md"
MUTATED = ("webapp/services", "webapp/domain")
WORKERS = 2
PATIENCE, EACH = 120, 3  # seconds that tests may take before a mutant counts as killed: at least, and for each test
LEFT_OUT = (".git", ".venv", "build", "var", "docs", "node_modules", ".*_cache", ".hypothesis")

Position = tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """One change: the module (its path below the root), where in it, and which of an operator's changes of that module."""

    module: str
    start: Position
    end: Position
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        """Where it is and what it does: `webapp/domain/money.py:43 NumberReplacer`."""
        return f"{self.module}:{self.start[0]} {self.operator.removeprefix('core/')}"


@dataclass(frozen=True)
class Tried:
    """What came of a mutant: how many tests ran that line; `diff` is empty where one of them failed or none came to an end."""

    mutant: Mutant
    tests: int
    diff: str
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, plant, report. 1 when the tests fail without any mutant, else 0: survivors are to be read."""
    parser = argparse.ArgumentParser(prog="tools.mutants")
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--minutes", type=float, default=60)
    given = parser.parse_args(arguments)
    until = time.monotonic() + given.minutes * 60
    drawn = draw(_modules(), given.mutants, given.seed)
    print(f"Seed {given.seed}: {len(drawn)} mutants.", flush=True)
    if not _recorded():
        print("The tests fail without any mutant: mend them first.")
        return 1
    if not _found():
        print(f"pytest does not find the tests of {RECORD.relative_to(ROOT)}: delete it, and start again.")
        return 1
    tried: list[Tried] = []
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn"), _in_a_copy) as pool:
        ahead = iter([pool.submit(_plant, mutant, batches, until) for mutant, batches in _with_tests(drawn)])
        for done in as_completed(ahead):
            result = done.result()
            if result is not None:
                tried.append(result)
                word = "SURVIVED" if result.diff else "killed"
                print(f"{len(tried)}/{len(drawn)} {word} {result.mutant.name} ({result.seconds:.0f} s)", flush=True)
    REPORT.write_text(report(tried, given.seed, len(drawn)), encoding="utf-8")
    print(f"{sum(bool(each.diff) for each in tried)} of {len(tried)} survived: {REPORT.relative_to(ROOT)}")
    return 0


def draw(modules: Sequence[Path], number: int, seed: int) -> list[Mutant]:
    """So many mutants, each of a place of its own: of a comparison that can become seven others, one is drawn."""
    chance = random.Random(seed)  # noqa: S311  # which mutants are planted is no secret
    places = [place for module in modules for place in _places(module)]
    return [chance.choice(place) for place in chance.sample(places, min(number, len(places)))]


def report(tried: Sequence[Tried], seed: int, drawn: int) -> str:
    """The survivors with what each changes, by module."""
    lines = [f"# {len(tried)} of {drawn} mutants tried, seed {seed}", ""]
    for each in sorted(tried, key=lambda each: each.mutant.name):
        if each.diff:
            ran = f"{each.tests} tests run this line." if each.tests else "No test runs this line."
            lines += [f"## {each.mutant.name}", "", ran, "", "```diff", *each.diff.splitlines()[3:], "```", ""]
    return "\n".join(lines)


def _modules() -> list[Path]:
    return sorted(path.relative_to(ROOT) for folder in MUTATED for path in (ROOT / folder).rglob("*.py"))


def _places(module: Path) -> list[list[Mutant]]:
    """The mutants of a module, those of one place together."""
    found: dict[tuple[Position, Position], list[Mutant]] = collections.defaultdict(list)
    path = ROOT / module
    nodes, unread = list(ast_nodes(get_ast_from_path(path))), _unread(path.read_text("utf-8"))
    for name in sorted(plugins.operator_names()):
        kind = plugins.get_operator(name)
        if kind.arguments():
            continue
        positions = (position for node in nodes for position in kind().mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            if not any(first <= start < last for first, last in unread):
                found[start, end].append(Mutant(str(module), start, end, name, occurrence))
    return list(found.values())


def _unread(source: str) -> list[tuple[Position, Position]]:
    """What no run ever reads: annotations, which stay text, and what only a type checker imports."""
    found: list[ast.expr | ast.stmt | None] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef():
                found += [node.returns]
            case ast.arg() | ast.AnnAssign():
                found += [node.annotation]
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                found += [node]
    return [(_start(node), (node.end_lineno or 0, node.end_col_offset or 0)) for node in found if node is not None]


def _start(node: ast.expr | ast.stmt) -> Position:
    return node.lineno, node.col_offset


def _recorded() -> bool:
    """Run the tests of webapp's packages and note which of them execute which line, unless nothing has changed since the last time.
    Whether they passed."""
    newest = max(path.stat().st_mtime for folder in ("webapp", "tests") for path in (ROOT / folder).rglob("*.py"))
    if RECORD.exists() and RECORD.stat().st_mtime > newest:
        return True
    BUILD.mkdir(parents=True, exist_ok=True)
    folders = [path for path in (ROOT / "tests").iterdir() if (ROOT / "webapp" / path.name).is_dir()]
    command = [sys.executable, "-m", "pytest", "--numprocesses", str(WORKERS), "-k", "not postgresql"]
    command += [*(f"--cov={folder}" for folder in MUTATED), "--cov-context=test", "--cov-report="]
    unfinished = RECORD.with_suffix(".unfinished")
    done = subprocess.run(
        [*command, *map(str, sorted(folders))],
        cwd=ROOT,
        env=os.environ | {"COVERAGE_FILE": str(unfinished)},
        check=False,
    )
    if done.returncode == 0:
        unfinished.replace(RECORD)
    return done.returncode == 0


def _found() -> bool:
    """Whether every test of the record is still there: one that is not would seem to find every mutant."""
    data = CoverageData(str(RECORD))
    data.read()
    (BUILD / "tests").write_text("\n".join(_named(data.measured_contexts())), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", f"@{BUILD / 'tests'}"]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode == 0


def _with_tests(drawn: Sequence[Mutant]) -> Iterator[tuple[Mutant, list[list[str]]]]:
    """Each mutant with the tests that execute its line, those of its module's own files first. A line that is executed as its module is
    imported (a constant, a table) is no test's: for it, all that execute anything of the module."""
    data = CoverageData(str(RECORD))
    data.read()
    for mutant in drawn:
        contexts = data.contexts_by_lineno(str(ROOT / mutant.module))
        lines = range(mutant.start[0], mutant.end[0] + 1)
        tests = _tests(contexts, lines) or _tests(contexts, contexts)
        path = Path("tests", *Path(mutant.module).with_suffix("").parts[1:])
        own = f"{path.parent / f'test_{path.name}'}"
        batches = [[test for test in tests if test.startswith(own) is first] for first in (True, False)]
        yield mutant, [batch for batch in batches if batch]


def _tests(contexts: dict[int, list[str]], lines: Iterable[int]) -> list[str]:
    return _named(context for line in lines for context in contexts.get(line, ()))


def _named(contexts: Iterable[str]) -> list[str]:
    """The tests of contexts, which name a test and which part of it."""
    return sorted({context.rpartition("|")[0] for context in contexts} - {""})


def _in_a_copy() -> None:
    """A worker's own tree, where no other's mutant is."""
    tree = Path(tempfile.mkdtemp(prefix="tree-", dir=BUILD)) / "ordo"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT, "__pycache__"))
    os.chdir(tree)


def _plant(mutant: Mutant, batches: list[list[str]], until: float) -> Tried | None:
    """Try the mutant; None when there is no time left."""
    begun = time.monotonic()
    if begun > until:
        return None
    spec = MutationSpec(Path(mutant.module), mutant.operator, mutant.occurrence, mutant.start, mutant.end)
    diff = ""
    for tests in batches or [[]]:
        Path("mutant-tests").write_text("\n".join(tests), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "--exitfirst", "@mutant-tests"] if tests else ["true"]
        result = mutate_and_test([spec], shlex.join(command), PATIENCE + EACH * len(tests))
        if result.worker_outcome is not WorkerOutcome.NORMAL:
            raise RuntimeError(result.output)
        if result.test_outcome is not TestOutcome.SURVIVED:
            diff = ""
            break
        diff = result.diff or ""
    return Tried(mutant, sum(map(len, batches)), diff, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
