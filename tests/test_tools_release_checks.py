"""The page that says what became of a release's slow checks: from pytest's own report, failures and all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tools import release_checks
from tools.release_checks import Run

if TYPE_CHECKING:
    from pathlib import Path

TESTS = {
    "good": "def test_money_is_kept(): pass",
    "bad": "def test_money_is_lost(): assert 6 * 7 == 41, 'six times\\nseven'",
    "left": "import pytest\n@pytest.mark.skip(reason='no disk')\ndef test_a_disk(): pass",
    "untidy": "import pytest\n@pytest.fixture\ndef it():\n    yield\n    raise OSError('left over')\ndef test_it(it): pass",
    "broken": "import nothing_of_that_name",
    "dies": "import os\ndef test_it(): os._exit(7)",
    "empty": "",
}


def ran(tmp_path: Path, *kinds: str) -> Run:
    files = [tmp_path / f"test_{kind}.py" for kind in kinds]
    for kind, file in zip(kinds, files, strict=True):
        file.write_text(TESTS[kind])
    words = ["--rootdir", str(tmp_path), "-p", "no:xdist", *map(str, files)]
    return release_checks.perform("Faults", ["RUNS=3"], words)


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        (["good"], "passed"),
        (["good", "left"], "passed"),
        (["good", "bad"], "failed"),
        (["untidy"], "failed"),
        (["broken"], "failed"),
        (["dies"], "not finished, pytest ended with 7"),
        (["empty"], "not finished, pytest ended with 5"),
        (["left"], "nothing was run"),
    ],
)
def test_only_tests_that_ran_and_passed_are_a_pass(tmp_path: Path, kinds: list[str], verdict: str) -> None:
    assert ran(tmp_path, *kinds).verdict == verdict


def test_the_part_names_the_command_the_numbers_the_day_and_why_each_failed(tmp_path: Path) -> None:
    run = ran(tmp_path, "good", "bad", "left")
    text = release_checks.part(run, "Python 3")
    assert "`RUNS=3 pytest --rootdir" in text
    assert "**failed**: 1 passed, 1 failed, 1 skipped, in " in text
    assert f"on {run.began:%Y-%m-%d}" in text
    assert "with Python 3." in text
    assert "s: money is kept\n" in text
    assert "s: money is lost: AssertionError: six times\n" in text
    assert "s: a disk: no disk\n" in text


def test_a_variable_reaches_the_tests(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import os\ndef test_it(): assert os.environ['RUNS'] == '3'")
    words = ["--rootdir", str(tmp_path), str(tmp_path / "test_it.py")]
    assert release_checks.perform("Machine", ["RUNS=3"], words).verdict == "passed"


def test_of_many_tests_only_those_that_did_not_pass_are_listed() -> None:
    tests = [release_checks.Test(f"t::test_{number}", 1.0, "passed") for number in range(100)]
    run = Run("Machine", "pytest", datetime.now(UTC), timedelta(hours=2, seconds=5), 0, tuple(tests))
    text = release_checks.part(run, "")
    assert "100 passed, 0 failed, 0 skipped, in 2 h 5 s" in text
    assert "\n- " not in text


def test_a_part_takes_the_place_of_the_last_one_of_its_name_and_leaves_the_others(tmp_path: Path) -> None:
    page = release_checks.put(release_checks.HEAD, "Faults", "## Faults\nold\n")
    page = release_checks.put(page, "Machine", "## Machine\nkept\n")
    page = release_checks.put(page, "Faults", "## Faults\nnew\n")
    assert page == f"{release_checks.HEAD}\n## Faults\nnew\n\n## Machine\nkept\n"


def test_a_failed_run_is_noted_and_fails_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_bad.py").write_text(TESTS["bad"])
    page = tmp_path / "page.md"
    words = ["RUNS=3", "--rootdir", str(tmp_path), str(tmp_path / "test_bad.py")]
    assert release_checks.main(["Faults", *words], page) == 1
    text = page.read_text("utf-8")
    assert text.startswith("# Checks of a release")
    assert "## Faults\n`RUNS=3 pytest --rootdir" in text
    assert "Ordo 0" in text
    assert "Faults: failed, noted in page.md" in capfd.readouterr().out


def test_what_make_test_leaves_out_for_its_mark_is_run_wherever_it_is() -> None:
    recipes = (release_checks.ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"\ntest: .*(\n\t.*)*\n\t.*pytest .* -m \"not slow\" \$\(TESTS\)\n", recipes)
    assert re.search(r"\nrelease-checks: .*(\n\t.*)*\n\t.*release_checks Slow .* -m slow \|\| status=1; \\\n", recipes)
