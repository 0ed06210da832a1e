"""The recurring work that each merchant has."""

from __future__ import annotations

from enum import StrEnum


class TaskType(StrEnum):
    """RECONCILIATION compares the merchant's orders with the gateway's books; PAGE_CHECK fetches its payment page as a buyer's browser does."""

    RECONCILIATION = "reconciliation"
    PAGE_CHECK = "page_check"
