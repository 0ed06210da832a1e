"""The machine finds bugs: each that is planted in the services breaks a promise within so many runs. The quickest few are planted
every time, all of them where MACHINE_RUNS allows it (`make release-checks`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.machine import play
from tests.machine.planted import BUGS, QUICKEST, Bug

if TYPE_CHECKING:
    from tests.machine.shop import Arena

MOST = 1000


@pytest.mark.parametrize("bug", BUGS if play.RUNS >= MOST else BUGS[:QUICKEST], ids=str)
def test_a_planted_bug_is_found(sqlite_arena: Arena, bug: Bug) -> None:
    with bug.planted(), pytest.raises(AssertionError):
        play.runs(sqlite_arena, MOST, shrink=False)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_code_that_a_bug_changes_is_there(bug: Bug) -> None:
    with bug.planted():
        pass
