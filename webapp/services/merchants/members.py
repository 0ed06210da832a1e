"""Members: the people who log in to a shop's back office. Named by its file, or invited here by e-mail; what the file names is changed there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webapp.db import merchants, models
from webapp.domain import characters, email, ids
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.roles import Role
from webapp.services.accounts import sessions
from webapp.services.notifications import member_letter
from webapp.services.runtime import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

FILE, OFFICE = "file", "office"
LONGEST_NAME = 80


@dataclass(frozen=True)
class Invited:
    """Somebody who was invited. `url` leads in, once where there is no identity provider; `sent`: a letter with it is on its way."""

    member: models.User
    url: str = field(repr=False)
    sent: bool


def listed(context: ServiceContext, merchant_id: str) -> Sequence[models.User]:
    """The shop's members who may log in, by their addresses."""
    with context.database.read() as session:
        return [each for each in merchants.users(session, merchant_id) if each.active]


def invite(context: ServiceContext, merchant_id: str, name: str, address: str, role: Role, language: str) -> Invited:
    """Invite somebody by e-mail; who was deactivated before may come back. Raises `Invalid` (bad_email, odd_email, bad_name), `Conflict`
    (member_exists; user_elsewhere, for one address logs in to one shop)."""
    address, name = email.parse(address).lower(), " ".join(characters.visible(name).split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("bad_name")
    with context.database.write() as session:
        merchant = merchants.lock(session, merchant_id)
        others = merchants.users_of_email(session, address)
        if others:
            mine = any(each.merchant_id == merchant_id for each in others)
            raise Conflict("member_exists" if mine else "user_elsewhere")
        member = next((each for each in merchants.users(session, merchant_id) if each.email == address), None)
        if member is None:
            member = models.User(id=ids.new("usr"), merchant_id=merchant_id, email=address)
            session.add(member)
        member.name, member.role, member.active, member.source = name, role, True, OFFICE
        member.invited_at = context.now()
        session.flush()
        _record(session, context, member, AuditAction.MEMBER_INVITED)
    return _told(context, merchant, member, language)


def invite_again(context: ServiceContext, merchant_id: str, user_id: str, language: str) -> Invited:
    """Another letter, to somebody who has not logged in yet or has lost the first. Raises `NotFound`."""
    with context.database.write() as session:
        merchant = merchants.get(session, merchant_id)
        member = merchants.lock_user(session, merchant_id, user_id)
        member.invited_at = context.now()
        _record(session, context, member, AuditAction.MEMBER_INVITED)
    return _told(context, merchant, member, language)


def change_role(context: ServiceContext, merchant_id: str, user_id: str, role: Role) -> None:
    """Give a member another role. Raises `NotFound`, `Conflict` (in_file; last_admin, for somebody has to change settings)."""
    with context.database.write() as session:
        merchants.lock(session, merchant_id)  # two admins who take each other's role at once wait for each other
        member = _mine(session, merchant_id, user_id)
        if role != Role.ADMIN:
            _must_not_be_last(session, member)
        before, member.role = member.role, role
        if before != role:
            _record(session, context, member, AuditAction.MEMBER_CHANGED, {"role": before}, {"role": str(role)})


def deactivate(context: ServiceContext, merchant_id: str, user_id: str) -> None:
    """Let a member in no more, and end their sessions. Raises as `change_role` does."""
    with context.database.write() as session:
        merchants.lock(session, merchant_id)
        member = _mine(session, merchant_id, user_id)
        _must_not_be_last(session, member)
        member.active = False
        merchants.end_logins(session, [member.id])
        _record(session, context, member, AuditAction.MEMBER_DEACTIVATED)


def end_sessions(context: ServiceContext, merchant_id: str, user_id: str) -> None:
    """End all sessions of a member, whoever named them. Raises `NotFound`."""
    with context.database.write() as session:
        member = merchants.lock_user(session, merchant_id, user_id)
        merchants.end_logins(session, [member.id])
        _record(session, context, member, AuditAction.SESSION_ENDED)


def _mine(session: Session, merchant_id: str, user_id: str) -> models.User:
    member = merchants.lock_user(session, merchant_id, user_id)
    if member.source == FILE:
        raise Conflict("in_file", "the merchant's file names this member, who is changed there alone")
    return member


def _must_not_be_last(session: Session, member: models.User) -> None:
    others = [
        each
        for each in merchants.users(session, member.merchant_id)
        if each.active and each.role == Role.ADMIN and each.id != member.id
    ]
    if member.role == Role.ADMIN and not others:
        raise Conflict("last_admin")


def _told(context: ServiceContext, merchant: models.Merchant, member: models.User, language: str) -> Invited:
    base = f"{context.links.public_url}/office"
    provider = context.identity is not None
    url = f"{base}/login" if provider else f"{base}/link/{sessions.make_invitation(context, member.id)}"
    return Invited(member, url, member_letter.send(context, merchant, member, language, url))


def _record(
    session: Session,
    context: ServiceContext,
    member: models.User,
    action: AuditAction,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    who = {"name": member.name, "email": member.email}
    after = who | (after or {"role": str(member.role)})
    audit.record(session, context, member.merchant_id, action, AuditSubject.MEMBER, member.id, before, after)
