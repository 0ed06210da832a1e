"""What one look of `flask doctor` found."""

from __future__ import annotations

from dataclasses import dataclass

NAMED = 5  # rows of one kind; more would hide the rest of the list


@dataclass(frozen=True)
class Finding:
    """One thing looked at: well, or what to mend and how."""

    ok: bool
    subject: str
    text: str
