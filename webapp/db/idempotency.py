"""Queries on requests that may be sent again under one Idempotency-Key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import models

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.session import Session

Row = models.IdempotentRequest


def claim(session: Session, row: models.IdempotentRequest) -> models.IdempotentRequest | None:
    """Write a request that its owner has not sent before: None, and of any number at once only one. Else the row that there is, locked until
    the transaction ends."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    columns = (Row.id, Row.owner, Row.key_hash, Row.fingerprint, Row.until, Row.lease_until)
    new = insert(Row).values({column.key: getattr(row, column.key) for column in columns})
    same = select(Row).where(Row.owner == row.owner, Row.key_hash == row.key_hash).with_for_update()
    while True:
        unless = new.on_conflict_do_nothing(index_elements=[Row.owner, Row.key_hash]).returning(Row.id)
        if session.execute(unless).first() is not None:
            return None
        found = session.scalars(same).one_or_none()
        if found is not None:
            return found  # else it was swept between the two statements


def made(session: Session, request: str) -> str | None:
    """What the request made, if it is one of these."""
    return session.scalar(select(Row.made).where(Row.id == request))


def note_made(session: Session, request: str, identity: str) -> None:
    """Note what the request makes, in the transaction that does."""
    session.execute(
        update(Row).where(Row.id == request).values(made=identity).execution_options(synchronize_session=False)
    )


def finish(session: Session, request: str, status: int, answer: str) -> None:
    """Keep the answer of a request, unless it has one: of two that worked on it, as one was taken for dead, the first."""
    session.execute(
        update(Row)
        .where(Row.id == request, Row.status.is_(None))
        .values(status=status, answer=answer, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def release(session: Session, request: str) -> None:
    """Let a request without an answer be carried out again at once."""
    session.execute(
        update(Row)
        .where(Row.id == request, Row.status.is_(None))
        .values(lease_until=None)
        .execution_options(synchronize_session=False)
    )


def erase(session: Session, owner: str) -> None:
    """Forget what an owner's requests were answered."""
    session.execute(
        update(Row)
        .where(Row.owner == owner, Row.status.is_not(None))
        .values(status=None, answer=None)
        .execution_options(synchronize_session=False)
    )


def sweep(session: Session, now: datetime, most: int) -> int:
    """Delete up to so many that are over. How many there were."""
    over = select(Row.id).where(Row.until <= now).limit(most).with_for_update(skip_locked=True)
    gone = delete(Row).where(Row.id.in_(over)).returning(Row.id).execution_options(synchronize_session=False)
    return len(session.execute(gone).all())
