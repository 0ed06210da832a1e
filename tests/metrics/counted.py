"""What this process counts, read by tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from webapp import metrics

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., float]:
    """How much a metric has grown since the test began, by its name and labels."""
    monkeypatch.setattr(metrics._Switch, "on", True)
    before = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
    }

    def grown(name: str, **labels: str) -> float:
        now = metrics.REGISTRY.get_sample_value(name, labels) or 0.0
        return now - before.get((name, tuple(sorted(labels.items()))), 0.0)

    return grown
