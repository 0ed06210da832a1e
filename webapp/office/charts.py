"""Pictures of figures as SVG geometry: where each bar stands. The same figures stand in a table beside each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 600, 120
GAP = 0.25  # of a bar's place


@dataclass(frozen=True)
class Bar:
    """A rectangle in units of the picture's `viewBox`; `label` is read when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    label: str


def columns(values: Sequence[int], labels: Sequence[str], highest: int) -> list[Bar]:
    """Columns side by side, in a picture of WIDTH × HEIGHT; `highest` is the value of a column as high as the picture."""
    place = WIDTH / max(len(values), 1)
    return [
        Bar(
            x=round(number * place + place * GAP / 2, 2),
            y=round(HEIGHT - _part(value, highest) * HEIGHT, 2),
            width=round(place * (1 - GAP), 2),
            height=round(_part(value, highest) * HEIGHT, 2),
            label=label,
        )
        for number, (value, label) in enumerate(zip(values, labels, strict=True))
    ]


def length(value: int, longest: int) -> float:
    """How long a horizontal bar is in a picture of 100 units: 0 for nothing, and never too short to be seen."""
    return round(max(_part(value, longest) * 100, 1.0), 2) if value > 0 else 0.0


def _part(value: int, whole: int) -> float:
    return max(value, 0) / whole if whole > 0 else 0.0
