"""What our books and the gateway's do not agree on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Something on which the two do not agree: `here` and `there` (the gateway) in words; `mended` says that ours follows now. Of a saved card
    `order` is its alias's id, and `reference` empty."""

    order: str
    reference: str
    here: str
    there: str
    mended: bool
