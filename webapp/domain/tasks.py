"""The recurring work that each merchant has."""

from __future__ import annotations

from enum import StrEnum


class TaskType(StrEnum):
    """RECONCILIATION compares the merchant's orders with the gateway's books, CARD_COMPARISON its saved cards; PAGE_CHECK fetches its payment
    page as a buyer's browser does; CALLBACK_SWEEP forgets callbacks that have been kept for long enough, RETENTION does so of everything else
    that is about people; TOTALS adds up what its totals by day have changed by."""

    RECONCILIATION = "reconciliation"
    CARD_COMPARISON = "card_comparison"
    PAGE_CHECK = "page_check"
    CALLBACK_SWEEP = "callback_sweep"
    RETENTION = "retention"
    TOTALS = "totals"
