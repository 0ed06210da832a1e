"""Days in addresses and forms, by the shop's clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.office.guard import visitor


def midnight(text: str, *, days: int = 0) -> datetime | None:
    """When that day (`2026-11-30`) begins by the shop's clock, or the one so many days later; None for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        if not 2000 <= day.year <= 2200:  # far from where a calendar ends
            return None
        return datetime.combine(day, time(), ZoneInfo(visitor().merchant.time_zone))
    except (ValueError, OverflowError, KeyError):
        return None
