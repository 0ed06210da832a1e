"""The lines that a person watches while things start."""

from __future__ import annotations

import io
import re

import pytest

from sandbox import steps


def test_a_step_says_its_place_its_name_and_how_long_it_took() -> None:
    out = io.StringIO()
    progress = steps.Steps(("First", "Second"), out)
    with progress.step("First"):
        pass
    with progress.step("Second") as note:
        note.text = "ready"
    assert re.fullmatch(r"1/2 First … done \d\.\d s\n2/2 Second … ready \d\.\d s\n", out.getvalue())


@pytest.mark.parametrize(("error", "word"), [(steps.Halt("no"), "failed"), (KeyboardInterrupt(), "stopped")])
def test_a_step_that_does_not_end_well_ends_its_line(error: BaseException, word: str) -> None:
    out = io.StringIO()
    with pytest.raises(type(error)), steps.Steps(("Only",), out).step("Only"):
        raise error
    assert out.getvalue() == f"1/1 Only … {word}\n"
