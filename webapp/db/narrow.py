"""Conditions that a database is not to look by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def belongs(merchant_id: Any, merchant: str) -> ColumnElement[bool]:
    """Whether rows that another column finds are the merchant's, of which there may be millions: SQLite, which has no statistics, would as soon
    read all of those by an index that begins with the merchant."""
    return func.coalesce(merchant_id, "") == merchant
