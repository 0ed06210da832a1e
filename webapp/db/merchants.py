"""Queries on merchants, their operators, users, sessions and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from webapp.db import models
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.db.session import Session


def get(session: Session, merchant: str) -> models.Merchant:
    """The merchant of that id. Raises `NotFound`."""
    row = session.get(models.Merchant, merchant)
    if row is None:
        raise NotFound(f"no merchant is called {merchant!r}")
    return row


def every(session: Session) -> Sequence[models.Merchant]:
    """All merchants, by id."""
    return session.scalars(select(models.Merchant).order_by(models.Merchant.id)).all()


def operators(session: Session, merchant: str) -> Sequence[models.Operator]:
    """The merchant's operators."""
    return session.scalars(
        select(models.Operator).where(models.Operator.merchant_id == merchant).order_by(models.Operator.phone)
    ).all()


def recent_operators(session: Session, merchant: str, limit: int) -> Sequence[models.Operator]:
    """The merchant's operators who wrote last; those who never did come after them."""
    return session.scalars(
        select(models.Operator)
        .where(models.Operator.merchant_id == merchant)
        .order_by(models.Operator.seen_at.desc().nulls_last(), models.Operator.phone)
        .limit(limit)
    ).all()


def operator(session: Session, merchant: str, phone: str) -> models.Operator | None:
    """The operator with that phone (E.164)."""
    return session.scalars(
        select(models.Operator).where(models.Operator.merchant_id == merchant, models.Operator.phone == phone)
    ).one_or_none()


def operator_by_id(session: Session, operator_id: str | None) -> models.Operator | None:
    """The operator of that id, if any."""
    return session.get(models.Operator, operator_id) if operator_id else None


def users(session: Session, merchant: str) -> Sequence[models.User]:
    """The merchant's users."""
    return session.scalars(
        select(models.User).where(models.User.merchant_id == merchant).order_by(models.User.email)
    ).all()


def user_of_identity(session: Session, issuer: str, subject: str) -> models.User | None:
    """Who logged in with this identity before."""
    return session.scalars(
        select(models.User).where(models.User.issuer == issuer, models.User.subject == subject)
    ).one_or_none()


def invited(session: Session, email: str) -> Sequence[models.User]:
    """Users of that address who have never logged in."""
    return session.scalars(
        select(models.User).where(models.User.email == email.lower(), models.User.subject.is_(None))
    ).all()


def users_of_email(session: Session, email: str) -> Sequence[models.User]:
    """Users of that address, whether they have logged in or not."""
    return session.scalars(select(models.User).where(models.User.email == email.lower())).all()


def login(session: Session, token_hash: str, kind: str) -> models.Login | None:
    """The session or one-time link of that hash."""
    return session.scalars(
        select(models.Login).where(models.Login.hash == token_hash, models.Login.kind == kind)
    ).one_or_none()


def lock_login(session: Session, token_hash: str, kind: str) -> models.Login | None:
    """The same, locked until the transaction ends: a one-time link is spent once."""
    return session.scalars(
        select(models.Login).where(models.Login.hash == token_hash, models.Login.kind == kind).with_for_update()
    ).one_or_none()


def sweep_logins(session: Session, now: datetime) -> None:
    """Forget sessions and links that are over."""
    session.execute(delete(models.Login).where(models.Login.expires_at < now))


def endpoints(session: Session, merchant: str) -> Sequence[models.Endpoint]:
    """The merchant's endpoints, disabled ones too."""
    return session.scalars(
        select(models.Endpoint).where(models.Endpoint.merchant_id == merchant).order_by(models.Endpoint.id)
    ).all()


def lock_endpoint(session: Session, endpoint: str) -> models.Endpoint:
    """The endpoint, locked until the transaction ends: who disables, enables or holds back waits for the other. Orders that
    write callbacks for it do not wait."""
    return session.scalars(
        select(models.Endpoint)
        .where(models.Endpoint.id == endpoint)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
