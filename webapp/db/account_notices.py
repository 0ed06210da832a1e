"""Queries on what Meta last said of merchants' templates, numbers and accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.db import models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session


def keep(session: Session, merchant: str, subject: str, what: str, *, at: datetime, bad: bool) -> tuple[bool, bool]:
    """Write down the last word of a subject, under the merchant's lock. Whether it is the newest, for they come in any order, and whether
    the one before was bad."""
    row = session.get(models.AccountNotice, (merchant, subject))
    if row is None:
        session.add(models.AccountNotice(merchant_id=merchant, subject=subject, what=what[:300], at=at, bad=bad))
        return True, False
    if at < row.at:
        return False, row.bad
    before, row.what, row.at, row.bad = row.bad, what[:300], at, bad
    return True, before


def bad(session: Session, merchant: str) -> Sequence[models.AccountNotice]:
    """What somebody has to look at, oldest first."""
    row = models.AccountNotice
    return session.scalars(select(row).where(row.merchant_id == merchant, row.bad).order_by(row.at, row.subject)).all()
