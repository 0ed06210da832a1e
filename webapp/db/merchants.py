"""Queries on merchants, their operators, users, sessions and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, delete, false, or_, select

from webapp.db import models
from webapp.db.session import UNWRITTEN, hold
from webapp.domain import phone as phones
from webapp.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from webapp.db.session import Session


def get(session: Session, merchant: str) -> models.Merchant:
    """The merchant of that id, which is asked for once in a transaction. Raises `NotFound`."""
    row = session.get(models.Merchant, merchant, execution_options=UNWRITTEN)
    if row is None:
        raise NotFound(f"no merchant is called {merchant!r}")
    hold(session, row)
    return row


def lock(session: Session, merchant: str) -> models.Merchant:
    """The merchant of that id, locked until the transaction ends: forms that are posted twice at once wait for each other."""
    query = select(models.Merchant).where(models.Merchant.id == merchant).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(f"no merchant is called {merchant!r}")
    return row


def every(session: Session) -> Sequence[models.Merchant]:
    """All merchants, by id."""
    return session.scalars(select(models.Merchant).order_by(models.Merchant.id)).all()


def operators(session: Session, merchant: str) -> Sequence[models.Operator]:
    """The merchant's operators."""
    return session.scalars(
        select(models.Operator)
        .where(models.Operator.merchant_id == merchant)
        .order_by(models.Operator.name, models.Operator.id)
    ).all()


def recent_operators(session: Session, merchant: str, limit: int) -> Sequence[models.Operator]:
    """The merchant's operators who wrote last; those who never did come after them."""
    return session.scalars(
        select(models.Operator)
        .where(models.Operator.merchant_id == merchant, models.Operator.active, models.Operator.phone.is_not(None))
        .order_by(models.Operator.seen_at.desc().nulls_last(), models.Operator.phone)
        .limit(limit)
    ).all()


def operator(session: Session, merchant: str, phone: str, user_id: str | None = None) -> models.Operator | None:
    """The operator who may still order with that phone (`Operator.phone`), in whichever form it was kept; else the one whom WhatsApp knows
    by that id."""
    queries = _names_of(merchant, phone, user_id)
    return next((found for query in queries if (found := session.scalars(query).first()) is not None), None)


def lock_operator_of(session: Session, merchant: str, phone: str, user_id: str | None = None) -> models.Operator | None:
    """`operator`, locked until the transaction ends: of two messages of one person at once, the second sees what came of the first. Orders
    that refer to the operator do not wait."""
    locked = {"populate_existing": True}
    for query in _names_of(merchant, phone, user_id):
        found = session.scalars(query.with_for_update(key_share=True).execution_options(**locked)).first()
        if found is not None:
            return found
    return None


def _names_of(merchant: str, phone: str, user_id: str | None) -> Iterator[Select[models.Operator]]:
    """What finds who may still order: by the phone, then by WhatsApp's id."""
    row = models.Operator
    yield _of_phone(merchant, phone).where(row.active).limit(1)
    if user_id:
        yield select(row).where(row.merchant_id == merchant, row.user_id == user_id, row.active)


def operators_of_phone(session: Session, merchant: str, phone: str) -> Sequence[models.Operator]:
    """The operators with that phone, also those who may do nothing any more: one, or two whose rows have different forms of it."""
    return session.scalars(_of_phone(merchant, phone)).all()


def operators_of_account(
    session: Session, merchant: str, phone: str | None, user_id: str | None
) -> Sequence[models.Operator]:
    """The active operators with that phone, or whom WhatsApp knows by that id."""
    row = models.Operator
    known: list[ColumnElement[bool]] = [false()]
    if phone is not None:
        known.append(row.phone.in_(phones.forms(phone)))
    if user_id is not None:
        known += [row.user_id == user_id, row.phone == user_id]
    query = select(row).where(row.merchant_id == merchant, row.active, or_(*known))
    return session.scalars(query).all()


def suspended(session: Session, merchant: str, phone: str) -> models.Operator | None:
    """Who ordered with that phone until another account had it, and has sent in no new code."""
    return session.scalars(_of_phone(merchant, phone).where(models.Operator.suspended_at.is_not(None))).first()


def _of_phone(merchant: str, phone: str) -> Select[models.Operator]:
    row = models.Operator
    query = select(row).where(row.merchant_id == merchant, row.phone.in_(phones.forms(phone)))
    return query.order_by(case((row.phone == phone, 0), else_=1))


def operator_of_user(session: Session, merchant: str, user_id: str) -> models.Operator | None:
    """The operator whom WhatsApp knows by that id, also one who may do nothing any more."""
    return session.scalars(
        select(models.Operator).where(models.Operator.merchant_id == merchant, models.Operator.user_id == user_id)
    ).one_or_none()


def lock_operator(session: Session, merchant: str, operator_id: str) -> models.Operator:
    """The merchant's operator, locked until the transaction ends. Raises `NotFound` also for another merchant's."""
    row = session.scalars(
        select(models.Operator)
        .where(models.Operator.merchant_id == merchant, models.Operator.id == operator_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("no such operator")
    return row


def lock_invited(session: Session, merchant: str, codes: Sequence[str], now: datetime) -> models.Operator | None:
    """Who is invited by one of these codes (blinded, by each key), has not sent it in yet and was not taken off since; locked until the transaction
    ends."""
    row = models.Operator
    return session.scalars(
        select(row)
        .where(row.merchant_id == merchant, row.code.in_(codes), row.code_until > now)
        .where(or_(row.active, row.suspended_at.is_not(None)))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def operator_by_id(session: Session, operator_id: str | None) -> models.Operator | None:
    """The operator of that id, if any and still active."""
    row = session.get(models.Operator, operator_id) if operator_id else None
    return row if row is not None and row.active else None


def users(session: Session, merchant: str) -> Sequence[models.User]:
    """The merchant's users."""
    return session.scalars(
        select(models.User).where(models.User.merchant_id == merchant).order_by(models.User.email)
    ).all()


def lock_user(session: Session, merchant: str, user: str) -> models.User:
    """The merchant's user who may log in, locked until the transaction ends. Raises `NotFound` also for another merchant's."""
    row = session.scalars(
        select(models.User)
        .where(models.User.merchant_id == merchant, models.User.id == user, models.User.active)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("no such user")
    return row


def logins_of(session: Session, user: str, now: datetime) -> Sequence[models.Login]:
    """The user's sessions that are not over, the one used last first."""
    row = models.Login
    query = select(row).where(row.user_id == user, row.kind == "session", row.expires_at > now)
    return session.scalars(query.order_by(row.seen_at.desc(), row.hash)).all()


def user_of_identity(session: Session, issuer: str, subject: str) -> models.User | None:
    """Who logged in with this identity before, and still may."""
    return session.scalars(
        select(models.User).where(models.User.issuer == issuer, models.User.subject == subject, models.User.active)
    ).one_or_none()


def invited(session: Session, email: str) -> Sequence[models.User]:
    """Users of that address who have never logged in."""
    return session.scalars(
        select(models.User).where(models.User.email == email.lower(), models.User.subject.is_(None), models.User.active)
    ).all()


def users_of_email(session: Session, email: str) -> Sequence[models.User]:
    """Users of that address, whether they have logged in or not, of every merchant."""
    return session.scalars(select(models.User).where(models.User.email == email.lower(), models.User.active)).all()


def lock_login(session: Session, token_hash: str, kind: str) -> models.Login | None:
    """The session or one-time link of that hash, locked until the transaction ends: a link is spent once."""
    return session.scalars(
        select(models.Login).where(models.Login.hash == token_hash, models.Login.kind == kind).with_for_update()
    ).one_or_none()


def end_logins(session: Session, users: Sequence[str]) -> None:
    """End every session of these users, and the links that would start one."""
    session.execute(delete(models.Login).where(models.Login.user_id.in_(users)))


def sweep_logins(session: Session, now: datetime) -> None:
    """Forget sessions and links that are over."""
    session.execute(delete(models.Login).where(models.Login.expires_at < now))


def endpoints(session: Session, merchant: str) -> Sequence[models.Endpoint]:
    """Where the merchant is told, disabled ones too."""
    return session.scalars(
        select(models.Endpoint)
        .where(models.Endpoint.merchant_id == merchant, models.Endpoint.active)
        .order_by(models.Endpoint.id)
        .execution_options(**UNWRITTEN)
    ).all()


def every_endpoint(session: Session, merchant: str) -> Sequence[models.Endpoint]:
    """The same, and those that the merchant's file has ceased to name."""
    return session.scalars(select(models.Endpoint).where(models.Endpoint.merchant_id == merchant)).all()


def lock_endpoint(session: Session, endpoint: str) -> models.Endpoint:
    """The endpoint, locked until the transaction ends: who disables, enables or holds back waits for the other. Orders that
    write callbacks for it do not wait."""
    return session.scalars(
        select(models.Endpoint)
        .where(models.Endpoint.id == endpoint)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
