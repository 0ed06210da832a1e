"""What was kept for long enough, a batch at a time, and empties or deletes it. Each reads what is left to do by an index, so it costs what it
takes away, and each call is harmless to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, or_, select, update

from webapp.db import erasures, imports, models
from webapp.domain.states import FINAL
from webapp.domain.statuses import IN_FLIGHT, AliasStatus, DisputeState, RefundState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Session

UNSYNCED = {"synchronize_session": False}


def webhooks(session: Session, merchant: str, before: datetime, _now: datetime, most: int) -> int:
    """Delete stored webhooks that nobody is to work on any more. How many; fewer than `most`: there are no more."""
    row = models.InboxEvent
    old = select(row.id).where(row.merchant_id == merchant, row.received_at < before, row.due_at.is_(None))
    return _delete(session, row, _locked(session, old.order_by(row.received_at), most))


def messages(session: Session, merchant: str, before: datetime, now: datetime, most: int) -> int:
    """Empty messages, but for those that are still to be sent or understood."""
    row = models.Message
    found = _locked(session, _filled(row, row.created_at, merchant, before).where(row.due_at.is_(None)), most)
    erasures.erase_messages(session, merchant, row.id.in_(found))
    return _emptied(session, row, found, now)


def letters(session: Session, merchant: str, before: datetime, now: datetime, most: int) -> int:
    """Empty letters, but for those that are still to be sent."""
    row = models.Mail
    found = _locked(session, _filled(row, row.created_at, merchant, before).where(row.due_at.is_(None)), most)
    erasures.erase_letters(session, row.id.in_(found))
    return _emptied(session, row, found, now)


def orders(session: Session, merchant: str, before: datetime, now: datetime, most: int) -> int:
    """Empty orders that are over, and what belongs to them. Not while money is moving, or something about one is still to be told."""
    row, message, mail = models.Order, models.Message, models.Mail
    waits = (
        and_(each.order_id == row.id, each.due_at.is_not(None))  # what somebody is still told of it
        for each in (message, mail)
    )
    over = _filled(row, row.state_at, merchant, before).where(row.state.in_(FINAL), ~_moving(row.id))
    found = _locked(session, over.where(*(~exists().where(each) for each in waits)), most)
    if found:
        erasures.erase_orders(session, merchant, found)
    session.execute(update(row).where(row.id.in_(found)).values(revision=row.revision + 1), execution_options=UNSYNCED)
    return _emptied(session, row, found, now)


def names_of_files(session: Session, merchant: str, before: datetime, _now: datetime, most: int) -> int:
    """Forget what files of orders were called, and have their lines that still wait bring no order."""
    row, line = models.Import, models.ImportLine
    of_old = and_(row.merchant_id == merchant, row.created_at < before)
    named = session.scalars(select(row.id).where(of_old, row.name.is_not(None)).limit(most)).all()
    imports.unname(session, named)
    waiting = select(line.import_id, line.number).join(row, row.id == line.import_id).where(of_old)
    lines = [(each[0], each[1]) for each in session.execute(waiting.where(line.document.is_not(None)).limit(most))]
    imports.strike(session, lines, "too_old", "the line has waited for too long")
    return max(len(named), len(lines))


def previews(session: Session, merchant: str, _before: datetime, now: datetime, most: int) -> int:
    """Delete files of orders that somebody looked at, and never had imported."""
    return imports.drop_previews(session, merchant, now, most)


def quotas(session: Session, merchant: str, before: datetime, _now: datetime, most: int) -> int:
    """Forget how much may be written to phones of which nothing counts any more."""
    row = models.SendQuota
    over = and_(row.full_at < before.timestamp(), or_(row.reached_at.is_(None), row.reached_at < before))
    query = (
        select(row.phone)
        .where(row.merchant_id == merchant, over)
        .order_by(row.full_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(query).all()
    session.execute(delete(row).where(row.merchant_id == merchant, row.phone.in_(found)), execution_options=UNSYNCED)
    return len(found)


# --- buyers


def maybe_idle(session: Session, merchant: str, before: datetime, most: int) -> Sequence[str]:
    """Some of the merchant's buyers of whom it is not known that there was anything to do with them since then."""
    row = models.Buyer
    query = select(row.id).where(row.merchant_id == merchant, row.erased_at.is_(None))
    new = query.where(row.active_at.is_(None), row.created_at < before).order_by(row.created_at)
    looked_at = query.where(row.active_at < before).order_by(row.active_at)
    found = [*session.scalars(new.limit(most))]
    return [*found, *session.scalars(looked_at.limit(most - len(found)))]


@dataclass(frozen=True)
class Contact:
    """How things stand with a buyer: when an order of theirs, or a message, moved last; and whether that counts as now because an order is
    not over, money is moving, or a saved card is in force."""

    last: datetime
    lasts: bool


def contact(session: Session, buyer: models.Buyer, names: Collection[str], before: datetime) -> Contact:
    """The buyer's, whose messages are under these names."""
    order, message, alias = models.Order, models.Message, models.Alias
    own = order.buyer_id == buyer.id
    moved = session.scalar(select(func.max(order.state_at)).where(own))
    about = (message.merchant_id == buyer.merchant_id, message.phone.in_(names))
    wrote = session.scalar(select(func.max(message.created_at)).where(*about))
    good = alias.exp_year * 12 + alias.exp_month >= before.year * 12 + before.month
    in_force = select(alias.id).where(alias.buyer_id == buyer.id, alias.status == AliasStatus.ACTIVE, good)
    lasting = select(order.id).where(own, or_(order.state.not_in(FINAL), _moving(order.id)))
    lasts = any(session.scalar(query.limit(1)) is not None for query in (in_force, lasting))
    return Contact(max(each for each in (buyer.created_at, moved, wrote) if each), lasts)


def _moving(order: Any) -> ColumnElement[bool]:
    """Whether an order's money is on its way, goes back or is disputed."""
    attempt, refund, dispute = models.Attempt, models.Refund, models.Dispute
    return or_(
        exists().where(attempt.order_id == order, attempt.state.in_(IN_FLIGHT)),
        exists().where(refund.order_id == order, refund.state.in_((RefundState.REQUESTED, RefundState.PENDING))),
        exists().where(dispute.order_id == order, dispute.state == DisputeState.OPEN),
    )


def _filled(row: Any, since: Any, merchant: str, before: datetime) -> Select[Any]:
    return select(row.id).where(row.emptied_at.is_(None), row.merchant_id == merchant, since < before).order_by(since)


def _locked(session: Session, query: Select[Any], most: int) -> Sequence[Any]:
    """The ids of some of them; what another has in hand is left for the next time."""
    return session.scalars(query.limit(most).with_for_update(skip_locked=True)).all()


def _emptied(session: Session, row: Any, found: Sequence[Any], now: datetime) -> int:
    session.execute(update(row).where(row.id.in_(found)).values(emptied_at=now), execution_options=UNSYNCED)
    return len(found)


def _delete(session: Session, row: Any, found: Sequence[Any]) -> int:
    session.execute(delete(row).where(row.id.in_(found)), execution_options=UNSYNCED)
    return len(found)
