"""Receipts by e-mail: rows, written in the transaction of what they tell where an address was given, sent by the worker."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import merchants, models, orders, work
from webapp.domain import ids
from webapp.domain.statuses import MailState
from webapp.domain.timeline import EventKind
from webapp.mail.letter import Letter, Part
from webapp.mail.smtp import Envelope, MailFailed
from webapp.services.notifications import merchant_texts
from webapp.services.runtime import timeline

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext

log = logging.getLogger(__name__)

BACK_OFF = (10, 60, 300, 900, 1800, 3600)
MAX_TRIES = 52  # two days: as long as mail servers try among themselves
NO_SERVER = timedelta(hours=1)


def receipt(
    session: Session,
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    consent: models.Consent | None,
    language: str,
) -> None:
    """Write what the buyer has paid, if anything, and what the buyer agreed to, if a card was saved. Nothing without an address, and
    nothing where e-mail is not set up."""
    paid = order.amount is not None and order.state == "paid"
    if context.mailer is None or order.email is None or not (paid or consent):
        return
    letter = _compose(context, merchant, order, consent, i18n.texts(language, merchant.country), paid=paid)
    session.add(
        models.Mail(
            id=ids.new("ml"),
            merchant_id=merchant.id,
            order_id=order.id,
            address=order.email,
            subject=letter.subject,
            text=letter.text(),
            html=letter.html(),
            language=language,
            state=MailState.QUEUED,
            created_at=context.now(),
            due_at=context.now(),
        )
    )


def carry_out(context: ServiceContext, mail: models.Mail, lease: work.Lease) -> None:
    """Send a claimed letter once."""
    try:
        _hand_over(context, mail)
    except MailFailed as failure:
        _not_sent(context, mail, lease, failure)
        return
    with context.database.write() as session:
        order = orders.lock(session, mail.order_id)
        if work.finish(session, models.Mail, mail.id, lease, state=MailState.SENT):
            timeline.note(session, context, order, EventKind.MAIL_SENT)


def _hand_over(context: ServiceContext, mail: models.Mail) -> None:
    if context.mailer is None:
        raise MailFailed("no SMTP_URL is set any more", mend=True)
    with context.database.read() as session:
        merchant = merchants.get(session, mail.merchant_id)
    envelope = Envelope(
        id=mail.id,
        to=mail.address,
        name=merchant.name,
        reply_to=merchant.contact,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        language=mail.language,
        at=mail.created_at,
    )
    context.mailer.send(envelope)


def _not_sent(context: ServiceContext, mail: models.Mail, lease: work.Lease, failure: MailFailed) -> None:
    """Again, more and more slowly; an address that is refused, or two days, end it. What the settings are to blame for is an error in
    the log, and `doctor` finds it."""
    why = str(failure)
    if failure.mend:
        log.error("mail %s was not taken, and the settings are to blame: %s", mail.id, why)
    with context.database.write() as session:
        order = orders.lock(session, mail.order_id)
        if failure.final or mail.tries >= MAX_TRIES:
            if work.finish(session, models.Mail, mail.id, lease, state=MailState.FAILED, error=why[:300]):
                timeline.note(session, context, order, EventKind.MAIL_FAILED, why=why[:200])
            return
        wait = NO_SERVER if context.mailer is None else timedelta(seconds=BACK_OFF[min(mail.tries, len(BACK_OFF)) - 1])
        work.finish(session, models.Mail, mail.id, lease, due_at=context.now() + wait, error=why[:300])


def _compose(
    context: ServiceContext,
    merchant: models.Merchant,
    order: models.Order,
    consent: models.Consent | None,
    t: Texts,
    *,
    paid: bool,
) -> Letter:
    url = context.links.url(order.id, order.link_version)
    amount = merchant_texts.amount(t, order)
    parts: list[Part] = []
    subject = t.gettext("%(merchant)s has saved your card", merchant=merchant.name)
    if paid:
        subject = t.gettext("Receipt of %(merchant)s: %(amount)s", merchant=merchant.name, amount=amount)
        parts.append(_paid(merchant, order, t, url))
    if consent is not None:
        parts.append(_agreed(merchant, order, consent, t, url))
    parts.append(Part(t.gettext("Questions? The shop answers here: %(contact)s", contact=merchant.contact)))
    return Letter(subject, tuple(parts), t.language, t.direction)


def _paid(merchant: models.Merchant, order: models.Order, t: Texts, url: str) -> Part:
    said = t.gettext("Thank you. %(merchant)s has received your payment.", merchant=merchant.name)
    if order.charges_alias_id is not None:
        said = t.gettext("%(merchant)s has charged the card that you saved, as you agreed.", merchant=merchant.name)
    facts = [
        (t.gettext("Amount"), merchant_texts.amount(t, order)),
        (t.gettext("For"), order.description or ""),
        (t.gettext("Reference"), order.reference),
        (t.gettext("Card"), merchant_texts.card(order.card, 4) if order.card else ""),
        (t.gettext("Date"), t.moment(order.state_at, merchant.time_zone)),
    ]
    return Part(said, tuple(fact for fact in facts if fact[1]), link=(t.gettext("Your receipt"), url))


def _agreed(merchant: models.Merchant, order: models.Order, consent: models.Consent, t: Texts, url: str) -> Part:
    facts = [
        (t.gettext("Card"), merchant_texts.card(order.card, 4) if order.card else ""),
        (t.gettext("Agreed"), t.moment(consent.given_at, merchant.time_zone)),
        (t.gettext("Wording"), consent.version),
    ]
    return Part(
        t.gettext(
            "%(merchant)s has saved your card for your next payments. You agreed to this:", merchant=merchant.name
        ),
        tuple(fact for fact in facts if fact[1]),
        quote=consent.wording,
        link=(t.gettext("Remove the card, at any time"), url),
    )
