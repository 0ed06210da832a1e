"""The command that plants mutants: what it draws, what it leaves alone, which tests it takes, and what it tells of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from coverage import CoverageData

from tools import mutants

if TYPE_CHECKING:
    from tools.mutants import Mutant

SOURCE = '''\
"""A module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    NOT = 1 + 1

LIMIT = 3


@dataclass(frozen=True)
class Thing:
    size: int | None = None


def few(thing: Thing | None, most: int | None = 5) -> bool | None:
    found: int | None = thing.size if thing else None
    return found is not None and found < LIMIT
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module in a room of services, and a record of which tests execute its lines."""
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(mutants, "BUILD", tmp_path / "build")
    monkeypatch.setattr(mutants, "RECORD", tmp_path / "build" / "coverage")
    path = tmp_path / "webapp/services/room/few.py"
    for folder in (path.parent, tmp_path / "build"):
        folder.mkdir(parents=True)
    path.write_text(SOURCE)
    data = CoverageData(str(tmp_path / "build" / "coverage"))
    for context, lines in {
        "": [1, 3, 5, 6, 8, 11, 14, 15, 16, 19],
        "tests/pay/test_a.py::test_|run": [20, 21],
        "tests/services/room/test_few_more.py::test_x[a|b]|run": [20, 21],
        "tests/services/room/test_few.py::test_y|setup": [20],
    }.items():
        data.set_context(context)
        data.add_lines({str(path): lines})
    data.write()
    return path


def drawn(number: int = 100, seed: int = 1) -> list[Mutant]:
    return mutants.draw(mutants._modules(), number, seed)


def test_every_place_is_drawn_once_and_what_no_run_reads_never(module: Path) -> None:
    found = drawn()
    places = [(each.start, each.end) for each in found]
    assert len(set(places)) == len(places)
    assert {each.module for each in found} == {"webapp/services/room/few.py"}
    assert {each.start[0] for each in found} == {11, 14, 19, 20, 21}
    assert not [each for each in found if "BinaryOperator" in each.operator]  # the `|` of annotations


def test_a_seed_draws_the_same_mutants_again_and_another_others(module: Path) -> None:
    assert drawn(4, 7) == drawn(4, 7)
    assert len(drawn(4, 7)) == 4
    assert len({tuple(drawn(4, seed)) for seed in range(10)}) > 1


def test_a_mutant_is_tried_with_the_tests_that_execute_its_line_its_module_s_own_first(module: Path) -> None:
    tests = {mutant.start[0]: batches for mutant, batches in mutants._with_tests(drawn())}
    own = ["tests/services/room/test_few_more.py::test_x[a|b]"]
    assert tests[21] == [own, ["tests/pay/test_a.py::test_"]]
    assert tests[20] == [["tests/services/room/test_few.py::test_y", *own], ["tests/pay/test_a.py::test_"]]
    assert tests[11] == tests[20]  # a constant: all that execute anything of the module


def test_a_record_that_names_a_test_which_is_gone_is_not_believed(module: Path) -> None:
    assert not mutants._found()


@pytest.mark.parametrize(("finds", "survives"), [("assert few(2) is True", True), ("assert few(3) is False", False)])
def test_a_mutant_survives_when_no_test_fails_and_the_file_is_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finds: str, survives: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    source = "def few(number: int) -> bool:\n    return number < 3\n"
    Path("counted.py").write_text(source)
    Path("test_counted.py").write_text(f"from counted import few\n\n\ndef test_few():\n    {finds}\n")
    places = mutants._places(Path("counted.py"))
    (wider,) = [each for place in places for each in place if each.operator.endswith("Lt_LtE")]
    tried = mutants._plant(wider, [["test_counted.py::test_few"]], until=float("inf"))
    assert tried is not None
    assert ("+    return number <= 3" in tried.diff) is survives
    assert Path("counted.py").read_text() == source
    assert mutants._plant(wider, [], until=0) is None


def test_the_report_shows_what_each_survivor_changes_and_nothing_else(module: Path) -> None:
    one, other, *_ = drawn()
    text = mutants.report(
        [
            mutants.Tried(one, 12, "--- mutation diff ---\n--- a\n+++ b\n@@\n-a < b\n+a <= b", 1.0),
            mutants.Tried(other, 3, "", 1.0),
        ],
        seed=7,
        drawn=40,
    )
    assert text.startswith("# 2 of 40 mutants tried, seed 7\n")
    assert f"## {one.name}\n\n12 tests run this line.\n\n```diff\n@@\n-a < b\n+a <= b\n```" in text
    assert other.name not in text
