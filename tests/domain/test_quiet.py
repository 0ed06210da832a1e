"""Quiet hours, by the clock of where the person is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import quiet

ZONES = ("Europe/Paris", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Auckland", "UTC")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
HOURS = st.integers(0, 23)


@pytest.mark.parametrize(
    ("at", "wakes"),
    [
        ("2026-11-24T20:59:00+01:00", "2026-11-24T20:59:00+01:00"),
        ("2026-11-24T21:00:00+01:00", "2026-11-25T08:00:00+01:00"),
        ("2026-11-25T03:00:00+01:00", "2026-11-25T08:00:00+01:00"),
        ("2026-11-25T08:00:00+01:00", "2026-11-25T08:00:00+01:00"),
        ("2026-03-28T22:00:00+01:00", "2026-03-29T08:00:00+02:00"),  # the night that summer time begins
        ("2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00+01:00"),
    ],
)
def test_nothing_happens_between_nine_in_the_evening_and_eight_in_the_morning(at: str, wakes: str) -> None:
    found = quiet.waking(datetime.fromisoformat(at), "Europe/Paris", 21, 8)
    assert found == datetime.fromisoformat(wakes)


def test_a_siesta_does_not_pass_midnight() -> None:
    at = datetime(2026, 11, 24, 14, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    assert quiet.waking(at, "Europe/Madrid", 14, 17) == at.replace(hour=17, minute=0)
    assert quiet.waking(at.replace(hour=23), "Europe/Madrid", 14, 17) == at.replace(hour=23)


@given(MOMENTS, st.sampled_from(ZONES), HOURS, HOURS)
def test_the_moment_is_never_quiet_never_earlier_and_within_a_day(
    at: datetime, zone: str, begins: int, ends: int
) -> None:
    found = quiet.waking(at, zone, begins, ends)
    assert at <= found <= at + timedelta(hours=25)
    assert quiet.waking(found, zone, begins, ends) == found


@given(MOMENTS, st.sampled_from(ZONES), HOURS)
def test_the_same_hour_twice_is_no_quiet_at_all(at: datetime, zone: str, hour: int) -> None:
    assert quiet.waking(at, zone, hour, hour) == at
