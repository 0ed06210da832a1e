"""No interleaving of buyer, merchant, gateway, crashes, lost answers and clock breaks what is promised of money.

Hypothesis drives the real services and prints the shortest run that breaks a promise. MACHINE_RUNS is the number of runs on SQLite
(200); PostgreSQL, whose answers take longer, gets a tenth. Each is dealt out to two tests, so that two processes can share them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.machine import play

if TYPE_CHECKING:
    from tests.machine.shop import Arena

SHARES = 2


@pytest.mark.parametrize("share", range(SHARES))
def test_no_interleaving_breaks_a_promise(arena: Arena, share: int) -> None:
    runs = play.RUNS if arena.database.is_sqlite else play.RUNS // 10
    play.runs(arena, max(1, runs // SHARES))
