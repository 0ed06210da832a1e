"""Every check that needs no test run: all of them each time, what is wrong shown in full, one line for what is right.

python -m tools.check
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.prefix) / "bin"

CHECKS = {
    "format": "ruff format --check --quiet .",
    "style": "ruff check --quiet .",
    "types": "mypy",
    "contracts between the parts": "lint-imports --no-logo",
    "templates": "djlint --lint --quiet templates sandbox",
    "dependencies": "deptry --no-ansi .",
    "dependencies of the sandbox": "deptry --no-ansi --config sandbox/pyproject.toml sandbox",
    "security": "bandit --quiet --recursive --severity-level medium webapp",
    "translations": "python -m tools.translations check",
    "files served as they lie": "python -m pytest tests/test_static.py",
    "bytes of the pages": "python -m tests.budget bytes",
    "document of the API": "python -m tools.openapi check",
    "table of settings": "python -m tools.settings check",
    "permissions of the back office": "python -m tools.permissions check",
    "dead code": "python -m tools.check dead",
}


@dataclass(frozen=True)
class Result:
    """How a check went."""

    name: str
    right: bool
    output: str
    seconds: float


def main(arguments: list[str]) -> int:
    """Run every check, or the one of our own that is named: 0 when all is right."""
    if arguments == ["dead"]:
        return _report(dead_code(ROOT))
    with ThreadPoolExecutor(2) as pool:
        results = [_show(result) for result in pool.map(_run, CHECKS, CHECKS.values())]
    wrong = [result.name for result in results if not result.right]
    print(f"\nNot right: {', '.join(wrong)}." if wrong else "\nAll checks are right.")
    return 1 if wrong else 0


def dead_code(root: Path) -> list[str]:
    """Functions, methods, classes and imports that nothing names; templates count, and tests do for the sandbox.

    Fields and variables are left to the eye: rows, forms and pages are full of those that only a library reads.
    """
    done = subprocess.run([str(BIN / "vulture")], cwd=root, capture_output=True, text=True, check=False)
    pages, tests = _words(root, "templates/**/*.html", "sandbox/**/*.html"), _words(root, "tests/**/*.py")
    named = re.compile(r"unused (?:function|method|class|import|property) '(\w+)'")
    problems = done.stderr.splitlines()
    for line in done.stdout.splitlines():
        found = named.search(line)
        known = pages | tests if line.startswith("sandbox/") else pages
        if "unreachable" in line or (found and found[1] not in known):
            problems.append(line)
    return problems


def _words(root: Path, *patterns: str) -> set[str]:
    return {
        word
        for pattern in patterns
        for path in root.glob(pattern)
        for word in re.findall(r"\w+", path.read_text("utf-8"))
    }


def _run(name: str, command: str) -> Result:
    program, *words = command.split()
    begun = time.monotonic()
    done = subprocess.run(
        [str(BIN / program), *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(name, done.returncode == 0, done.stdout, time.monotonic() - begun)


def _show(result: Result) -> Result:
    print(f"{'right' if result.right else 'WRONG'}  {result.name} ({result.seconds:.1f} s)", flush=True)
    if not result.right:
        print("\n".join(f"       {line}" for line in result.output.splitlines()), flush=True)
    return result


def _report(problems: list[str]) -> int:
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
