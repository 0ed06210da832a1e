"""The table of faults (docs/contributor/faults.md) says which test causes which, and forgets none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs/contributor/faults.md"
OWED = [*range(1, 26)]


def rows() -> dict[int, tuple[str, list[str]]]:
    """Each fault by its number: what the table says it is, and its tests."""
    lines = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    return {int(number): (what, re.findall(r"`(test_\w+)`", tests)) for number, what, tests in lines}


def written() -> dict[str, bool]:
    """The tests that there are, and whether each is slow."""
    found = {}
    for file in (ROOT / "tests/faults").glob("test_*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        whole = any(
            isinstance(node, ast.Assign) and ast.unparse(node) == "pytestmark = pytest.mark.slow" for node in tree.body
        )
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name] = whole or "pytest.mark.slow" in map(ast.unparse, node.decorator_list)
    return found


def test_every_fault_that_is_to_be_survived_is_in_the_table_with_a_test() -> None:
    assert list(rows()) == OWED
    assert [number for number, (_, tests) in rows().items() if not tests] == []


def test_the_table_names_each_test_of_the_faults_once_and_no_other() -> None:
    assert sorted(name for _, tests in rows().values() for name in tests) == sorted(written())


def test_the_table_says_which_tests_are_slow() -> None:
    slow = written()
    for what, tests in rows().values():
        assert {slow[name] for name in tests} == {"slow" in what}
