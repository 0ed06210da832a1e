"""Play the machine so many times on one arena, each time by other dice."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.everybody import Machine
from webapp.domain import ids
from webapp.jobs import queues

if TYPE_CHECKING:
    from tests.machine.shop import Arena

RUNS = int(os.environ.get("MACHINE_RUNS", "200"))
STEPS = 50


def runs(arena: Arena, number: int, *, shrink: bool = True) -> None:
    """Raises what breaks a promise; the run that did is printed, the shortest one that does when it is to `shrink`."""
    numbers = itertools.count(1)
    with (
        # A run that is repeated makes the same ids, in the same order.
        mock.patch.object(ids, "new", lambda prefix: f"{prefix}_{next(numbers):022d}"),
        mock.patch.object(queues.log, "disabled", new=True),  # work fails here by design, thousands of times
        mock.patch.object(ids, "reference", side_effect=(f"R{number}" for number in itertools.count(1))),
    ):
        run_state_machine_as_test(
            type("Machine", (Machine,), {"arena": arena}),
            settings=settings(
                max_examples=number,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                print_blob=True,
                report_multiple_bugs=False,
                phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
