"""What each request of the back office reads first: whose session it is, in one statement, by the driver itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.db import models

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.session import Database


@dataclass(frozen=True)
class VisitedMerchant:
    """What every page needs of the merchant whose back office it is; each field is the column of its name."""

    id: str
    name: str
    country: str
    language: str
    time_zone: str
    gateway: str


@dataclass(frozen=True)
class LoginRow:
    """A session with its user and the user's merchant. `role` is viewer, clerk or admin."""

    expires_at: datetime
    seen_at: datetime
    proved_at: datetime | None
    user: str
    name: str
    email: str
    role: str
    merchant: VisitedMerchant


_login, _user, _merchant = (model.__table__ for model in (models.Login, models.User, models.Merchant))
_HELD = (
    select(
        _login.c.expires_at,
        _login.c.seen_at,
        _login.c.proved_at,
        *(_user.c.id, _user.c.name, _user.c.email, _user.c.role),
        *(_merchant.c[field.name] for field in fields(VisitedMerchant)),
    )
    .join_from(_login, _user, _user.c.id == _login.c.user_id)
    .join(_merchant, _merchant.c.id == _user.c.merchant_id)
    .where(_login.c.hash == bindparam("token_hash"), _login.c.kind == "session")
)


def session_of(database: Database, token_hash: str) -> LoginRow | None:
    """The session of that hash, ended or not; a one-time link is none."""
    row = database.read_raw(_HELD, token_hash=token_hash)
    if row is None:
        return None
    expires_at, seen_at, proved_at, user, name, email, role, *merchant = row
    return LoginRow(expires_at, seen_at, proved_at, user, name, email, role, VisitedMerchant(*merchant))
