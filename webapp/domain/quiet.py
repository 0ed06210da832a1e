"""Quiet hours: when nobody is to be disturbed, by the clock of where the person is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def waking(at: datetime, zone: str, begins: int, ends: int) -> datetime:
    """`at`, or, inside the quiet hours, their end. `begins` and `ends` are hours of the day in `zone`; the same hour twice: there are
    none."""
    local = at.astimezone(ZoneInfo(zone))
    quiet = begins <= local.hour < ends if begins < ends else local.hour >= begins or local.hour < ends
    if begins == ends or not quiet:
        return at
    wakes = local.replace(hour=ends, minute=0, second=0, microsecond=0)
    return (wakes if wakes > local else wakes + timedelta(days=1)).astimezone(UTC)
