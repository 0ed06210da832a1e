"""What `flask doctor` finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webapp.services import checkup

if TYPE_CHECKING:
    from tests.kit import Shop


def findings(shop: Shop, database_url: str) -> dict[str, checkup.Finding]:
    return {finding.subject: finding for finding in checkup.run(shop.kit, database_url, shop.kit.now())}


def test_a_missing_worker_and_unregistered_webhooks_are_said_with_what_to_do(shop: Shop, database_url: str) -> None:
    found = findings(shop, database_url)
    assert found["Database"].ok
    assert not found["Worker"].ok
    assert "flask worker" in found["Worker"].text
    assert not found[f"{shop.id}: gateway"].ok


def test_a_clock_that_is_off_is_found() -> None:

    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert checkup._clock(now - timedelta(seconds=3), now).ok
    assert not checkup._clock(now - timedelta(minutes=10), now).ok
