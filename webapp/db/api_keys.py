"""Queries on keys of the API. What each request by one reads first is one statement, by the driver itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from webapp.db import models
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Database, Session


@dataclass(frozen=True)
class KeyRow:
    """A key, and the `mode` of its merchant."""

    id: str
    merchant_id: str
    scopes: Sequence[str]
    expires_at: datetime | None
    ended_at: datetime | None
    used_at: datetime | None
    mode: str


_key, _merchant = models.ApiKey.__table__, models.Merchant.__table__
_HELD = (
    select(
        *(_key.c.id, _key.c.merchant_id, _key.c.scopes, _key.c.expires_at, _key.c.ended_at, _key.c.used_at),
        _merchant.c.mode,
    )
    .join_from(_key, _merchant, _merchant.c.id == _key.c.merchant_id)
    .where(_key.c.hash == bindparam("token_hash"))
)


def of_token(database: Database, token_hash: str) -> KeyRow | None:
    """The key of that token's hash, whether it is good or not."""
    row = database.read_raw(_HELD, token_hash=token_hash)
    return KeyRow(*row) if row is not None else None


def used(session: Session, key: str, now: datetime) -> None:
    """Note when a key was used last."""
    session.execute(
        update(models.ApiKey)
        .where(models.ApiKey.id == key)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def lock(session: Session, merchant: str, key: str) -> models.ApiKey:
    """A merchant's key, until the transaction ends. Raises `NotFound`, for another merchant's too."""
    row = session.get(models.ApiKey, key, with_for_update=True)
    if row is None or row.merchant_id != merchant:
        raise NotFound(f"{merchant} has no key {key}")
    return row


def of_merchant(session: Session, merchant: str) -> Sequence[models.ApiKey]:
    """All keys that a merchant has or had, oldest first."""
    return session.scalars(
        select(models.ApiKey)
        .where(models.ApiKey.merchant_id == merchant)
        .order_by(models.ApiKey.created_at, models.ApiKey.id)
    ).all()
