"""Operators: invited in the back office, enrolled by the code that they send in from their own phone, dismissed.

The code goes the way that cannot be forged: whoever sends it in holds the phone, and WhatsApp says which. A code that we sent would need an
authentication template, which new numbers seldom have.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from webapp.db import limits, merchants, models
from webapp.domain import actors, characters, ids
from webapp.domain import phone as phones
from webapp.domain.audit_actions import AuditAction, AuditSubject
from webapp.domain.errors import Conflict
from webapp.services.runtime import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

CODE_LIFE = timedelta(days=7)
WORD = "JOIN"
CODE = re.compile(rf"(?:{WORD}\W+)?((?:[2-9A-HJKMNP-TV-Z]{{4}}\W?){{3}})\W*", re.IGNORECASE)
GUESSES, GUESS_WINDOW = 10, timedelta(days=1)  # of one phone; a code has 58 bits


@dataclass(frozen=True)
class Invitation:
    """A code, the link that opens the shop's chat with it already written, and until when it is good."""

    code: str = field(repr=False)
    url: str = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class Listed:
    """An operator, with the invitation that was not sent in yet."""

    operator: models.Operator
    invitation: Invitation | None


def listed(context: ServiceContext, merchant_id: str) -> Sequence[Listed]:
    """The merchant's operators by name; those who were dismissed are left out, those who need a new invitation are not."""
    with context.database.read() as session:
        merchant = merchants.get(session, merchant_id)
        rows = [row for row in merchants.operators(session, merchant_id) if row.active or row.suspended_at]
    return [Listed(row, _invitation(context, merchant, row)) for row in rows]


def invite(context: ServiceContext, merchant_id: str, name: str, language: str) -> models.Operator:
    """Invite somebody, who is an operator once the code has come in from a phone."""
    with context.database.write() as session:
        operator = models.Operator(
            id=ids.new("op"), merchant_id=merchant_id, name=name, language=language, source="office", active=True
        )
        _give_code(context, operator)
        session.add(operator)
        _record(session, context, operator, AuditAction.OPERATOR_INVITED)
        log.info("%s: operator %s was invited by %s", merchant_id, operator.id, context.actor)
        return operator


def invite_again(context: ServiceContext, merchant_id: str, operator_id: str) -> None:
    """A new code, for a phone that is new, or in the place of a code that got lost. Raises as `dismiss` does: the file would bring
    the phone back that was lost, and take the new one off. Who is suspended is invited, whoever named the phone."""
    with context.database.write() as session:
        operator = merchants.lock_operator(session, merchant_id, operator_id)
        if operator.source == "file" and operator.suspended_at is None:
            raise Conflict("in_file")
        _give_code(context, operator)
        _record(session, context, operator, AuditAction.OPERATOR_INVITED)
        log.info("%s: operator %s was invited again by %s", merchant_id, operator.id, context.actor)


def blind_anew(session: Session, context: ServiceContext, operator_id: str) -> None:
    """The invitation's code is looked up by the newest key from here on: `sealed` is sealed by it."""
    operator = session.get_one(models.Operator, operator_id)
    if operator.sealed is not None:
        code = str(context.sealer.open(operator.sealed, _place(operator.merchant_id)))
        operator.code = _blinds(context, operator.merchant_id, code.replace("-", ""))[0]


def dismiss(context: ServiceContext, merchant_id: str, operator_id: str) -> None:
    """This phone may order nothing any more. Raises `NotFound`, and `Conflict` (in_file) for one whom the merchant's file names:
    the file would bring that one back."""
    with context.database.write() as session:
        operator = merchants.lock_operator(session, merchant_id, operator_id)
        if operator.source == "file":
            raise Conflict("in_file")
        operator.active, operator.suspended_at = False, None
        operator.code = operator.sealed = operator.code_until = None
        _record(session, context, operator, AuditAction.OPERATOR_DISMISSED)
        log.info("%s: operator %s was dismissed by %s", merchant_id, operator.id, context.actor)


def enrol(
    session: Session, context: ServiceContext, merchant: models.Merchant, text: str, phone: str, user_id: str | None
) -> models.Operator | None:
    """Who sends a code in from this phone is that operator from now on; None for any other text, and for a code that is not, or
    no longer, good."""
    written = CODE.fullmatch(characters.plain(text).strip())
    if written is None:
        return None
    key = f"join:{merchant.id}:{context.sealer.blind(phones.identity(phone), 'limits/join')}"
    if limits.count(session, key, context.now(), GUESS_WINDOW).count > GUESSES:
        return None
    signs = re.sub(r"\W", "", written[1]).upper()
    operator = merchants.lock_invited(session, merchant.id, _blinds(context, merchant.id, signs), context.now())
    if operator is None:
        return None
    if operator.source == "file" and not phones.same(operator.phone, phone):
        operator = _beside(session, operator)
    _takes_over(session, merchant, operator, phone, user_id)
    operator.phone, operator.user_id, operator.active = phone, user_id or operator.user_id, True
    operator.suspended_at = None
    operator.code = operator.sealed = operator.code_until = None
    session.flush()
    _record(session, context.acting_as(actors.operator(operator.id)), operator, AuditAction.OPERATOR_ENROLLED)
    return operator


def known_by(session: Session, operator: models.Operator, user_id: str | None) -> None:
    """Keep WhatsApp's id of an operator who has written: the phone may be hidden one day. One that is known is kept: another one is another
    account's."""
    if user_id and operator.user_id is None:
        other = merchants.operator_of_user(session, operator.merchant_id, user_id)
        if other is None:
            operator.user_id = user_id


def suspend(context: ServiceContext, operator: models.Operator) -> None:
    """The phone has another WhatsApp account now, perhaps another person's: it orders nothing until a new code has come in. A code that
    was given already stays good, for whoever gave it meant the new phone."""
    operator.active, operator.suspended_at, operator.user_id = False, context.now(), None
    log.warning(
        "%s: operator %s needs a new invitation: another account has the phone", operator.merchant_id, operator.id
    )


def _record(session: Session, context: ServiceContext, operator: models.Operator, action: AuditAction) -> None:
    """Note it in the audit log, with the name: another may have the row's place one day."""
    after = {"name": operator.name, "language": operator.language}
    audit.record(session, context, operator.merchant_id, action, AuditSubject.OPERATOR, operator.id, after=after)


def _beside(session: Session, former: models.Operator) -> models.Operator:
    """A new operator in the place of one whom the merchant's file names with another phone: that one stays suspended, or the file would
    give its rights to whoever has the phone now."""
    former.code = former.sealed = former.code_until = None
    operator = models.Operator(
        id=ids.new("op"), merchant_id=former.merchant_id, name=former.name, language=former.language, source="office"
    )
    session.add(operator)
    return operator


def _takes_over(
    session: Session, merchant: models.Merchant, operator: models.Operator, phone: str, user_id: str | None
) -> None:
    """The phone, or WhatsApp's id, may have been another operator's: one phone is one operator."""
    former = merchants.operators_of_phone(session, merchant.id, phone)
    namesake = merchants.operator_of_user(session, merchant.id, user_id) if user_id else None
    for other in (*former, namesake):
        if other is not None and other.id != operator.id:
            other.phone, other.user_id, other.active = None, None, False
            other.suspended_at = None
    session.flush()


def _give_code(context: ServiceContext, operator: models.Operator) -> None:
    code = ids.invitation()
    operator.code = _blinds(context, operator.merchant_id, code.replace("-", ""))[0]
    operator.sealed = context.sealer.seal(code, _place(operator.merchant_id))
    operator.code_until = context.now() + CODE_LIFE


def _invitation(context: ServiceContext, merchant: models.Merchant, operator: models.Operator) -> Invitation | None:
    if operator.sealed is None or operator.code_until is None or operator.code_until <= context.now():
        return None
    code = str(context.sealer.open(operator.sealed, _place(operator.merchant_id)))
    number = (merchant.number or "").removeprefix("+")
    url = f"{context.chat_url}/{number}?{urlencode({'text': f'{WORD} {code}'})}" if number else ""
    return Invitation(code, url, operator.code_until)


def _blinds(context: ServiceContext, merchant: str, signs: str) -> list[str]:
    """What stands for a code: the newest key's first, and those under which invitations may have been written before."""
    return context.sealer.blinds(signs, f"{merchant}/join")


def _place(merchant: str) -> str:
    return f"{merchant}/join"
