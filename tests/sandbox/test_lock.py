"""One run at a time in a folder; the last one's port is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import lock
from sandbox.steps import Halt

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_run_is_told_of_the_first(tmp_path: Path) -> None:
    with lock.take(tmp_path, 9300):
        with pytest.raises(Halt, match=r"runs already in this folder \(process \d+, port 9300\)"):
            lock.take(tmp_path, 9700)
        assert lock.last(tmp_path) == lock.Run(9300, running=True)
    assert lock.last(tmp_path) == lock.Run(9300, running=False)


def test_of_a_folder_without_a_run_nothing_is_known(tmp_path: Path) -> None:
    assert lock.last(tmp_path) is None
    assert lock.last(tmp_path / "nowhere") is None
