"""The letter that invites somebody into a shop's back office; it goes at once, for who invites waits for its link."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.domain import ids
from webapp.mail import letter_html
from webapp.mail.letter import Letter, Look, Part
from webapp.mail.smtp import Envelope, MailFailed

if TYPE_CHECKING:
    from webapp.db.models import Merchant, User
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)


def send(context: ServiceContext, merchant: Merchant, member: User, language: str, url: str) -> bool:
    """Write to the member. Whether the mail server has taken it; False also where there is none."""
    if context.mailer is None:
        return False
    t = i18n.texts(language, merchant.country)
    shop = t.apart(merchant.name)
    part = Part(
        t.gettext("You are invited to the back office of %(merchant)s.", merchant=shop),
        facts=((t.gettext("Your e-mail address there"), member.email),),
        link=(t.gettext("Log in"), url),
    )
    letter = Letter(
        subject=t.gettext("Invitation to the back office of %(merchant)s", merchant=shop),
        parts=(part,),
        contact=t.gettext("Questions? The shop answers here: %(contact)s", contact=t.apart(merchant.contact)),
        legal=t.gettext("If you do not know this shop, you can forget this letter: without it nobody gets in."),
        language=t.language,
        direction=t.direction,
    )
    envelope = Envelope(
        id=ids.new("inv"),
        to=member.email,
        name=merchant.name,
        reply_to=merchant.contact,
        subject=letter.subject,
        text=letter.text(),
        html=letter_html.html(letter, Look(merchant.name, merchant.colour)),
        language=t.language,
        at=context.now(),
    )
    try:
        context.mailer.send(envelope)
    except MailFailed as failure:
        log.warning("%s: the invitation of %s could not be sent: %s", merchant.id, member.id, failure)
        return False
    return True
