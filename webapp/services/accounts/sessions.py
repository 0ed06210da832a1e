"""Sessions of the back office: started by an identity that the provider vouches for or by a one-time link, ended on the server."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.db import logins, merchants, models
from webapp.domain import cards, characters
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.errors import Forbidden, NotFound
from webapp.services.runtime import audit

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.db.logins import VisitedMerchant
    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
LINK_LIFE = timedelta(minutes=15)
INVITATION_LIFE = timedelta(days=3)
SHOWN = 24  # letters of a session's hash that name it on its user's page
FRESH = timedelta(minutes=15)
NOTED_EVERY = timedelta(minutes=5)
LONGEST_IDENTIFIER = 300  # characters that a column keeps


@dataclass(frozen=True)
class Identity:
    """Who the provider says this is. The address counts only when the provider has verified it. `missing` is the claim that it does not
    tell, of those by which somebody new is let in. `proved_at` is when this person last proved to be it, as far as that is known: a provider
    lets people in for days without asking them."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    missing: str | None = None
    proved_at: datetime | None = None


@dataclass(frozen=True)
class Visitor:
    """Who is logged in. `proved_at` is when they last proved who they are; None where nobody knows."""

    user: str
    name: str
    email: str
    role: str
    merchant: VisitedMerchant
    proved_at: datetime | None


@dataclass(frozen=True)
class Open:
    """A session of a user's that is not over. `here`: it is the one that asks. `agent` is what its browser is called."""

    id: str
    agent: str
    begun_at: datetime
    seen_at: datetime
    here: bool


class Unverified(Forbidden):
    """An identity that nobody knows yet, of which the provider does not say that its address is verified."""


def by_identity(context: ServiceContext, identity: Identity, agent: str = "") -> str:
    """Start a session for a known identity, or for an invited address at its first login. The session's token.

    Raises `Forbidden` when nobody invited this identity, `Unverified` when the provider does not say that the address is the person's.
    """
    if not all(map(characters.is_storable, (identity.issuer, identity.subject, identity.email))):
        raise Forbidden("an identity that no database can keep")
    issuer, subject = _kept(identity.issuer), _kept(identity.subject)
    with context.database.write() as session:
        user = merchants.user_of_identity(session, issuer, subject)
        if user is None and identity.email_verified and identity.email.isascii():
            user = next(iter(merchants.invited(session, identity.email)), None)
            if user is not None:
                user.issuer, user.subject = issuer, subject
        if user is None and not identity.email_verified:
            told = f"tell no `{identity.missing}`" if identity.missing else "say that the address is not verified"
            raise Unverified(f"the provider's id token and UserInfo {told}")
        if user is None:
            raise Forbidden("nobody invited this identity")
        proved_at = min(identity.proved_at, context.now()) if identity.proved_at is not None else None
        return _issue(session, context, user.id, "session", ABSOLUTE, proved_at, agent)


def make_link(context: ServiceContext, email: str) -> str:
    """A one-time token that logs the user of that address in, valid for 15 minutes. Raises `NotFound`."""
    with context.database.write() as session:
        users = merchants.users_of_email(session, email)
        if not users:
            raise NotFound(f"no user has the address {email}")
        return _issue(session, context, users[0].id, "link", LINK_LIFE)


def make_invitation(context: ServiceContext, user_id: str) -> str:
    """A one-time token that logs a user in who is invited by e-mail, valid for three days."""
    with context.database.write() as session:
        return _issue(session, context, user_id, "link", INVITATION_LIFE)


def by_link(context: ServiceContext, token: str, agent: str = "") -> str:
    """Spend a one-time link and start a session. The session's token. Raises `Forbidden` when it is spent or too old."""
    with context.database.write() as session:
        row = merchants.lock_login(session, _hash(token), "link")
        if row is None or row.expires_at <= context.now():
            raise Forbidden("this link was used or is too old")
        session.delete(row)
        return _issue(session, context, row.user_id, "session", ABSOLUTE, context.now(), agent)


def visitor(context: ServiceContext, token: str) -> Visitor | None:
    """Who holds this session; None when it is unknown, ended, or has been idle for too long."""
    now = context.now()
    row = logins.session_of(context.database, _hash(token))
    if row is None or row.expires_at <= now or now - row.seen_at > IDLE:
        return None
    return Visitor(row.user, row.name, row.email, row.role, row.merchant, row.proved_at)


def is_fresh(context: ServiceContext, visitor: Visitor) -> bool:
    """Whether the visitor has proved not long ago who they are."""
    return visitor.proved_at is not None and context.now() - visitor.proved_at < FRESH


def former(context: ServiceContext, token: str) -> str | None:
    """Whose session this is or was, as long as it is not forgotten."""
    row = logins.session_of(context.database, _hash(token))
    return row.user if row is not None else None


def touch(context: ServiceContext, token: str) -> None:
    """Note that the session is in use, at most every 5 minutes. Called for requests that change something, never for a GET."""
    with context.database.write() as session:
        row = merchants.lock_login(session, _hash(token), "session")
        if row is not None and context.now() - row.seen_at > NOTED_EVERY:
            row.seen_at = context.now()


def end(context: ServiceContext, token: str) -> None:
    """End a session on the server: a copy of its cookie is worth nothing afterwards."""
    with context.database.write() as session:
        row = merchants.lock_login(session, _hash(token), "session")
        if row is not None:
            session.delete(row)
        merchants.sweep_logins(session, context.now())


def listed(context: ServiceContext, visitor: Visitor, token: str) -> list[Open]:
    """The visitor's sessions that are not over; `token` is of the one that asks."""
    now, mine = context.now(), _hash(token)
    with context.database.read() as session:
        rows = [each for each in merchants.logins_of(session, visitor.user, now) if now - each.seen_at <= IDLE]
    return [
        Open(each.hash[:SHOWN], each.agent or "", each.created_at, each.seen_at, each.hash == mine) for each in rows
    ]


def end_one(context: ServiceContext, visitor: Visitor, session_id: str) -> None:
    """End one of the visitor's own sessions. Raises `NotFound`."""
    with context.database.write() as session:
        rows = merchants.logins_of(session, visitor.user, context.now())
        found = next((each for each in rows if each.hash[:SHOWN] == session_id), None)
        if found is None:
            raise NotFound("no such session")
        session.delete(found)
        kind, merchant_id = AuditSubject.SESSION, visitor.merchant.id
        audit.record(session, context, merchant_id, AuditAction.SESSION_ENDED, kind, found.hash[:SHOWN])


def _kept(identifier: str) -> str:
    """An identifier of the provider's as it is kept. Some are digits alone, and by chance one looks like a card number: that has its
    hash in its place, for two people must not become one. So has one that is too long (OpenID Connect Core 2 allows 255 signs)."""
    kept_whole = len(identifier) <= LONGEST_IDENTIFIER and not cards.found_in(identifier)
    return identifier if kept_whole else f"sha256:{_hash(identifier)}"


def _issue(
    session: Session,
    context: ServiceContext,
    user: str,
    kind: str,
    life: timedelta,
    proved_at: datetime | None = None,
    agent: str = "",
) -> str:
    token = secrets.token_urlsafe(32)
    now = context.now()
    row = models.Login(
        hash=_hash(token),
        kind=kind,
        user_id=user,
        created_at=now,
        seen_at=now,
        expires_at=now + life,
        proved_at=proved_at,
        agent=agent or None,
    )
    session.add(row)
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
