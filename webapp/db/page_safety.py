"""Queries on buyers' pages as they are received: what browsers report of them, and how they were found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import models
from webapp.domain.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session

Report = models.CspReport


def report(session: Session, new: Report, most: int, most_of_link: int) -> tuple[bool, bool]:
    """Count what a browser reports; whether it is the first of its kind, and whether another kind was dropped for it.

    Whoever has a link can make kinds up, and they must not keep out one that is real: of a merchant no more than `most` are kept, of them
    no more than `most_of_link` that came by one link first, and what is dropped is of the link that brought the most.
    """
    counted = update(Report).where(
        Report.merchant_id == new.merchant_id,
        Report.directive == new.directive,
        Report.blocked == new.blocked,
        Report.source == new.source,
    )
    if session.scalar(counted.values(count=Report.count + 1, last_at=new.last_at).returning(Report.count)) is not None:
        return False, False
    kinds = select(func.count()).select_from(Report).where(Report.merchant_id == new.merchant_id)
    dropped = True
    if (session.scalar(kinds.where(Report.link == new.link)) or 0) >= most_of_link:
        _drop(session, new.merchant_id, new.link)
    elif (session.scalar(kinds) or 0) >= most:
        by_link = select(Report.link).where(Report.merchant_id == new.merchant_id).group_by(Report.link)
        _drop(session, new.merchant_id, session.scalar(by_link.order_by(func.count().desc()).limit(1)))
    else:
        dropped = False
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {column.key: getattr(new, column.key) for column in Report.__table__.columns}
    added = insert(Report).values(values)  # of two pages that report it at once, one comes second
    again = added.on_conflict_do_update(
        index_elements=[Report.merchant_id, Report.directive, Report.blocked, Report.source],
        set_={"count": Report.count + 1, "last_at": added.excluded.last_at},
    )
    return session.scalar(again.returning(Report.count)) == 1, dropped


def _drop(session: Session, merchant: str, link: str | None) -> None:
    """Forget the kind of that link that was seen least."""
    own = select(Report).where(Report.merchant_id == merchant, Report.link.is_not_distinct_from(link))
    least = session.scalars(own.order_by(Report.count, Report.last_at).limit(1)).first()
    if least is not None:
        session.delete(least)
        session.flush()


def reports(session: Session, merchant: str) -> Sequence[Report]:
    """What browsers reported of a merchant's pages, newest first."""
    return session.scalars(
        select(Report).where(Report.merchant_id == merchant).order_by(Report.last_at.desc(), Report.blocked)
    ).all()


def forget_reports(session: Session, merchant: str, before: datetime) -> None:
    """Delete what was not reported since."""
    session.execute(delete(Report).where(Report.merchant_id == merchant, Report.last_at < before))


def last_check(session: Session, merchant: str) -> models.PageCheck | None:
    """How the merchant's page was found the last time."""
    return session.get(models.PageCheck, merchant)


def to_look_at(session: Session, merchant: str, now: datetime) -> tuple[models.Order | None, bool]:
    """The order whose page stands for all of a merchant's: the newest that can still be paid, else the newest of all; and which of the
    two it is."""
    newest = select(models.Order).where(models.Order.merchant_id == merchant).order_by(models.Order.created_at.desc())
    payable = newest.where(
        models.Order.state == State.OPEN,
        models.Order.pending_transition.is_(None),
        models.Order.expires_at > now,
        models.Order.collects_details.is_(False) | models.Order.details.is_not(None),
    )
    order = session.scalars(payable.limit(1)).first()
    return (order, True) if order is not None else (session.scalars(newest.limit(1)).first(), False)
